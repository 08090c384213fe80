"""Transactions in the warehouse, with Postgres's errors translated to those of `closedwon.errors`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2 import errorcodes
from sqlalchemy import URL, Connection, Engine, create_engine, func, make_url, select
from sqlalchemy.exc import DBAPIError

from closedwon.errors import AccessDenied, ClosedwonError, CredentialsRefused, SetupFault, WarehouseUnavailable

_DRIVER = "postgresql+psycopg2"

_SOCKET = {
    "application_name": "closedwon",
    "connect_timeout": "10",  # seconds, as are the next three
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",  # milliseconds
}
"""Options by which a dead server is noticed within about a minute, not after the kernel's two hours."""

_SETTINGS = select(
    # Local to the transaction, not connection options, which connection poolers refuse or mix up.
    func.set_config("timezone", "UTC", True),
    func.set_config("lock_timeout", "30s", True),
    func.set_config("idle_in_transaction_session_timeout", "15min", True),
)

_REFUSED = ("authentication failed", "no password supplied", "no pg_hba.conf entry", "does not exist")
"""Texts by which a refused login is recognized, since libpq has no SQLSTATE for a failed connection."""

_BAD_OPTION = re.compile(r"invalid \S+ value: |for connection option |server does not support SSL")
"""Texts by which libpq refuses the value of a connection option, also without a SQLSTATE."""


def open_engine(url: str | URL) -> Engine:
    """Return an engine on Postgres whose connections notice a dead server, and whose errors quote no values of rows.

    Args:
        url: as libpq and Airflow write it, `postgresql://` or `postgres://`; options after `?` override our
            time-outs.
    """
    if isinstance(url, str):
        url = make_url(url.replace("postgres://", "postgresql://", 1))
    address = url.set(drivername=_DRIVER)
    address = address.set(query={**_SOCKET, **address.query})
    return create_engine(address, pool_size=2, max_overflow=2, pool_pre_ping=True, hide_parameters=True)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Yield one connection in one transaction: committed at the end of the block, rolled back by any exception.

    Raises:
        WarehouseUnavailable: Postgres went away, is starting, has no free connection, or another transaction holds a
            lock; a retry can help.
        CredentialsRefused: Postgres does not know the user, the password or the database.
        SetupFault: a connection option has a value that libpq does not take.
        AccessDenied: the user lacks a grant.
    """
    try:
        with engine.begin() as connection:
            connection.execute(_SETTINGS)
            yield connection
    except (DBAPIError, psycopg2.Error) as error:
        meaning = _to_closedwon(error, engine)
        if meaning is None:
            raise
        raise meaning from None


def _to_closedwon(error: DBAPIError | psycopg2.Error, engine: Engine) -> ClosedwonError | None:
    """Return the error to raise for a failure of Postgres; None for a bug, whose own exception should be seen."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    seen, code = str(cause).strip(), getattr(cause, "pgcode", None)
    where = f"The warehouse {engine.url.set(query={}).render_as_string()} says: '{seen}'."
    if code == errorcodes.INSUFFICIENT_PRIVILEGE or "permission denied for database" in seen:
        return AccessDenied(
            f"{where} Nothing was written. Grant the right to the user '{engine.url.username}', then clear the task."
        )
    if code is None and _BAD_OPTION.search(seen):
        return SetupFault(f"{where} Nothing was written. Correct the extra fields of the warehouse's Connection.")
    if code is None and "connection to server" in seen and any(words in seen for words in _REFUSED):
        return CredentialsRefused(
            f"{where} Nothing was written. Correct user, password and database in the warehouse's connection."
        )
    if _is_passing(error, cause):
        return WarehouseUnavailable(
            f"{where} Nothing of this transaction was written, and it can be repeated as it is. "
            "If it goes on, see whether the server runs and has connections free."
        )
    return None


def _is_passing(error: DBAPIError | psycopg2.Error, cause: BaseException | None) -> bool:
    """Return whether a retry can help: lost connections, restarts, deadlocks, lock time-outs, a new primary."""
    if isinstance(cause, psycopg2.OperationalError | psycopg2.InterfaceError | psycopg2.errors.ReadOnlySqlTransaction):
        return True
    # If the server dies during COPY, psycopg2 raises the bare DatabaseError, without a code.
    is_bare = isinstance(cause, psycopg2.DatabaseError) and type(cause) is psycopg2.DatabaseError and not cause.pgcode
    return is_bare or (isinstance(error, DBAPIError) and error.connection_invalidated)
