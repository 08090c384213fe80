"""Upsert of staged rows: unchanged rows are not written, and no row is replaced by an older version."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, Table, func, literal_column, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from closedwon.mapping.model.names import SCOPE_COLUMN
from closedwon.warehouse.load.parents import Resolved

_MARKS = ("is_deleted", SCOPE_COLUMN)
"""Columns that a deletion writes; it leaves the others."""


def merge_rows(
    connection: Connection, target: Table, staging: Table, resolved: Resolved, *, has_deletions: bool
) -> tuple[int, int]:
    """Write the staged rows that are new or changed, the deletions last; return their number, and that of the new."""
    flags = (False, True) if has_deletions else (False,)
    merged = [_merge(connection, target, staging, resolved, is_deleted=flag) for flag in flags]
    return sum(written for written, _ in merged), sum(new for _, new in merged)


def _merge(
    connection: Connection, target: Table, staging: Table, resolved: Resolved, *, is_deleted: bool
) -> tuple[int, int]:
    """Upsert the rows that are deleted in the org, or those that are not; return how many were written, and made.

    The join leaves out unchanged rows, which ON CONFLICT would lock. ON CONFLICT repeats the condition, because other
    transactions may have written a row since the join read it.
    """
    left = {"id", "salesforce_id", "system_modstamp", *resolved.kept}
    compared = [name for name in resolved.values if name not in left]
    written = [name for name in compared if name in _MARKS] if is_deleted else compared
    values, held = resolved.values, resolved.held.c
    is_changed = _is_newer(values, held, written)
    rows = (
        select(*values.values(), func.now())
        .select_from(resolved.rows)
        .where(staging.c.is_deleted == is_deleted, held.id.is_(None) | is_changed)
    )
    upsert = insert(target).from_select([*values, "loaded_at"], rows, include_defaults=False)
    moved: dict[str, ColumnElement[Any]] = {
        name: upsert.excluded[name] for name in (*written, "system_modstamp", "loaded_at")
    }
    moved |= {name: func.coalesce(target.c[name], moved[name]) for name in resolved.filled & {*written}}
    upsert = upsert.on_conflict_do_update(
        index_elements=[target.c.salesforce_id], set_=moved, where=_is_newer(upsert.excluded, target.c, written)
    )
    # A version of a row that no other preceded has no transaction in xmax; ON CONFLICT leaves its own there.
    result = upsert.returning(literal_column("xmax = 0", Boolean).label("is_new")).cte("#written")
    made = func.count().filter(result.c.is_new)
    written_rows, new_rows = connection.execute(select(func.count(), made).select_from(result)).one()
    return written_rows, new_rows


def _is_newer(theirs: Any, ours: Any, names: list[str]) -> Any:
    """Return whether the values differ and theirs are not older; a row that was never loaded is written in any case."""
    differs = tuple_(*(theirs[name] for name in names)).is_distinct_from(tuple_(*(ours[name] for name in names)))
    return (differs | ours["loaded_at"].is_(None)) & (theirs["system_modstamp"] < ours["system_modstamp"]).is_not(True)


def move_stamps(connection: Connection, target: Table, staging: Table) -> None:
    """Update the SystemModstamp of rows that are otherwise unchanged, so that the probe finds both sides equal."""
    is_behind = (target.c.system_modstamp >= staging.c.system_modstamp).is_not(True)
    connection.execute(
        update(target)
        .values(system_modstamp=staging.c.system_modstamp)
        .where(target.c.salesforce_id == staging.c.salesforce_id, is_behind)
    )
