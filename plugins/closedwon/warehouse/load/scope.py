"""Records that meet their mapping's condition no longer: marked, never deleted, current again when they return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import pandas as pd
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Table,
    column,
    delete,
    exists,
    false,
    func,
    select,
    table,
    true,
    update,
)

from closedwon.counts import Counts
from closedwon.mapping.model import Mapping
from closedwon.mapping.model.names import SCOPE_COLUMN
from closedwon.warehouse.json_table import as_table
from closedwon.warehouse.load.staging import staged
from closedwon.warehouse.mapped_tables import table_of
from closedwon.warehouse.state.quarantine import QUARANTINE, end_out_of_scope, has_apart, is_apart

HAS_COME = "has_come"
_STAMPED = ("salesforce_id", "system_modstamp", "is_deleted")


def may_leave(connection: Connection, mapping: Mapping) -> bool:
    """Return whether there are rows, or records in quarantine, that may meet the mapping's condition no longer."""
    has_rows = exists().where(table_of(mapping).c.salesforce_id.is_not(None))
    return bool(connection.scalar(select(has_rows))) or has_apart(connection, mapping)


def is_marked_each(connection: Connection, mapping: Mapping, ids: Sequence[str], stamps: Sequence[datetime]) -> bool:
    """Return whether those of these records that have rows are marked as out of scope with exactly this SystemModstamp.

    None of them may wait in quarantine either. Records that have no row were never received.
    """
    rows, waiting = table_of(mapping).c, QUARANTINE.c
    frame = pd.DataFrame({"salesforce_id": ids, "system_modstamp": [stamp.isoformat() for stamp in stamps]})
    listed = as_table("listed", frame, waiting.salesforce_id, waiting.system_modstamp).c
    is_marked = rows[SCOPE_COLUMN] & (rows.system_modstamp == listed.system_modstamp)
    unmarked = exists().where(rows.salesforce_id == listed.salesforce_id, is_marked.is_not(True))
    waits = exists().where(waiting.salesforce_id == listed.salesforce_id, is_apart(mapping))
    return connection.scalar(select(listed.salesforce_id).where(unmarked | waits).limit(1)) is None


def mark_leavers(
    connection: Connection, mapping: Mapping, frames: Iterable[pd.DataFrame], *, is_latest: bool
) -> Counts:
    """Mark the rows of the records that did not come, and let none of these wait in quarantine; return their counts.

    The row keeps its values and gets the record's SystemModstamp, by which the probe finds both sides equal, and its
    deletion. A record that is out of scope already and has changed counts as unchanged.

    Args:
        frames: of every record that was asked about `salesforce_id`, `system_modstamp`, `is_deleted`, and whether it
            `has_come`, as it meets the condition; one that has come is in some frames twice.
        is_latest: as in `load_rows`.
    """
    target = table_of(mapping)
    columns = [*(Column(name, target.c[name].type) for name in _STAMPED), Column(HAS_COME, Boolean)]
    with staged(connection, columns, frames) as staging:
        came = staging.alias()
        has_come = exists().where(came.c.salesforce_id == staging.c.salesforce_id, came.c[HAS_COME])
        connection.execute(delete(staging).where(staging.c[HAS_COME] | has_come))
        end_out_of_scope(connection, mapping, staging, is_latest=is_latest)
        return _mark(connection, target, staging, is_latest=is_latest)


def _mark(connection: Connection, target: Table, left: Table, *, is_latest: bool) -> Counts:
    row, record = target.c, left.c
    is_overtaken = false() if is_latest else row.system_modstamp >= record.system_modstamp
    is_its = (row.salesforce_id == record.salesforce_id) & is_overtaken.is_not(True)
    is_unmarked = ~row[SCOPE_COLUMN] | (row.is_deleted != record.is_deleted)
    stamp = {"system_modstamp": record.system_modstamp}
    moved = update(target).where(is_its, ~is_unmarked, row.system_modstamp.is_distinct_from(record.system_modstamp))
    unchanged = connection.execute(moved.values(stamp)).rowcount
    marks = {SCOPE_COLUMN: true(), "is_deleted": record.is_deleted, "loaded_at": func.now()}
    written = connection.execute(update(target).where(is_its, is_unmarked).values(stamp | marks)).rowcount
    return Counts(read=written + unchanged, written=written, unchanged=unchanged)


def unmark_all(connection: Connection, mapping: Mapping) -> None:
    """Take the marks away once all records were read without a condition, as it was taken out of the mapping's file."""
    schema, name = mapping.table.split(".")
    marked = table(name, column(SCOPE_COLUMN, Boolean), schema=schema)
    connection.execute(update(marked).where(marked.c[SCOPE_COLUMN]).values({SCOPE_COLUMN: false()}))
