"""Bulk API 2.0 query: a job writes its result to a file, which is then read page by page and as often as wanted."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from localorg.bulk2.jobs import DELIMITERS, LINE_ENDINGS, choice, listed
from localorg.bulk2.query_job import QueryJob
from localorg.errors import OrgError
from localorg.state.instance import Instance
from localorg.wire import CSV_TYPE, Answer, Call, Routes

ROUTES = Routes()
OPERATIONS = ("query", "queryAll")
MOST_RECORDS = 50_000
"""Records a page where the client names no maxRecords."""


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
