"""From the warehouse to the org.

    plan ─► apply ─► settle

The plan is the ledger: `sync.plan` holds what an export intends, field by field with before and after, and what became
of it. Each function is one task: it may be killed at any line and run again. It then sends again at most the one call
whose answer it had not yet written down, which does no harm: an update by id and an upsert by external id end the same
if they are sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from simple_salesforce import Salesforce
from sqlalchemy import Connection, Engine

from closedwon.errors import MappingFault, RowsRejected
from closedwon.mapping.check import check_mapping
from closedwon.mapping.model import Key, Mapping
from closedwon.salesforce.bulk_ingest import write_records
from closedwon.salesforce.collections import (
    WRITES_PER_CALL,
    Record,
    Result,
    read_records,
    update_records,
    upsert_records,
)
from closedwon.salesforce.describe import read_describe
from closedwon.transform.export_plan import plan_writes
from closedwon.transform.payload import to_payload, to_theirs
from closedwon.warehouse.state import bulk_job as bulk_jobs
from closedwon.warehouse.state import link as links
from closedwon.warehouse.state import plan as ledger
from closedwon.warehouse.state.plan import ExportCounts, Outcome, PlannedWrite
from closedwon.warehouse.transaction import transaction

MOST_BY_COLLECTIONS = 2_000
"""Above this many rows, Salesforce recommends Bulk API 2.0."""

MOST_REJECTED = 10
MOST_REJECTED_SHARE = 0.2
"""More rejected rows than both of these fail the run: a few are a matter of their data, many of the whole."""

LINK_CONFLICT = "LINK_CONFLICT"


@dataclass(frozen=True)
class PlanCounts:
    """How many rows the plan has, how many of them cannot be sent as they are, and how many need no write."""

    planned: int
    rejected: int
    unchanged: int | None
    """None where the plan was made by an earlier try of the same run."""


def plan_export(engine: Engine, sf: Salesforce, mapping: Mapping, *, run_id: str) -> PlanCounts:
    """What the export intends to write: the rows in which a sent field differs from what the org holds.

    The plan that a run has made stays its plan, however often the task is repeated. What older runs have planned and
    not sent is settled as skipped, as this plan starts from newer values.

    Raises:
        MappingFault: the mapping names a field that the org lacks, hides, or does not let us write.
    """
    key = _key_of(mapping)
    with transaction(engine) as connection:
        kept = ledger.count_states(connection, mapping, run_id)
        if kept.planned:
            return PlanCounts(kept.planned, kept.rejected, unchanged=None)
        rows = ledger.read_rows(connection, mapping, key)
    describe = read_describe(sf, mapping.sobject)
    if faults := check_mapping(mapping, describe):
        raise MappingFault("\n".join(faults))
    ours, rejects = to_payload(rows, mapping, describe)
    theirs = to_theirs(_read_theirs(sf, mapping, key, rows["record_id"]), mapping, key, describe)
    writes = plan_writes(rows, ours, rejects, theirs, mapping, key)
    with transaction(engine) as connection:
        ledger.write_plan(connection, mapping, run_id, writes)
        if key.salesforce != "Id":
            gone = rows["record_id"][rows["record_id"].notna() & ~rows["record_id"].isin(theirs.index)]
            links.unlink_records(connection, mapping, gone.tolist())
    return PlanCounts(len(writes), int(writes["state"].eq("rejected").sum()), unchanged=len(rows) - len(writes))


def apply_plan(engine: Engine, sf: Salesforce, mapping: Mapping, *, run_id: str) -> ExportCounts:
    """The end states of the run's plan once all of it has been sent: by collections, or by Bulk API 2.0 if it is long.

    The size of the whole plan decides, not of what is left of it: a repeat takes the way of the first try.
    """
    key = _key_of(mapping)
    with transaction(engine) as connection:
        counts = ledger.count_states(connection, mapping, run_id)
        writes = ledger.read_unsettled(connection, mapping, run_id)
    if counts.planned <= MOST_BY_COLLECTIONS:
        for first in range(0, len(writes), WRITES_PER_CALL):
            call = writes[first : first + WRITES_PER_CALL]
            _settle(engine, mapping, key, call, _send(sf, mapping, key, call))
    elif writes:
        _settle(engine, mapping, key, writes, _send_in_bulk(engine, sf, mapping, key, writes, run_id))
    with transaction(engine) as connection:
        return ledger.count_states(connection, mapping, run_id)


def finish_export(engine: Engine, mapping: Mapping, *, run_id: str) -> ExportCounts:
    """The end states of the run's plan, every planned row in exactly one.

    Raises:
        RowsRejected: none of the rows was written, or more than ten and a fifth of them were not, or some have no end
            state yet.
    """
    with transaction(engine) as connection:
        counts = ledger.count_states(connection, mapping, run_id)
        codes = ledger.count_codes(connection, mapping, run_id)
    if counts.unsettled:
        raise RowsRejected(
            f"{mapping.name}: {counts.unsettled} of {counts.planned} rows that the run '{run_id}' has planned were not "
            "sent, so that the org lacks their values. Clear the task `apply`; it sends what has no end state."
        )
    failed = counts.rejected + counts.unprocessed
    if failed and (failed == counts.planned or failed > max(MOST_REJECTED, MOST_REJECTED_SHARE * counts.planned)):
        raise RowsRejected(_many_rejected(mapping, run_id, counts, codes))
    return counts


def _key_of(mapping: Mapping) -> Key:
    if mapping.key is None:
        raise MappingFault(f"{mapping.file} has no `key`: by what is the record of a row found? Add it to send fields.")
    return mapping.key


def _read_theirs(sf: Salesforce, mapping: Mapping, key: Key, record_ids: pd.Series[str]) -> pd.DataFrame:
    """The records that the rows are known to be, with the fields that the export would write."""
    fields = list(dict.fromkeys(["Id", key.salesforce, *(f.salesforce for f in mapping.sent)]))
    records = read_records(sf, mapping.sobject, record_ids.dropna().tolist(), fields)
    return pd.DataFrame(records, columns=fields, dtype=object)


def _send(sf: Salesforce, mapping: Mapping, key: Key, writes: Sequence[PlannedWrite]) -> list[Result]:
    records = _to_records(writes, key)
    if key.salesforce == "Id":
        return update_records(sf, mapping.sobject, records)
    return upsert_records(sf, mapping.sobject, key.salesforce, records)


def _send_in_bulk(
    engine: Engine, sf: Salesforce, mapping: Mapping, key: Key, writes: Sequence[PlannedWrite], run_id: str
) -> list[Result]:
    """The results of one bulk job, which a retry takes up where a killed task has left it."""

    def remember(job_id: str) -> None:
        with transaction(engine) as connection:
            bulk_jobs.remember_job(connection, run_id, mapping.name, "ingest", job_id)

    with transaction(engine) as connection:
        job_id = bulk_jobs.find_job(connection, run_id, mapping.name, "ingest")
    records = _to_records(writes, key)
    if key.salesforce == "Id":
        return write_records(sf, mapping.sobject, "update", records, None, remember=remember, job_id=job_id)
    return write_records(sf, mapping.sobject, "upsert", records, key.salesforce, remember=remember, job_id=job_id)


def _to_records(writes: Sequence[PlannedWrite], key: Key) -> list[Record]:
    return [{key.salesforce: write.record_key, **write.after} for write in writes]


def _settle(
    engine: Engine, mapping: Mapping, key: Key, writes: Sequence[PlannedWrite], results: Sequence[Result]
) -> None:
    """Writes down what the org answered, links and end states together, matched by key and never by order."""
    by_key = {result.key: result for result in results}
    answers = [(write, by_key[write.record_key]) for write in writes]
    with transaction(engine) as connection:
        conflicts = {} if key.salesforce == "Id" else _link(connection, mapping, answers)
        ledger.settle_writes(connection, [_to_outcome(*answer, conflicts) for answer in answers])


def _link(connection: Connection, mapping: Mapping, answers: Sequence[tuple[PlannedWrite, Result]]) -> dict[int, str]:
    written = {w.row_id: r.salesforce_id for w, r in answers if r.state == "ok" and r.salesforce_id}
    return links.link_records(connection, mapping, written)


def _to_outcome(write: PlannedWrite, result: Result, conflicts: Dictionary[int, str]) -> Outcome:
    if write.row_id in conflicts:
        return Outcome(write.id, "rejected", result.salesforce_id, LINK_CONFLICT, conflicts[write.row_id])
    return Outcome(write.id, result.state, result.salesforce_id, result.code, result.message)


def _many_rejected(mapping: Mapping, run_id: str, counts: ExportCounts, codes: Dictionary[str, int]) -> str:
    why = ", ".join(f"{code}: {number}" for code, number in codes.items())
    return (
        f"{mapping.name}: {counts.rejected + counts.unprocessed} of {counts.planned} planned rows were not written to "
        f"{mapping.sobject} ({why}); {counts.ok} were. So many mean that the mapping, a rule in Salesforce or the "
        "integration user is at fault rather than single rows. Salesforce's own words stand in sync.plan, column "
        f"message, for run_id '{run_id}'. Remove the cause; the next export plans these rows again."
    )
