"""Reading of records by Bulk API 2.0 query jobs: one API call per 20,000 records, where REST takes one per 2,000."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests
from simple_salesforce import Salesforce

from closedwon.errors import OrgUnavailable
from closedwon.salesforce.bulk_jobs import JobLost, Watch, await_end, read_job
from closedwon.salesforce.http_calls import call, call_json
from closedwon.salesforce.query_model import Query
from closedwon.salesforce.rest_query import Page
from closedwon.salesforce.session import org_errors

RECORDS_PER_PAGE = 20_000
"""Keeps a worker below 600 MB with 25 columns, and a page takes about half a second to transform."""
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class JobDone:
    """A query job that completed, and how many records it found."""

    job_id: str
    records: int


def start_job(sf: Salesforce, query: Query) -> str:
    """Start a job for the query, which finds deleted records too, and return its id.

    An unread job does no harm, so the start is repeated if its response was lost.
    """
    body = {"operation": "queryAll", "query": query.to_soql(), "contentType": "CSV", "lineEnding": "LF"}
    options: dict[str, Any] = {"json": body, "about": query.sobject, "repeatable": True, "holds": ["id"]}
    return str(call_json(sf, "POST", "jobs/query", **options)["id"])


def await_job(sf: Salesforce, job_id: str, *, expected: int | None = None, watch: Watch | None = None) -> JobDone:
    """Wait until the job has completed, and return its record count; a job can be waited for more than once.

    Args:
        expected: how many records it is to find, as far as known, for `watch`.

    Raises:
        JobLost: it failed, was aborted or no longer exists. Start a new one.
        OrgUnavailable: it has not ended after two hours; it can be waited for again.
    """
    return _check_done(await_end(sf, _path(job_id), total=expected, watch=watch))


def read_pages(sf: Salesforce, job_id: str) -> Iterator[Page]:
    """Yield the records of a completed job, 20,000 a page; no page for no records.

    The CSV is passed on without being parsed: Salesforce writes it in the form of our pages.

    Raises:
        JobLost: the job gives no results.
        OrgUnavailable: fewer or more records came than the org announced.
    """
    expected, read = _check_done(read_job(sf, _path(job_id))).records, 0
    locator = None
    while locator != "null":
        page, locator = _read_page(sf, job_id, locator)
        read += page.records
        if page.records:
            yield page
    if read != expected:
        raise _short(f"announced {expected} records and gave {read}", job_id)


def _read_page(sf: Salesforce, job_id: str, locator: str | None) -> tuple[Page, str]:
    at = {} if locator is None else {"locator": locator}
    params = {"maxRecords": str(RECORDS_PER_PAGE), **at}

    def download() -> tuple[Page, str]:
        # The call itself is not repeated: the response may break off while it is read, so the retry covers both.
        options: dict[str, Any] = {"params": params, "stream": True, "slow": True, "repeatable": False}
        with call(sf, "GET", f"{_path(job_id)}/results", headers={"Accept": "text/csv"}, **options) as response:
            return _compress(response, job_id), response.headers.get("Sforce-Locator", "null")

    page: tuple[Page, str] = sf.session.repeat(download)
    return page


def _compress(response: requests.Response, job_id: str) -> Page:
    buffer = io.BytesIO()
    rows = RowCount()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=1) as file, org_errors(f"read results of {job_id}"):
        for chunk in response.iter_content(_CHUNK_BYTES):
            file.write(chunk)
            rows.add(chunk)
    records = max(rows.total - 1, 0)
    announced = int(response.headers["Sforce-NumberOfRecords"])
    if records != announced:
        raise _short(f"announced a page of {announced} records and gave {records}", job_id)
    return Page(buffer.getvalue(), records)


class RowCount:
    """Count the rows of a CSV text that arrives in pieces; a line end between quotes does not end a row."""

    def __init__(self) -> None:
        self._ends = 0
        self._is_quoted = False
        self._last = b"\n"

    def add(self, piece: bytes) -> None:
        """Count the row ends in the next piece, in the order in which the pieces arrive."""
        parts = piece.split(b'"')
        self._ends += sum(part.count(b"\n") for part in parts[self._is_quoted :: 2])
        self._is_quoted ^= len(parts) % 2 == 0
        self._last = piece[-1:]

    @property
    def total(self) -> int:
        """Return the rows so far, the header among them, and the last one even if no line end follows it."""
        return self._ends + (self._last != b"\n")


def _check_done(job: dict[str, Any]) -> JobDone:
    if job["state"] == "JobComplete":
        return JobDone(job["id"], int(job["numberRecordsProcessed"]))
    raise JobLost(
        f"Bulk query job {job['id']} of {job.get('object')} is '{job['state']}': "
        f"'{job.get('errorMessage') or 'no reason given'}'. It gives no records; start a new one. "
        "Setup > Bulk Data Load Jobs shows who aborted it or why it failed."
    )


def _path(job_id: str) -> str:
    return f"jobs/query/{job_id}"


def _short(what: str, job_id: str) -> OrgUnavailable:
    return OrgUnavailable(
        f"The org {what} (GET {_path(job_id)}/results). To go on would lose or double records, so nothing is loaded. "
        "Try again: the job's results can be read anew."
    )
