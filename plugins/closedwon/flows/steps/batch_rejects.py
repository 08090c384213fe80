"""Rejects of a batch that is being loaded: collected, brought to quarantine, counted and judged."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection

from closedwon.counts import Counts
from closedwon.flows.steps.batches import Batches
from closedwon.flows.steps.many_rejects import refuse_many_rejects
from closedwon.flows.steps.valid_rows import ValidRows, drop_overtaken, find_unanswered, join_rejects
from closedwon.mapping.model import Mapping
from closedwon.warehouse.load.load_rows import Loaded
from closedwon.warehouse.state import quarantine


def read_rejects(batches: Batches, waiting: set[str]) -> tuple[pd.DataFrame, ValidRows]:
    """Return what the mapping and the suite have rejected, and the filter that drops the rows which the suite rejects.

    The filter watches the records that are in quarantine, and those of which a version of the batch was rejected.
    """
    invalid, refused = join_rejects(batches.frames("invalid")), join_rejects(batches.frames("rejects"))
    rows = ValidRows(set(invalid["salesforce_id"]), waiting | set(refused["salesforce_id"]))
    return join_rejects([refused, invalid]), rows


def collect_rejects(found: pd.DataFrame, rows: ValidRows, loaded: Loaded) -> pd.DataFrame:
    """Return what the mapping, the suite and missing parents reject of the batch, after it was loaded.

    Args:
        found: as from `read_rejects`.
    """
    return drop_overtaken(join_rejects([found, loaded.rejects]), rows.arrived(set()))


def update_quarantine(
    connection: Connection,
    mapping: Mapping,
    batches: Batches,
    rows: ValidRows,
    rejects: pd.DataFrame,
    skipped: pd.DataFrame,
    *,
    run_id: str,
    is_latest: bool,
) -> None:
    """Put rejects and skipped records into quarantine, release what has arrived, and end what the org lacks."""
    apart = join_rejects([rejects, skipped])
    arrived = rows.arrived(set(apart["salesforce_id"]))
    quarantine.release_loaded(connection, mapping, arrived, is_latest=is_latest)
    quarantine.put_rejects(connection, mapping, apart, run_id, is_latest=is_latest)
    answered = [apart, *rows.arrived(set())]
    quarantine.end_gone(connection, mapping, find_unanswered(batches.frames("due"), answered))


def judge_rejects(
    connection: Connection, mapping: Mapping, rejects: pd.DataFrame, loaded: Loaded, waiting: set[str]
) -> Counts:
    """Return the counts of the batch, with all of its rejects.

    Args:
        waiting: ids of the mapping's records that were in quarantine before.

    Raises:
        BatchRejected: so many records are rejected that nothing may be committed.
    """
    set_apart = rejects["salesforce_id"].nunique() - loaded.counts.rejected
    counts = loaded.counts + Counts(read=set_apart, rejected=set_apart)
    parents = quarantine.waiting_parents(connection, rejects)
    refuse_many_rejects(mapping, rejects, counts, waiting=waiting | loaded.undecided, waiting_parents=parents)
    return counts
