"""Rows of one object into their table: COPY to a staging table, then one upsert; never backwards in SystemModstamp."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Table,
    delete,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import CHAR, insert

from closedwon.counts import Counts
from closedwon.kinds import KINDS
from closedwon.mapping.model import Mapping
from closedwon.warehouse.load.parents import Resolved, resolve_parents, set_orphans_apart
from closedwon.warehouse.load.staging import staged
from closedwon.warehouse.mapped_tables import table_of
from closedwon.warehouse.postgres_type import PostgresType


@dataclass(frozen=True)
class Loaded:
    """What became of the rows, and the rejects: those whose parent is not in the warehouse."""

    counts: Counts
    rejects: pd.DataFrame


def load_rows(connection: Connection, mapping: Mapping, frames: Iterable[pd.DataFrame]) -> Loaded:
    """What became of the rows once all frames are merged into the table of the mapping.

    A record that comes twice counts once, as its latest version. One that is as the warehouse holds it is not touched,
    not even locked; where only its SystemModstamp moved, the stamp is kept and the row counts as unchanged. Salesforce
    empties fields of deleted records, so a deletion marks the row and leaves its values.

    Args:
        frames: as `transform.columns.to_rows` makes them; columns of type `reference` hold the parent's Salesforce id.

    Raises:
        BatchRejected: Postgres cannot take in a value.
    """
    # For the hash joins: the default of 4 MB would spill them to disk.
    connection.execute(select(func.set_config("work_mem", "64MB", True)))
    target = table_of(mapping)
    with staged(connection, _staging_columns(mapping), frames, Column("new_id", BigInteger)) as staging:
        _drop_older_versions(connection, staging)
        deletions = func.count().filter(staging.c.is_deleted)
        read, deleted = connection.execute(select(func.count(), deletions).select_from(staging)).one()
        resolved = resolve_parents(connection, mapping, target, staging)
        rejects = set_orphans_apart(connection, mapping, staging, resolved)
        rejected = int(rejects["salesforce_id"].nunique())
        written = _merge(connection, target, staging, resolved, is_deleted=False)
        if deleted:
            written += _merge(connection, target, staging, resolved, is_deleted=True)
        if written < read - rejected:
            _move_stamps(connection, target, staging)
    return Loaded(Counts(read, written, read - rejected - written, rejected), rejects)


def _staging_columns(mapping: Mapping) -> list[Column[Any]]:
    return [
        Column("salesforce_id", CHAR(18)),
        Column("system_modstamp", DateTime(timezone=True)),
        Column("is_deleted", Boolean),
        *(Column(f.column, PostgresType(KINDS[f.type].staged_type)) for f in mapping.received),
    ]


def _drop_older_versions(connection: Connection, staging: Table) -> None:
    """Leaves the latest version of each record: one statement cannot write a row twice."""
    place, record = staging.c.ctid, staging.c.salesforce_id
    twice = select(record).group_by(record).having(func.count() > 1)
    rank = func.row_number().over(partition_by=record, order_by=[staging.c.system_modstamp.desc(), place.desc()])
    versions = select(place.label("place"), rank.label("rank")).where(record.in_(twice)).subquery()
    connection.execute(delete(staging).where(place == versions.c.place, versions.c.rank > 1))


def _merge(connection: Connection, target: Table, staging: Table, resolved: Resolved, *, is_deleted: bool) -> int:
    """The number of rows made or changed, of those that are deleted in the org or of those that are not.

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
    """Whether the values differ, and theirs are not older than ours; a row that was linked by hand has no stamp yet."""
    differs = tuple_(*(theirs[name] for name in names)).is_distinct_from(tuple_(*(ours[name] for name in names)))
    return differs & (theirs["system_modstamp"] < ours["system_modstamp"]).is_not(True)


def _move_stamps(connection: Connection, target: Table, staging: Table) -> None:
    """Keeps the later stamp of rows whose values are the same, so that the probe finds both sides alike."""
    is_behind = (target.c.system_modstamp >= staging.c.system_modstamp).is_not(True)
    connection.execute(
        update(target)
        .values(system_modstamp=staging.c.system_modstamp)
        .where(target.c.salesforce_id == staging.c.salesforce_id, is_behind)
    )
