"""Reading of a mapping's records: by REST if they are few, else by Bulk API 2.0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from simple_salesforce import Salesforce
from sqlalchemy import Engine

from closedwon.flows.steps.remembered_job import RememberedJob
from closedwon.mapping.model import Mapping
from closedwon.salesforce import bulk_query, rest_query
from closedwon.salesforce.bulk_jobs import JobLost, Watch
from closedwon.salesforce.query_model import (
    Query,
    ids_queries,
    presence_queries,
    version_queries,
    version_query,
    window_query,
)
from closedwon.salesforce.rest_query import Page
from closedwon.thresholds import MOST_WITHOUT_BULK
from closedwon.transform.pages import read_page
from closedwon.window import Window


@dataclass(frozen=True)
class PageReader:
    """Read the pages of one mapping in one run; a retry resumes the bulk job that an earlier try has started."""

    engine: Engine
    sf: Salesforce
    mapping: Mapping
    run_id: str
    watch: Watch
    """Sees the bulk jobs while they are waited for."""

    def window_pages(self, window: Window, expected: int | None) -> Iterator[Page]:
        """Yield the pages of the window's records.

        Args:
            expected: how many records the probe counted; None where it could not count them.
        """
        query = window_query(self.mapping, window)
        if expected is None or expected > MOST_WITHOUT_BULK or not query.fits_address:
            yield from self._by_bulk(query, "query", expected)
        else:
            yield from rest_query.read_pages(self.sf, query)

    def due_pages(self, window: Window, ids: list[str]) -> Iterator[Page]:
        """Yield the pages of the quarantined records that are due for a retry, by their ids.

        Only those that changed before the window: the others come with its pages, and a record that changes while the
        pages are read would otherwise come in two versions.
        """
        if window.start is None:
            return
        for number, query in enumerate(ids_queries(self.mapping, ids, window.start), start=1):
            if query.fits_address:
                yield from rest_query.read_pages(self.sf, query)
            else:
                yield from self._by_bulk(query, f"query due {number}", None)

    def version_pages(self, window: Window, due_ids: list[str]) -> Iterator[Page]:
        """Yield the pages of id, SystemModstamp and deletion of the window's records, and of the due ones before it.

        Those that do not meet the mapping's condition are among them. Nobody has counted these: a page by REST shows
        whether a bulk job is needed.
        """
        query = version_query(self.mapping, window)
        newest = list(rest_query.read_pages(self.sf, replace(query, newest=MOST_WITHOUT_BULK)))
        is_whole = sum(page.records for page in newest) < MOST_WITHOUT_BULK
        yield from newest if is_whole else self._by_bulk(query, "query versions", None)
        if window.start is not None:
            for query in version_queries(self.mapping, due_ids, window.start):
                yield from rest_query.read_pages(self.sf, query)

    def find_present(self, ids: list[str]) -> set[str]:
        """Return those of the ids whose records the org returns: not those that were purged or are hidden from us."""
        pages = (rest_query.read_pages(self.sf, query) for query in presence_queries(self.mapping, ids))
        return {record_id for page in chain.from_iterable(pages) for record_id in read_page(page.data)["Id"]}

    def _by_bulk(self, query: Query, kind: str, expected: int | None) -> Iterator[Page]:
        job = RememberedJob(self.engine, self.run_id, self.mapping, kind, query.to_soql())
        job_id = self._find_or_start(job, query)
        try:
            bulk_query.await_job(self.sf, job_id, expected=expected, watch=self.watch)
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
