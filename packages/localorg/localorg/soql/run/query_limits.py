"""Limits on the complexity of a query: Python's recursion limit, and the limits of SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from localorg.errors import OrgError

_SIGNS = ("too many", "too large", "too complex", "at most", "overflow", "too big")
"""Of SQLite's messages about its limits."""


@contextmanager
def within_limits() -> Iterator[None]:
    """Refuse a query that exceeds a limit within the block.

    Raises:
        OrgError: QUERY_TOO_COMPLICATED.
    """
    try:
        yield
    except RecursionError as error:
        raise _too_complicated() from error
    except OperationalError as error:
        if any(sign in str(error.orig) for sign in _SIGNS):
            raise _too_complicated() from error
        raise


def _too_complicated() -> OrgError:
    message = "Query is either selecting too many fields or the filter conditions are too complicated."
    return OrgError(400, "QUERY_TOO_COMPLICATED", message)
