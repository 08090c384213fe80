"""Sending of planned writes to the org, and recording of the results."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from operator import not_

from simple_salesforce import Salesforce
from sqlalchemy import Connection, Engine

from closedwon.flows.steps.pace import Pace
from closedwon.flows.steps.remembered_job import RememberedJob
from closedwon.flows.steps.results import record_results
from closedwon.mapping.model import Key, Mapping
from closedwon.salesforce.bulk_ingest import fits_job, write_in_bulk
from closedwon.salesforce.collections import Record, Result, to_calls, write_in_collections
from closedwon.warehouse.export_lock import check_lock
from closedwon.warehouse.state.bulk_job import INGEST
from closedwon.warehouse.state.plan import PlannedWrite, mark_sent
from closedwon.warehouse.transaction import transaction

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sender:
    """Send the writes of one mapping's plan in one run, and record the results of each call at once.

    Before each call it looks whether it still holds the lock and whether the writes are still planned: a worker that
    was frozen for minutes would else send older values over newer ones.
    """

    engine: Engine
    sf: Salesforce
    mapping: Mapping
    key: Key
    run_id: str
    lock: Connection
    """Holds the mapping's export lock."""

    def send_in_collections(self, writes: Sequence[PlannedWrite]) -> None:
        """Send the writes, up to 200 a call; a retry of a killed task repeats at most the last call."""
        pace = Pace(f"{self.mapping.name}: rows sent", "calls", log.info)
        for part in to_calls(self._to_records(writes)):
            # The call is not repeated without a new look: minutes may have passed.
            self.sf.session.repeat(partial(self._send_collection, writes[part]))
            pace.add(len(writes[part]))

    def send_in_bulk(self, writes: Sequence[PlannedWrite]) -> None:
        """Send the writes by Bulk API 2.0, those that a job cannot carry in collections; a retry resumes the job."""
        fits = [fits_job(record) for record in self._to_records(writes)]
        self._send_job(list(compress(writes, fits)))
        self.send_in_collections(list(compress(writes, map(not_, fits))))

    def _send_collection(self, writes: Sequence[PlannedWrite]) -> None:
        if due := self._mark_due(writes):
            records = self._to_records(due)
            results = write_in_collections(self.sf, self.mapping.sobject, self.key.salesforce, records)
            self._record(due, results)

    def _send_job(self, writes: Sequence[PlannedWrite]) -> None:
        job = RememberedJob(self.engine, self.run_id, self.mapping, INGEST)
        watch = Pace(f"{self.mapping.name}: rows sent", "calls", log.info).see

        def remember(job_id: str) -> None:
            job.remember(job_id)
            check_lock(self.lock)

        if due := self._mark_due(writes):
            sobject, key, records = self.mapping.sobject, self.key.salesforce, self._to_records(due)
            results = write_in_bulk(self.sf, sobject, key, records, remember=remember, job_id=job.find(), watch=watch)
            self._record(due, results)

    def _mark_due(self, writes: Sequence[PlannedWrite]) -> list[PlannedWrite]:
        """Mark the writes as sent, and return those that are still to be sent: a newer run may have planned anew."""
        with transaction(self.engine) as connection:
            due = mark_sent(connection, [write.id for write in writes])
        check_lock(self.lock)
        return [write for write in writes if write.id in due]

    def _to_records(self, writes: Sequence[PlannedWrite]) -> list[Record]:
        return [{self.key.salesforce: write.record_key, **write.after} for write in writes]

    def _record(self, writes: Sequence[PlannedWrite], results: Sequence[Result]) -> None:
        with transaction(self.engine) as connection:
            record_results(connection, self.mapping, self.key, writes, {result.key: result for result in results})
