"""Reading of a mapping's records: by REST if they are few, else by Bulk API 2.0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simple_salesforce import Salesforce
from sqlalchemy import Engine

from closedwon.flows.steps.remembered_job import RememberedJob
from closedwon.mapping.model import Mapping
from closedwon.salesforce import bulk_query, rest_query
from closedwon.salesforce.bulk_jobs import JobLost
from closedwon.salesforce.query_model import Query, ids_queries, window_query
from closedwon.salesforce.rest_query import Page
from closedwon.thresholds import MOST_WITHOUT_BULK
from closedwon.window import Window


@dataclass(frozen=True)
class PageReader:
    """Read the pages of one mapping in one run; a retry resumes the bulk job that an earlier try has started."""

    engine: Engine
    sf: Salesforce
    mapping: Mapping
    run_id: str

    def window_pages(self, window: Window, expected: int | None) -> Iterator[Page]:
        """Yield the pages of the window's records.

        Args:
            expected: how many records the probe counted; None where it could not count them.
        """
        query = window_query(self.mapping, window)
        if expected is None or expected > MOST_WITHOUT_BULK or not query.fits_address:
            yield from self._by_bulk(query, "query")
        else:
            yield from rest_query.read_pages(self.sf, query)

    def due_pages(self, ids: list[str]) -> Iterator[Page]:
        """Yield the pages of the quarantined records that are due for a retry, by their ids."""
        for number, query in enumerate(ids_queries(self.mapping, ids), start=1):
            if query.fits_address:
                yield from rest_query.read_pages(self.sf, query)
            else:
                yield from self._by_bulk(query, f"query due {number}")

    def _by_bulk(self, query: Query, kind: str) -> Iterator[Page]:
        job = RememberedJob(self.engine, self.run_id, self.mapping, kind, query.to_soql())
        job_id = self._find_or_start(job, query)
        try:
            bulk_query.await_job(self.sf, job_id)
            yield from bulk_query.read_pages(self.sf, job_id)
        except JobLost:
            job.forget()
            raise

    def _find_or_start(self, job: RememberedJob, query: Query) -> str:
        job_id = job.find()
        if job_id is None:
            job_id = bulk_query.start_job(self.sf, query)
            job.remember(job_id)
        return job_id
