"""The one upsert: rows that are as the warehouse holds them are not touched, and none goes back to an older version."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from closedwon.warehouse.load.parents import Resolved


def merge_rows(connection: Connection, target: Table, staging: Table, resolved: Resolved) -> int:
    """Write the staged rows that are new or changed, the deletions last, and return their number."""
    return sum(_merge(connection, target, staging, resolved, is_deleted=flag) for flag in (False, True))


def _merge(connection: Connection, target: Table, staging: Table, resolved: Resolved, *, is_deleted: bool) -> int:
    """Write the rows of records that are deleted in the org, or of those that are not; return how many.

    The join leaves out the rows that are held as they are, before ON CONFLICT would lock every one of them. Its own
    condition is the same once more, against what others write meanwhile.
    """
    compared = [name for name in resolved.values if name not in ("id", "salesforce_id", "system_modstamp")]
    written = ["is_deleted"] if is_deleted else compared
    values, held = resolved.values, resolved.held.c
    is_changed = _is_newer(values, held, written)
    rows = (
        select(*values.values(), func.now())
        .select_from(resolved.rows)
        .where(staging.c.is_deleted == is_deleted, held.id.is_(None) | is_changed)
    )
    upsert = insert(target).from_select([*values, "loaded_at"], rows, include_defaults=False)
    moved = {name: upsert.excluded[name] for name in (*written, "system_modstamp", "loaded_at")}
    upsert = upsert.on_conflict_do_update(
        index_elements=[target.c.salesforce_id], set_=moved, where=_is_newer(upsert.excluded, target.c, written)
    )
    return connection.execute(upsert).rowcount


def _is_newer(theirs: Any, ours: Any, names: list[str]) -> Any:
    """Return whether the values differ, and theirs are not older; a row that was linked by hand has no stamp yet."""
    differs = tuple_(*(theirs[name] for name in names)).is_distinct_from(tuple_(*(ours[name] for name in names)))
    return differs & (theirs["system_modstamp"] < ours["system_modstamp"]).is_not(True)


def move_stamps(connection: Connection, target: Table, staging: Table) -> None:
    """Keep the later stamp of rows whose values are the same, so that the probe finds both sides alike."""
    is_behind = (target.c.system_modstamp >= staging.c.system_modstamp).is_not(True)
    connection.execute(
        update(target)
        .values(system_modstamp=staging.c.system_modstamp)
        .where(target.c.salesforce_id == staging.c.salesforce_id, is_behind)
    )
