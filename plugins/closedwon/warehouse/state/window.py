"""Table `sync.window`: the window of each object in each run."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, case, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from closedwon.errors import FatalError
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.bulk_job import BULK_JOB
from closedwon.warehouse.state.columns import mapping_column, run_id_column, time_column
from closedwon.window import Window

WINDOW = Table(
    "window",
    METADATA,
    run_id_column("The run that reads the span.", primary_key=True),
    mapping_column(primary_key=True),
    time_column(
        "start_at", "Records with this SystemModstamp or a later one are read; null: all of them.", nullable=True
    ),
    time_column(
        "end_at",
        "Records with this SystemModstamp or a later one are left to the next run. Not later than the second in which "
        "the reading began, because a record can change again in that second without a new SystemModstamp.",
    ),
    time_column("watermark_at", "The watermark that the span follows; null before the first run.", nullable=True),
    time_column("pinned_at", "When the run pinned it.", now=True),
    time_column("read_at", "When the reading of its records began; null before that.", nullable=True),
    schema="sync",
    comment="The span that each run reads, pinned so that a task that is retried or cleared reads the same span again.",
)


def pin_window(connection: Connection, run_id: str, mapping_name: str, window: Window) -> Window:
    """Pin and return the window that the run reads: the given one, or that of an earlier try of the same run.

    A retried or cleared task must read the same span again, although clock and watermark have moved on.
    """
    pinned = insert(WINDOW).values(
        run_id=run_id, mapping=mapping_name, start_at=window.start, end_at=window.end, watermark_at=window.watermark
    )
    connection.execute(pinned.on_conflict_do_nothing())
    return pinned_window(connection, run_id, mapping_name)


def has_window(connection: Connection, run_id: str, mapping_name: str) -> bool:
    """Return whether the run has pinned a window for the mapping."""
    return bool(connection.scalar(select(exists().where(_is_of(run_id, mapping_name)))))


def pinned_window(connection: Connection, run_id: str, mapping_name: str) -> Window:
    """Return the window that the run has pinned for the mapping.

    Raises:
        FatalError: the run has pinned no window.
    """
    columns = select(WINDOW.c.start_at, WINDOW.c.end_at, WINDOW.c.watermark_at, WINDOW.c.read_at)
    row = connection.execute(columns.where(_is_of(run_id, mapping_name))).one_or_none()
    if row is None:
        raise FatalError(
            f"sync.window has no window of '{mapping_name}' for the run '{run_id}', so the span to read is unknown.",
            remedy=f"Clear the task `{mapping_name}.extract` and those after it: it pins the window.",
        )
    return Window(start=row.start_at, end=row.end_at, watermark=row.watermark_at, read_at=row.read_at)


def begin_reading(connection: Connection, run_id: str, mapping_name: str, org_now: datetime) -> Window:
    """Note that the reading of the window's records begins now, and return the window.

    A reading that resumes the bulk jobs of a killed try began with that try. The window ends with the second before
    `org_now`, if not earlier: a record can change again in the second in course and keep its SystemModstamp, so what is
    read of it may be outdated, and no later probe could tell.

    Args:
        org_now: the org's clock before the first record is read.

    Raises:
        FatalError: the run has pinned no window.
    """
    is_resumed = exists().where(
        BULK_JOB.c.run_id == run_id, BULK_JOB.c.mapping == mapping_name, BULK_JOB.c.query.is_not(None)
    )
    began = update(WINDOW).where(_is_of(run_id, mapping_name))
    connection.execute(
        began.values(
            end_at=func.least(WINDOW.c.end_at, org_now),
            read_at=case((is_resumed, func.coalesce(WINDOW.c.read_at, func.now())), else_=func.now()),
        )
    )
    return pinned_window(connection, run_id, mapping_name)


def _is_of(run_id: str, mapping_name: str) -> ColumnElement[bool]:
    return (WINDOW.c.run_id == run_id) & (WINDOW.c.mapping == mapping_name)
