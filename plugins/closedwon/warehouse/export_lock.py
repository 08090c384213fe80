"""Lock on the export of a mapping: one run at a time plans and sends it.

Two runs at once (a second scheduler, a worker that was given up and goes on) could leave older values in the org while
the ledger says that the newer ones are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg2 import errorcodes
from sqlalchemy import BigInteger, ColumnElement, Connection, Engine, Row, cast, column, func, select, table
from sqlalchemy.exc import OperationalError

from closedwon.errors import ExportRunning
from closedwon.mapping.model import Mapping
from closedwon.warehouse.transaction import transaction

LONGEST_WAIT = "30s"
LONGEST_HOLD = "3h"
"""How long a run that uses the lock's connection no more keeps the lock: longer than it waits for a bulk job."""

_LOCKS = table("pg_locks", *map(column, ("pid", "locktype", "granted", "classid", "objid", "objsubid")))
_SESSIONS = table("pg_stat_activity", *map(column, ("pid", "datname", "application_name", "xact_start")))


@contextmanager
def export_lock(engine: Engine, mapping: Mapping, run_id: str) -> Iterator[Connection]:
    """Yield the connection that holds the mapping's lock, in one transaction, until the end of the block.

    The lock ends with the connection, so that a killed run gives it back. It belongs to the transaction and not to the
    session, since a connection pooler may hand one session to several clients. A statement on the connection fails once
    the lock is lost, so what must not happen without it is done or preceded by one.

    Raises:
        ExportRunning: another run holds the lock.
        WarehouseUnavailable: the connection, and with it the lock, was lost.
    """
    with transaction(engine) as connection:
        connection.execute(
            select(
                func.set_config("application_name", run_id, True),  # by which others learn who holds the lock
                func.set_config("lock_timeout", LONGEST_WAIT, True),
                func.set_config("idle_in_transaction_session_timeout", LONGEST_HOLD, True),
                func.set_config("tcp_keepalives_idle", "30", True),  # else a host that vanished keeps it for two hours
                func.set_config("tcp_keepalives_interval", "10", True),
                func.set_config("tcp_keepalives_count", "3", True),
            )
        )
        _take_lock(connection, mapping)
        yield connection


def check_lock(connection: Connection) -> None:
    """Make sure that the connection, and with it the lock, is still there.

    Raises:
        DBAPIError: it is not; `export_lock` raises WarehouseUnavailable for it.
    """
    connection.execute(select(1))


def _take_lock(connection: Connection, mapping: Mapping) -> None:
    try:
        with connection.begin_nested():
            connection.execute(select(func.pg_advisory_xact_lock(_key(mapping))))
    except OperationalError as error:
        if getattr(error.orig, "pgcode", None) != errorcodes.LOCK_NOT_AVAILABLE:
            raise
        raise _running(mapping, _find_holder(connection, mapping)) from None


def _key(mapping: Mapping) -> ColumnElement[int]:
    return func.hashtextextended(f"closedwon export {mapping.name}", 0)


def _find_holder(connection: Connection, mapping: Mapping) -> Row[Any, Any, Any] | None:
    lock, session = _LOCKS.c, _SESSIONS.c
    # Postgres shows a lock's key as two halves.
    key = cast(cast(lock.classid, BigInteger).op("<<")(32), BigInteger).op("|")(cast(lock.objid, BigInteger))
    since = func.to_char(func.timezone("UTC", session.xact_start), "YYYY-MM-DD HH24:MI:SS")
    return connection.execute(
        select(session.application_name, session.pid, since)
        .join_from(_LOCKS, _SESSIONS, lock.pid == session.pid)
        .where(lock.locktype == "advisory", lock.objsubid == 1, lock.granted, key == _key(mapping))
        .where(session.datname == func.current_database())
    ).one_or_none()


def _running(mapping: Mapping, holder: Row[Any, Any, Any] | None) -> ExportRunning:
    if holder is None:
        return ExportRunning(f"Another run exported {mapping.name} until just now. Nothing was sent. Try again.")
    run_id, pid, since = holder
    return ExportRunning(
        f"The run '{run_id}' has been exporting {mapping.name} since {since} UTC. "
        f"Two at once could leave older values in the org, so after a wait of {LONGEST_WAIT} nothing was sent. "
        "Try again when that run has ended. "
        f"If Airflow no longer shows it as running, end its session: SELECT pg_terminate_backend({pid})."
    )
