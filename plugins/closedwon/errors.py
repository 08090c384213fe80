"""Errors that Closedwon raises, named by what the caller should do.

    ClosedwonError
    ├── RetryableError          can heal by itself: the task retries, nothing is lost
    │   ├── OrgUnavailable      the org did not answer, answered 5xx, or cut a page in the middle
    │   ├── RecordLocked        another transaction in the org holds the record
    │   ├── QuotaSpent          the org's API quota is used up; it refills by the hour
    │   └── WarehouseUnavailable  Postgres went away or refuses connections
    └── FatalError              a person must act: the task fails at once and says what to do
        ├── CredentialsRefused  the org does not accept who we say we are
        ├── AccessDenied        the org knows us, but the user, profile or edition may not do this
        ├── RequestRefused      the org understood the request and says that it is wrong
        ├── MappingFault        the mapping files contradict themselves, or the org's describe
        ├── BatchRejected       a whole batch is not to be trusted: nothing of it is written
        └── RowsRejected        more rows were rejected than is allowed for one run

A row that cannot be written is not an error but a result: see `rejects.REJECT_COLUMNS`.
Every message says what was seen (quoted), where, why it matters, and what to do.
"""

from __future__ import annotations


class ClosedwonError(Exception):
    """Root of all errors that Closedwon raises on purpose."""


class RetryableError(ClosedwonError):
    """Can heal by itself: try again later, from the same place."""


class OrgUnavailable(RetryableError):
    """The org did not answer in time, answered 5xx, or broke off in the middle of an answer."""


class RecordLocked(RetryableError):
    """Another transaction in the org holds a record that we want to write."""


class QuotaSpent(RetryableError):
    """The org's API quota of the last 24 hours is used up; it comes back as the hours pass."""


class WarehouseUnavailable(RetryableError):
    """Postgres went away, restarts, or refuses connections."""


class FatalError(ClosedwonError):
    """Cannot heal by itself: a person must do what the message says."""


class CredentialsRefused(FatalError):
    """The org does not accept the user, the secret or the token."""


class AccessDenied(FatalError):
    """The user, profile or edition lacks a permission."""


class RequestRefused(FatalError):
    """The org understood the request and says that it is wrong."""


class MappingFault(FatalError):
    """The mapping files contradict themselves or the org's describe; the message lists every fault."""


class BatchRejected(FatalError):
    """A batch as a whole is not to be trusted; nothing of it was written."""


class RowsRejected(FatalError):
    """More rows were rejected than one run may reject; the accepted ones were written."""
