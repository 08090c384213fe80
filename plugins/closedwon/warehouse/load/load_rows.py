"""Loading of one object's rows into its table: staged by COPY, then merged by upsert."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, func, select

from closedwon.counts import Counts
from closedwon.mapping.model import Mapping
from closedwon.warehouse.load.lookups import count_unfound, resolve_lookups
from closedwon.warehouse.load.match_decisions import carry_out_decisions, leave_judged
from closedwon.warehouse.load.matching import match_rows
from closedwon.warehouse.load.merge import merge_rows, move_stamps
from closedwon.warehouse.load.new_rows import keep_old_values
from closedwon.warehouse.load.parents import link_late_parents, resolve_parents, set_orphans_apart
from closedwon.warehouse.load.reject_frames import join_frames
from closedwon.warehouse.load.skipped import set_skipped_apart
from closedwon.warehouse.load.staging import staged, staging_columns
from closedwon.warehouse.load.unlinked import set_unlinked_apart
from closedwon.warehouse.load.versions import drop_older_versions, prefer_held, prefer_staged
from closedwon.warehouse.mapped_tables import table_of


@dataclass(frozen=True)
class Loaded:
    """Counts of the loaded rows, and rejects for those of which a person decides or whose parent is not there."""

    counts: Counts
    rejects: pd.DataFrame
    undecided: set[str]
    """Ids of the rejected records that a person has unlinked, or of which one has to tell which row they are."""
    candidates: pd.DataFrame
    """The rows that they may be, with `state.match_candidate.CANDIDATE_COLUMNS`."""
    skipped: pd.DataFrame
    """The records that the mapping leaves out, as rejects."""
    new_rows: int
    """How many of the written rows were made."""
    unfound: dict[str, int]
    """By column of a reference that is looked up: how many records name somebody who is no row there, or several."""


def load_rows(
    connection: Connection,
    mapping: Mapping,
    frames: Iterable[pd.DataFrame],
    *,
    is_latest: bool,
    unfilled: Collection[str] = (),
) -> Loaded:
    """Merge all frames into the table of the mapping, and return counts and rejects.

    Of a record that comes twice, the latest version counts. An unchanged row is neither written nor locked; if only
    its SystemModstamp is later, that alone is updated and the row counts as unchanged. Salesforce empties fields of
    deleted records, so a deletion marks the row and leaves its values.

    Args:
        frames: as returned by `transform.rows.to_rows`; columns of type `reference` hold the parent's Salesforce id.
        is_latest: whether they were read after all that the table holds, so that they win over it. Otherwise only rows
            with a later SystemModstamp do.
        unfilled: columns that are new in the mapping, all of whose records are loaded: of those written once, the empty
            ones of existing rows are filled.

    Raises:
        BatchRejected: Postgres does not accept a value.
        MappingFault: rows cannot be looked up, or the default of such a reference is no row or several.
    """
    # For the hash joins: the default of 4 MB would spill them to disk.
    connection.execute(select(func.set_config("work_mem", "64MB", True)))
    target = table_of(mapping)
    with staged(connection, staging_columns(mapping), frames) as staging:
        drop_older_versions(connection, staging)
        deletions = func.count().filter(staging.c.is_deleted)
        read, deleted = connection.execute(select(func.count(), deletions).select_from(staging)).one()
        if not is_latest:
            leave_judged(connection, mapping, staging)
        carry_out_decisions(connection, mapping, target, staging)
        unlinked = set_unlinked_apart(connection, mapping, target, staging)
        prefer = prefer_staged if is_latest else prefer_held
        prefer(connection, target, staging)
        skipped = set_skipped_apart(connection, mapping, target, staging)
        unclear = match_rows(connection, mapping, target, staging)
        resolved = resolve_parents(connection, mapping, target, staging)
        resolved = resolve_lookups(connection, mapping, staging, resolved)
        orphans = set_orphans_apart(connection, mapping, staging, resolved)
        undecided = join_frames([unclear.rejects, unlinked.rejects])
        rejects = join_frames([orphans, undecided])
        rejected = int(rejects["salesforce_id"].nunique())
        unfound = count_unfound(connection, staging, resolved)
        resolved = keep_old_values(mapping, resolved, unfilled)
        written, new_rows = merge_rows(connection, target, staging, resolved, has_deletions=deleted > 0)
        link_late_parents(connection, mapping, target)
        if unchanged := read - rejected - len(skipped) - written:
            move_stamps(connection, target, staging)
    counts = Counts(read, written, unchanged, rejected, len(skipped))
    candidates = join_frames([unclear.candidates, unlinked.candidates])
    return Loaded(counts, rejects, set(undecided["salesforce_id"]), candidates, skipped, new_rows, unfound)
