"""Recording of what became of planned writes: end states and links, together."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence

from sqlalchemy import Connection

from closedwon.mapping.model import Key, Mapping
from closedwon.salesforce.collections import Result
from closedwon.warehouse.state.link import link_records
from closedwon.warehouse.state.plan import PlannedWrite
from closedwon.warehouse.state.plan_results import Outcome, settle_writes

LINK_CONFLICT = "LINK_CONFLICT"
"""Code in `sync.plan` of a row that was written, but whose link conflicts with another."""


def record_results(
    connection: Connection,
    mapping: Mapping,
    key: Key,
    writes: Sequence[PlannedWrite],
    results: Dictionary[str, Result],
) -> None:
    """Write links and end states in the caller's transaction.

    Args:
        results: one for each write, by its record key, never by order.
    """
    answers = [(write, results[write.record_key]) for write in writes]
    conflicts: Dictionary[int, str] = {}
    if key.salesforce != "Id":
        written = {w.row_id: r.salesforce_id for w, r in answers if r.state == "ok" and r.salesforce_id}
        conflicts = link_records(connection, mapping, written)
    settle_writes(connection, [_to_outcome(write, result, conflicts) for write, result in answers])


def _to_outcome(write: PlannedWrite, result: Result, conflicts: Dictionary[int, str]) -> Outcome:
    if write.row_id in conflicts:
        return Outcome(write.id, "rejected", result.salesforce_id, LINK_CONFLICT, conflicts[write.row_id])
    return Outcome(write.id, result.state, result.salesforce_id, result.code, result.message)
