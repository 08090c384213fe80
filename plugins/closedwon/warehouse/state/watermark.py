"""How far each object has been read, and the span that each run reads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, union_all
from sqlalchemy.dialects.postgresql import insert

from closedwon.errors import FatalError
from closedwon.mapping.model import Mapping
from closedwon.warehouse.schema import table_of
from closedwon.warehouse.state.sync_tables import QUARANTINE, WATERMARK, WINDOW
from closedwon.window import Window


def read_watermark(connection: Connection, mapping_name: str) -> datetime | None:
    """The end of the last span that is wholly written, UTC; None before the first."""
    return connection.scalar(select(WATERMARK.c.at).where(WATERMARK.c.mapping == mapping_name))


def commit_watermark(connection: Connection, mapping_name: str, at: datetime, run_id: str) -> None:
    """Moves the watermark on to `at`; a run that is behind the watermark leaves it where it is.

    It belongs in the transaction that writes the rows, so that neither can be there without the other.
    """
    moved = insert(WATERMARK).values(mapping=mapping_name, at=at, run_id=run_id)
    moved = moved.on_conflict_do_update(
        index_elements=[WATERMARK.c.mapping],
        set_={"at": at, "run_id": run_id, "moved_at": func.now()},
        where=WATERMARK.c.at < at,
    )
    connection.execute(moved)


def pin_window(connection: Connection, run_id: str, mapping_name: str, window: Window) -> Window:
    """The window that the run reads: the given one, or that of an earlier try of the same run.

    A task that is retried or cleared must read the span that it read before, whatever clock and watermark say by then.
    """
    pinned = insert(WINDOW).values(
        run_id=run_id, mapping=mapping_name, start_at=window.start, end_at=window.end, watermark_at=window.watermark
    )
    connection.execute(pinned.on_conflict_do_nothing())
    return pinned_window(connection, run_id, mapping_name)


def pinned_window(connection: Connection, run_id: str, mapping_name: str) -> Window:
    """The window that the run has pinned for the mapping.

    Raises:
        FatalError: the run has pinned none.
    """
    columns = select(WINDOW.c.start_at, WINDOW.c.end_at, WINDOW.c.watermark_at)
    row = connection.execute(columns.where(WINDOW.c.run_id == run_id, WINDOW.c.mapping == mapping_name)).one_or_none()
    if row is None:
        raise FatalError(
            f"The run '{run_id}' has pinned no window of '{mapping_name}' in sync.window, so that nobody knows what it "
            "is to read. Clear the run's task `probe`, which pins the windows, and all tasks after it."
        )
    return Window(start=row.start_at, end=row.end_at, watermark=row.watermark_at)


def count_span(connection: Connection, mapping: Mapping, start: datetime | None) -> tuple[int, datetime | None]:
    """How many records the warehouse knows with this SystemModstamp or a later one, and the latest stamp of them.

    Records in quarantine are known too: the org counts them, and they are no news. One that is held in an older version
    and waits in a newer one counts once.

    Args:
        start: UTC; None for all.
    """
    rows, waiting = table_of(mapping).c, QUARANTINE.c

    def is_in_span(stamp: ColumnElement[datetime]) -> ColumnElement[bool]:
        return stamp.is_not(None) if start is None else stamp >= start

    held = select(rows.salesforce_id, rows.system_modstamp).where(
        rows.salesforce_id.is_not(None), is_in_span(rows.system_modstamp)
    )
    apart = select(waiting.salesforce_id, waiting.system_modstamp).where(
        waiting.mapping == mapping.name, waiting.state == "waiting", is_in_span(waiting.system_modstamp)
    )
    known = union_all(held, apart).subquery().c
    found = connection.execute(
        select(func.count(known.salesforce_id.distinct()), func.max(known.system_modstamp))
    ).one()
    return found[0], found[1]
