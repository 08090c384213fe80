"""Errors that Closedwon raises, named by what the caller should do.

    ClosedwonError
    ├── RetryableError          can pass by itself: the task retries, nothing is lost
    │   ├── OrgUnavailable      the org did not answer, answered 5xx, or cut a page in the middle
    │   ├── RecordLocked        another transaction in the org holds the record
    │   ├── QuotaSpent          the org's API quota is used up; it refills by the hour
    │   ├── ExportRunning       another run exports the same mapping at this moment
    │   ├── WarehouseUnavailable  Postgres went away or refuses connections
    │   └── StorageUnavailable  the object storage of the batches did not answer or failed
    └── FatalError              a person must act: the task fails at once and says what to do
        ├── CredentialsRefused  the org refused the user, the secret or the token
        ├── AccessDenied        the login succeeded, but the user, profile or edition lacks a permission
        ├── SetupFault          a Connection, a setting or a place that it names is missing or wrong
        ├── RequestRefused      the org rejected the request as invalid
        ├── MappingFault        the mapping files contradict each other, the org's describe or the warehouse
        ├── LinkRefused         a link between a project and a record that a person asked for cannot be
        ├── BatchRejected       a whole batch failed its checks: nothing of it is written
        └── RowsRejected        more rows were rejected than is allowed for one run

A row that cannot be written is not an error but a result: see `rejects.REJECT_COLUMNS`.
Every message says what was seen (quoted), where, why it matters, and what to do.
"""

from __future__ import annotations


class ClosedwonError(Exception):
    """Root of all errors that Closedwon raises on purpose.

    Attributes:
        remedy: what to do, with which the message ends; empty where it is to follow the message and to clear the task.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(f"{message}\n{remedy}" if remedy else message)
        self.remedy = remedy


class RetryableError(ClosedwonError):
    """A failure that can pass by itself: try again later, from the same place."""


class OrgUnavailable(RetryableError):
    """The org did not answer in time, answered 5xx, or broke off in the middle of an answer."""


class RecordLocked(RetryableError):
    """Another transaction in the org holds a record that we want to write."""


class QuotaSpent(RetryableError):
    """The org's API quota of the last 24 hours is used up; it comes back as the hours pass."""


class ExportRunning(RetryableError):
    """Another run exports the same mapping at this moment, and two would overwrite each other's values."""


class WarehouseUnavailable(RetryableError):
    """Postgres went away, restarts, or refuses connections."""


class StorageUnavailable(RetryableError):
    """The object storage that keeps the batches did not answer, or failed."""


class FatalError(ClosedwonError):
    """A failure that does not pass by itself: a person must do what the message says."""


class CredentialsRefused(FatalError):
    """The org refused the user, the secret or the token."""


class AccessDenied(FatalError):
    """The user, profile or edition lacks a permission."""


class SetupFault(FatalError):
    """An Airflow Connection, a setting, or a place that one of them names is missing or wrong; the message names it."""


class RequestRefused(FatalError):
    """The org rejected the request as invalid; the same request fails again."""


class MappingFault(FatalError):
    """The mapping files contradict each other, the org's describe or the warehouse; the message lists every finding."""


class LinkRefused(FatalError):
    """A link between a project and a record that a person asked for cannot be made or ended; nothing was changed."""


class BatchRejected(FatalError):
    """A batch as a whole failed its checks; nothing of it was written."""


class RowsRejected(FatalError):
    """More rows were rejected than one run may reject; the accepted ones were written."""
