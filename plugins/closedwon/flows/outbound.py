"""The export flow, from the warehouse to the org.

    plan ─► apply ─► settle

The plan is also the ledger: `sync.plan` holds the fields that an export intends to write, before and after, and the
result. Each function is one task, which can be killed at any line and run again. It then repeats at most the one call
whose response it had not yet recorded, which is safe: an update by id and an upsert by external id are idempotent.
A failed run is healed by `plan`, which plans anew what the run has not written.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from simple_salesforce import Salesforce
from sqlalchemy import Connection, Engine

from closedwon.counts import Counts
from closedwon.errors import MappingFault, RowsRejected
from closedwon.flows.steps.export_failures import SO_MANY, TEXTS_SHOWN, describe_failures, is_too_many, to_remedy
from closedwon.flows.steps.planning import Planner
from closedwon.flows.steps.rename_check import check_rename
from closedwon.flows.steps.sending import Sender
from closedwon.flows.steps.unanswered import settle_unanswered
from closedwon.mapping.check import check_mapping, hold_back_amounts
from closedwon.mapping.model import Key, Mapping
from closedwon.salesforce.describe import read_describe
from closedwon.thresholds import MOST_WITHOUT_BULK
from closedwon.transform.export_plan import GIVE_UP
from closedwon.warehouse.export_lock import export_lock
from closedwon.warehouse.state.bulk_job import INGEST, forget_job
from closedwon.warehouse.state.plan import read_unsettled, read_written, write_plan
from closedwon.warehouse.state.plan_results import ExportCounts, count_states, has_written, read_failures
from closedwon.warehouse.state.run import record_counts
from closedwon.warehouse.transaction import transaction


@dataclass(frozen=True)
class PlanCounts:
    """Rows of a plan: all planned ones, those of them rejected before they are sent, and rows that need no write."""

    planned: int
    rejected: int
    unchanged: int | None
    """None where the plan was made by an earlier try of the same run."""
    findings: tuple[str, ...] = ()
    """What was kept out of the plan of all rows, and why."""


def plan(engine: Engine, sf: Salesforce, mapping: Mapping, *, run_id: str) -> PlanCounts:
    """Write the run's plan, the rows in which a sent field differs from the org's value; return its counts.

    A retry keeps the plan that the run has made, unless rows of it were rejected or not processed: their cause may be
    gone, so what the run has not written is planned anew, with the values of now. Writes that other runs planned and
    did not send become skipped, since this plan is newer; what became of those that they sent without an answer is
    found in the org.

    Raises:
        MappingFault: the mapping names a field that the org lacks, hides, or does not allow to be written; or it may be
            another one under a new name.
        ExportRunning: another run exports the mapping at this moment.
    """
    key = _key_of(mapping)
    with export_lock(engine, mapping, run_id) as connection:
        kept = count_states(connection, mapping, run_id)
        if kept.planned and not kept.failed:
            return PlanCounts(kept.planned, kept.rejected, unchanged=None)
        describe = read_describe(sf, mapping.sobject)
        if faults := check_mapping(mapping, describe):
            raise MappingFault("\n".join(faults))
        check_rename(connection, mapping, describe)
        settle_unanswered(connection, sf, mapping, key, describe, run_id)
        sendable, findings = hold_back_amounts(mapping, describe)
        writes, unchanged = Planner(connection, sf, sendable, key, describe).find_writes()
        planned = _write_plan(connection, mapping, run_id, writes)
    return PlanCounts(planned.planned, planned.rejected, unchanged, tuple(findings))


def apply(engine: Engine, sf: Salesforce, mapping: Mapping, *, run_id: str) -> ExportCounts:
    """Send the unsettled writes, by collections or, if the plan is long, by Bulk API 2.0; return the counts by state.

    The size of the whole plan decides, not of what is left of it, so that a retry uses the same API as the first try.

    Raises:
        ExportRunning: another run exports the mapping at this moment.
    """
    with export_lock(engine, mapping, run_id) as lock:
        sender = Sender(engine, sf, mapping, _key_of(mapping), run_id, lock)
        with transaction(engine) as connection:
            counts = count_states(connection, mapping, run_id)
            writes = read_unsettled(connection, mapping, run_id)
        # In calls of their own: a value that may be there once is free only when its call has ended.
        sender.send_in_collections([write for write in writes if write.operation == GIVE_UP])
        writes = [write for write in writes if write.operation != GIVE_UP]
        if counts.planned <= MOST_WITHOUT_BULK:
            sender.send_in_collections(writes)
        else:
            sender.send_in_bulk(writes)
    with transaction(engine) as connection:
        return count_states(connection, mapping, run_id)


def settle(engine: Engine, mapping: Mapping, *, run_id: str) -> ExportCounts:
    """Return the counts by end state of the run's plan, and fail if too many rows were not written.

    Raises:
        RowsRejected: more than ten rows and a fifth of them were not written, or none was and none ever has been, or
            some have no end state yet.
    """
    with transaction(engine) as connection:
        counts = count_states(connection, mapping, run_id)
        is_fault = is_too_many(counts, has_written=has_written(connection, mapping))
    if counts.unsettled:
        raise RowsRejected(
            f"{mapping.name}: {counts.unsettled} of {counts.planned} rows that the run '{run_id}' has planned have no "
            "end state: they were not sent, or their answer was lost.",
            remedy=f"Clear the task `{mapping.name}.apply` and those after it: it sends what has no end state.",
        )
    if is_fault:
        failures = explain_failures(engine, mapping, run_id=run_id)
        raise RowsRejected(f"{failures}\n{SO_MANY}", remedy=to_remedy(mapping))
    with transaction(engine) as connection:
        seen = Counts(read=counts.planned, written=counts.ok, unchanged=counts.skipped, rejected=counts.failed)
        record_counts(connection, run_id, mapping.name, seen, flow="export")
    return counts


def explain_failures(engine: Engine, mapping: Mapping, *, run_id: str) -> str:
    """Return which of the run's rows were not written and why; the empty text if all were."""
    with transaction(engine) as connection:
        counts = count_states(connection, mapping, run_id)
        failures = read_failures(connection, mapping, run_id, TEXTS_SHOWN)
    return describe_failures(mapping, run_id, counts, failures) if counts.failed else ""


def _write_plan(connection: Connection, mapping: Mapping, run_id: str, writes: pd.DataFrame) -> ExportCounts:
    """Write the run's plan without the rows that the run has written already; return its counts."""
    is_written = writes["row_id"].isin(read_written(connection, mapping, run_id))
    unwritten = writes[~is_written | writes["operation"].eq(GIVE_UP)]
    write_plan(connection, mapping, run_id, unwritten)
    # Else the results of an earlier try would settle what is planned anew.
    forget_job(connection, run_id, mapping.name, INGEST)
    planned = count_states(connection, mapping, run_id)
    if not planned.planned:
        record_counts(connection, run_id, mapping.name, Counts(), flow="export")
    return planned


def _key_of(mapping: Mapping) -> Key:
    if mapping.send is None:
        raise MappingFault(f"{mapping.file} has no `key`: by what is the record of a row found? Add it to send fields.")
    return mapping.send.key
