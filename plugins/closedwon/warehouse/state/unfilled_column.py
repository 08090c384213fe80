"""Table `sync.unfilled_column`: columns in which the rows loaded before lack their values, until a full read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Column, Connection, Table, Text, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import mapping_column, time_column
from closedwon.warehouse.state.window import WINDOW

UNFILLED_COLUMN = Table(
    "unfilled_column",
    METADATA,
    mapping_column(primary_key=True),
    Column("column_name", Text, primary_key=True, comment="Column of the mapping's table."),
    time_column("since_at", "When the mapping began to fill it so.", now=True),
    schema="sync",
    comment="Columns that are new in a mapping, or hold another field or other codes of its value map than before. "
    "The next import reads all records.",
)

_ROW = UNFILLED_COLUMN.c


def await_full_read(connection: Connection, mapping_name: str, columns: Iterable[str]) -> None:
    """Note columns that the next import of the mapping has to fill in all rows."""
    for name in columns:
        noted = insert(UNFILLED_COLUMN).values(mapping=mapping_name, column_name=name)
        # A read that is under way is of the column as it was noted before.
        again = noted.on_conflict_do_update(constraint=UNFILLED_COLUMN.primary_key, set_={"since_at": func.now()})
        connection.execute(again)


def find_unfilled(connection: Connection) -> dict[str, list[str]]:
    """Return the names of the columns that await a full read, by mapping."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(select(UNFILLED_COLUMN).order_by(_ROW.mapping, _ROW.column_name)):
        found[row.mapping].append(row.column_name)
    return found


def forget_filled(connection: Connection, mapping_name: str, run_id: str) -> list[str]:
    """Forget and return the columns that a full read of this run has filled: those noted before its window was."""
    pinned_at = select(WINDOW.c.pinned_at).where(WINDOW.c.run_id == run_id, WINDOW.c.mapping == mapping_name)
    is_older = _ROW.since_at <= pinned_at.scalar_subquery()
    forgotten = delete(UNFILLED_COLUMN).where(_ROW.mapping == mapping_name, is_older).returning(_ROW.column_name)
    return list(connection.scalars(forgotten))
