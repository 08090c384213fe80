"""Settling of writes that were sent and whose answer was lost, before they are planned anew."""

from __future__ import annotations

import logging
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import Any

import pandas as pd
from simple_salesforce import Salesforce
from sqlalchemy import Connection

from closedwon.flows.steps.held_records import read_theirs
from closedwon.flows.steps.pace import Pace
from closedwon.flows.steps.results import record_results
from closedwon.mapping.model import Key, Mapping
from closedwon.salesforce.bulk_ingest import finish_job
from closedwon.salesforce.collections import Result
from closedwon.transform.export_plan import find_arrived
from closedwon.transform.row_records import match_records
from closedwon.warehouse.state.bulk_job import INGEST, find_job
from closedwon.warehouse.state.plan import PlannedWrite, read_unanswered

log = logging.getLogger(__name__)

NO_ANSWER = "NO_ANSWER"
"""Code in `sync.plan` of a write that was sent, was not answered, and is not in the org."""


def settle_unanswered(
    connection: Connection, sf: Salesforce, mapping: Mapping, key: Key, describe: Dictionary[str, Any], run_id: str
) -> None:
    """Settle the writes of any run that were sent and have no end state, by their bulk job or by what the org holds.

    A write whose values the org holds is `ok`, with its link; any other one is `unprocessed`.

    Args:
        connection: holds the export lock, so that none of the writes is under way.
        run_id: the run that looks.

    Raises:
        OrgUnavailable: a bulk job of theirs has not ended after two hours.
    """
    for sender, writes in read_unanswered(connection, mapping).items():
        results = _job_results(connection, sf, mapping, key, sender)
        open_writes = [write for write in writes if write.record_key not in results]
        if open_writes:
            results |= _look(sf, mapping, key, describe, open_writes, run_id)
        record_results(connection, mapping, key, writes, results)


def _job_results(connection: Connection, sf: Salesforce, mapping: Mapping, key: Key, sender: str) -> dict[str, Result]:
    job_id = find_job(connection, sender, mapping.name, INGEST)
    pace = Pace(f"{mapping.name}: rows that the run '{sender}' sent", "jobs", log.info)
    return finish_job(sf, job_id, key.salesforce, watch=pace.see) if job_id else {}


def _look(
    sf: Salesforce,
    mapping: Mapping,
    key: Key,
    describe: Dictionary[str, Any],
    writes: Sequence[PlannedWrite],
    run_id: str,
) -> dict[str, Result]:
    """Return whether the org holds the values of each write, as a result by record key."""
    keys = pd.Series([write.record_key for write in writes], dtype=object)
    is_by_id = key.salesforce == "Id"
    rows = pd.DataFrame({"record_key": keys, "record_id": keys if is_by_id else None, "is_linked": is_by_id})
    theirs = read_theirs(sf, mapping, key, describe, rows)
    record_ids = match_records(rows, theirs, key)["record_id"]
    arrived = find_arrived([write.after for write in writes], record_ids.tolist(), theirs, mapping)
    found = f"The answer was lost. The run '{run_id}' found these values in the org."
    lost = f"The answer was lost. The run '{run_id}' did not find these values in the org, and planned the row anew."
    return {
        write.record_key: Result(write.record_key, "ok", salesforce_id=record_id, message=found)
        if record_id
        else Result(write.record_key, "unprocessed", code=NO_ANSWER, message=lost)
        for write, record_id in zip(writes, arrived, strict=True)
    }
