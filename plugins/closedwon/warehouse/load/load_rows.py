"""Rows of one object into their table: staged by COPY, then merged by one upsert, step by step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, func, select

from closedwon.counts import Counts
from closedwon.mapping.model import Mapping
from closedwon.warehouse.load.merge import merge_rows, move_stamps
from closedwon.warehouse.load.parents import link_late_parents, resolve_parents, set_orphans_apart
from closedwon.warehouse.load.staging import staged, staging_columns
from closedwon.warehouse.load.versions import drop_older_versions
from closedwon.warehouse.mapped_tables import table_of


@dataclass(frozen=True)
class Loaded:
    """What became of the rows, and the rejects: those whose parent is not in the warehouse."""

    counts: Counts
    rejects: pd.DataFrame


def load_rows(connection: Connection, mapping: Mapping, frames: Iterable[pd.DataFrame]) -> Loaded:
    """Merge all frames into the table of the mapping, and return what became of the rows.

    A record that comes twice counts once, as its latest version. One that is as the warehouse holds it is not touched,
    not even locked; where only its SystemModstamp moved, the stamp is kept and the row counts as unchanged. Salesforce
    empties fields of deleted records, so a deletion marks the row and leaves its values.

    Args:
        frames: as `transform.rows.to_rows` makes them; columns of type `reference` hold the parent's Salesforce id.

    Raises:
        BatchRejected: Postgres cannot take in a value.
    """
    # For the hash joins: the default of 4 MB would spill them to disk.
    connection.execute(select(func.set_config("work_mem", "64MB", True)))
    target = table_of(mapping)
    with staged(connection, staging_columns(mapping), frames) as staging:
        drop_older_versions(connection, staging)
        read = connection.execute(select(func.count()).select_from(staging)).scalar_one()
        resolved = resolve_parents(connection, mapping, target, staging)
        rejects = set_orphans_apart(connection, mapping, staging, resolved)
        written = merge_rows(connection, target, staging, resolved)
        link_late_parents(connection, mapping, target)
        move_stamps(connection, target, staging)
    rejected = int(rejects["salesforce_id"].nunique())
    return Loaded(Counts(read, written, read - rejected - written, rejected), rejects)
