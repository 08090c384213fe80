"""Refusal of a batch of which many records were rejected: the mapping, the suite or the org is at fault. Pure."""

from __future__ import annotations

from collections.abc import Set

from pandas import DataFrame

from closedwon.counts import Counts
from closedwon.errors import BatchRejected
from closedwon.mapping.model import Mapping
from closedwon.thresholds import is_over_limit
from closedwon.transform.reasons import sum_up


def refuse_many_rejects(
    mapping: Mapping, rejects: DataFrame, counts: Counts, *, waiting: Set[str], waiting_parents: Set[str]
) -> None:
    """Raise if the mapping, the suite and missing parents together reject too many of a batch's records.

    Records that waited in quarantine before do not count if they are rejected again: however many they are, their retry
    stops no run. Nor do records count that wait only for parents in quarantine, which have been judged themselves.

    Args:
        rejects: all of the batch, with the columns of `rejects.REJECT_COLUMNS`.
        waiting: ids of records that were in quarantine before, or of which a person decides.
        waiting_parents: ids of the rejects' parents that are in quarantine.

    Raises:
        BatchRejected: more than ten records, and a fifth of them.
    """
    is_new = ~rejects["salesforce_id"].isin(waiting)
    has_own_reason = ~rejects["waits_for_id"].isin(waiting_parents)
    judged = rejects[rejects["salesforce_id"].isin(rejects["salesforce_id"][is_new & has_own_reason])]
    rejected = judged["salesforce_id"].nunique()
    read = counts.read - rejects["salesforce_id"][~is_new].nunique()
    if is_over_limit(rejected, read):
        seen = f"{mapping.name}: {rejected} of {read} records of {mapping.sobject} cannot be written."
        raise BatchRejected("\n".join([seen, *sum_up(judged, mapping), _TOO_MANY]), remedy=_to_remedy(mapping))


_TOO_MANY = (
    "So many at once are not a matter of single records: the mapping does not fit the org, or parents are missing. "
    "Nothing of the batch was written, and the watermark stays where it was."
)


def _to_remedy(mapping: Mapping) -> str:
    return (
        "Change what the reasons name in the mapping files, then clear the task "
        f"`{mapping.name}.transform` and those after it. "
        "Or correct the records in Salesforce, or import their parents; the next run of the same mode reads all of "
        "them."
    )
