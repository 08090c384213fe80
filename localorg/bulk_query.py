"""Bulk API 2.0 query: a job writes its result to a file, which is then read page by page and as often as wanted."""

from __future__ import annotations

import base64
import binascii
import csv
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from localorg.errors import OrgError
from localorg.jobs import DELIMITERS, LINE_ENDINGS, Job, choice, listed, read_file
from localorg.wire import CSV_TYPE, Answer, Call, Routes

if TYPE_CHECKING:
    from localorg.instance import Instance
    from localorg.org import Result

ROUTES = Routes()
OPERATIONS = ("query", "queryAll")
MOST_RECORDS = 50_000
"""Records a page where the client names no maxRecords."""
ROWS_AT_ONCE = 2_000


@dataclass
class QueryJob(Job):
    """A query and, once it ran, its CSV file: `offsets[n]` is where record n begins."""

    header: bytes = b""
    offsets: array[int] = field(default_factory=lambda: array("Q", [0]), repr=False)

    @property
    def file(self) -> Path:
        return self.folder / "result.csv"

    def write(self, columns: Sequence[str], result: Result) -> None:
        """Runs the query into the file; the header row is kept apart, as every page begins with it."""
        lines: list[str] = []
        writer = csv.writer(
            SimpleNamespace(write=lines.append),
            delimiter=DELIMITERS[self.delimiter],
            lineterminator=LINE_ENDINGS[self.line_ending],
            quoting=csv.QUOTE_ALL,
        )
        writer.writerow(columns)
        self.header = lines.pop().encode()
        rows = iter(result.rows())
        self.folder.mkdir(parents=True)
        with self.file.open("wb") as file:
            while chunk := list(islice(rows, ROWS_AT_ONCE)):
                if self.outcome is not None:
                    return
                writer.writerows(chunk)
                file.write(self._encode(lines))
                lines.clear()
        self.play_end()

    def _encode(self, lines: list[str]) -> bytes:
        encoded = [line.encode() for line in lines]
        end = self.offsets[-1]
        for line in encoded:
            end += len(line)
            self.offsets.append(end)
        self.processed += len(encoded)
        return b"".join(encoded)

    def page(self, first: int, last: int) -> Iterator[bytes]:
        """The header and the records from `first` until before `last`."""
        yield self.header
        yield from read_file(self.file, self.offsets[first], self.offsets[last])


@ROUTES.data("POST", "/jobs/query")
def create_job(instance: Instance, call: Call) -> Answer:
    """The job, which has begun; a query that is wrong is refused at once."""
    body = call.json_object()
    operation = str(body.get("operation", ""))
    if operation not in OPERATIONS:
        raise OrgError(400, "INVALIDJOB", f"operation '{operation}' is not one of {', '.join(OPERATIONS)}")
    result = instance.org.query(str(body.get("query", "")), include_deleted=operation == "queryAll")
    columns = result.columns
    delimiter = choice(body, "columnDelimiter", DELIMITERS, "COMMA")
    line_ending = choice(body, "lineEnding", LINE_ENDINGS, "LF")
    jobs = instance.query_jobs
    job = jobs.add(
        lambda job_id: QueryJob(
            id=job_id,
            operation=operation,
            sobject=result.sobject,
            version=call.version,
            created_by=instance.org.admin_user_id,
            created_at=instance.clock(),
            folder=jobs.folder / job_id,
            delimiter=delimiter,
            line_ending=line_ending,
            fault=call.fault,
        )
    )
    job.start(lambda: job.write(columns, result))
    return Answer(body=_told(job))


@ROUTES.data("GET", "/jobs/query")
def list_jobs(instance: Instance, _call: Call) -> Answer:
    """All query jobs."""
    return listed(instance.query_jobs)


@ROUTES.data("GET", "/jobs/query/{job_id}")
def read_job(instance: Instance, _call: Call, job_id: str) -> Answer:
    """The job as it stands."""
    job = instance.query_jobs.find(job_id)
    job.poll()
    return Answer(body=_told(job))


@ROUTES.data("PATCH", "/jobs/query/{job_id}")
def abort_job(instance: Instance, call: Call, job_id: str) -> Answer:
    """The job, aborted; no other state can be asked for."""
    job = instance.query_jobs.find(job_id)
    if call.json_object().get("state") != "Aborted":
        raise OrgError(400, "INVALIDJOBSTATE", "The only state that a query job can be given is Aborted")
    job.abort()
    return Answer(body=_told(job))


@ROUTES.data("DELETE", "/jobs/query/{job_id}")
def delete_job(instance: Instance, _call: Call, job_id: str) -> Answer:
    """204."""
    instance.query_jobs.remove(job_id)
    return Answer(204)


@ROUTES.data("GET", "/jobs/query/{job_id}/results")
def read_results(instance: Instance, call: Call, job_id: str) -> Answer:
    """One page of CSV; Sforce-Locator leads to the next and is the word "null" on the last."""
    job = instance.query_jobs.find(job_id)
    if job.state != "JobComplete":
        raise OrgError(400, "INVALIDJOBSTATE", f"Job {job.id} has state {job.state}: it has no results")
    first, total = _first_record(job, call.query.get("locator", "")), len(job.offsets) - 1
    last = min(first + _most_records(call.query.get("maxRecords")), total)
    size = len(job.header) + job.offsets[last] - job.offsets[first]
    headers = {
        "Content-Type": CSV_TYPE,
        "Content-Length": str(size),
        "Sforce-NumberOfRecords": str(last - first),
        "Sforce-Locator": _locator(job, last) if last < total else "null",
    }
    return Answer(headers=headers, content=job.page(first, last))


def _told(job: QueryJob) -> dict[str, Any]:
    return {**job.described(), "jobType": "V2Query", "isPkChunkingSupported": False}


def _locator(job: QueryJob, record: int) -> str:
    return base64.b64encode(f"{record}:{job.id}:1".encode()).decode().rstrip("=")


def _first_record(job: QueryJob, locator: str) -> int:
    if not locator:
        return 0
    try:
        text = base64.b64decode(locator + "=" * (-len(locator) % 4), validate=True).decode()
        record, job_id, _ = text.split(":")
        if job_id == job.id and 0 <= int(record) < len(job.offsets):
            return int(record)
    except (binascii.Error, ValueError):
        pass
    raise OrgError(400, "INVALID_QUERY_LOCATOR", f"invalid query locator '{locator}'")


def _most_records(asked: str | None) -> int:
    if asked is None:
        return MOST_RECORDS
    if not asked.isdigit() or int(asked) == 0:
        raise OrgError(400, "INVALID_ARGUMENT", f"maxRecords '{asked}' is not a positive number")
    return int(asked)
