"""Table `sync.watermark`: how far each object has been read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, Table, exists, func, select, union_all, update
from sqlalchemy.dialects.postgresql import insert

from closedwon.mapping.model import Mapping
from closedwon.mapping.model.names import SCOPE_COLUMN
from closedwon.warehouse.json_table import as_table
from closedwon.warehouse.mapped_tables import table_of
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import mapping_column, run_id_column, time_column
from closedwon.warehouse.state.quarantine import QUARANTINE, is_apart

WATERMARK = Table(
    "watermark",
    METADATA,
    mapping_column(primary_key=True),
    time_column("at", "End of the last span that is wholly written, by the org's clock; it never moves back."),
    run_id_column("The run that moved it last."),
    time_column("moved_at", "When it was moved last, by the warehouse's clock.", now=True),
    time_column(
        "newest_at",
        "The latest SystemModstamp of the object's records; the next run reads from before it, if `at` is later.",
        nullable=True,
    ),
    schema="sync",
    comment="How far each object has been read. Closedwon reads on from here.",
)


def read_watermark(connection: Connection, mapping_name: str) -> datetime | None:
    """Return the end of the last window that is fully written, UTC; None before the first."""
    return connection.scalar(select(WATERMARK.c.at).where(WATERMARK.c.mapping == mapping_name))


def commit_watermark(connection: Connection, mapping_name: str, at: datetime, run_id: str) -> None:
    """Move the watermark forward to `at`; it never moves back.

    Call it in the transaction that writes the rows, so that both are committed or neither.
    """
    moved = insert(WATERMARK).values(mapping=mapping_name, at=at, run_id=run_id)
    moved = moved.on_conflict_do_update(
        index_elements=[WATERMARK.c.mapping],
        set_={"at": at, "run_id": run_id, "moved_at": func.now()},
        where=WATERMARK.c.at < at,
    )
    connection.execute(moved)


def newest_stamp(connection: Connection, mapping: Mapping) -> datetime | None:
    """Return the latest SystemModstamp of the mapping's records, in the table or in quarantine; None if it has none."""
    noted = connection.scalar(select(WATERMARK.c.newest_at).where(WATERMARK.c.mapping == mapping.name))
    return noted or note_newest(connection, mapping, None)


def note_newest(connection: Connection, mapping: Mapping, start: datetime | None) -> datetime | None:
    """Find, keep beside the watermark and return the latest SystemModstamp from `start` on; None where there is none.

    It is kept because the index of the column does not help to find the latest of a whole table.
    """
    rows, waiting = table_of(mapping).c, QUARANTINE.c
    held = select(rows.system_modstamp.label("at")).where(rows.salesforce_id.is_not(None))
    apart = select(waiting.system_modstamp.label("at")).where(is_apart(mapping))
    if start is not None:
        held, apart = held.where(rows.system_modstamp >= start), apart.where(waiting.system_modstamp >= start)
    newest: datetime | None = connection.scalar(select(func.max(union_all(held, apart).subquery().c.at)))
    if newest is not None:
        connection.execute(update(WATERMARK).where(WATERMARK.c.mapping == mapping.name).values(newest_at=newest))
    return newest


def holds_each(connection: Connection, mapping: Mapping, ids: Sequence[str], stamps: Sequence[datetime]) -> bool:
    """Return whether each of these records is in the table, or set apart in quarantine, with its SystemModstamp.

    A row that is marked as out of scope is none that the table has: these records meet the mapping's condition.
    """
    rows, waiting = table_of(mapping).c, QUARANTINE.c
    # As text, because JSON has no times.
    frame = pd.DataFrame({"salesforce_id": ids, "system_modstamp": [stamp.isoformat() for stamp in stamps]})
    listed = as_table("listed", frame, waiting.salesforce_id, waiting.system_modstamp).c
    is_held, waits = (
        exists().where(found.salesforce_id == listed.salesforce_id, found.system_modstamp == listed.system_modstamp)
        for found in (rows, waiting)
    )
    if mapping.where is not None:
        is_held = is_held.where(~rows[SCOPE_COLUMN])
    lacking = select(listed.salesforce_id).where(~is_held, ~waits.where(is_apart(mapping))).limit(1)
    return connection.scalar(lacking) is None
