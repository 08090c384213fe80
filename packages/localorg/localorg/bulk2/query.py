"""Bulk API 2.0 query: create a job, poll it, read its result page by page."""

from __future__ import annotations

import base64
import binascii

from localorg.bulk2.job_calls import routes_of, settings
from localorg.bulk2.jobs import invalid_state
from localorg.bulk2.query_job import QueryJob
from localorg.errors import OrgError, invalid_query_locator
from localorg.messages import CSV_TYPE, Answer, Call, to_count
from localorg.state.instance import Instance

ROUTES = routes_of("query", lambda instance: instance.query_jobs)
OPERATIONS = ("query", "queryAll")
JOBS_A_DAY = 10_000
MOST_RECORDS = 50_000
"""Records a page where the client names no maxRecords."""
PAGES_AT_ONCE = 5
"""Addresses of pages that one answer names, for clients that read them beside each other."""


@ROUTES.data("POST", "/jobs/query")
def create_job(instance: Instance, call: Call) -> Answer:
    """Return the job, which has begun; a query that is wrong is refused at once."""
    body = call.json_object()
    shared = settings(instance, call, body, OPERATIONS)
    jobs = instance.query_jobs
    if jobs.used_today >= JOBS_A_DAY:
        message = f"Max bulk v2 query jobs ({JOBS_A_DAY}) per 24 hrs has been reached ({jobs.used_today})"
        raise OrgError(400, "LIMIT_EXCEEDED", message)
    export = instance.org.export(str(body.get("query", "")), include_deleted=shared["operation"] == "queryAll")
    job = jobs.add(lambda job_id: QueryJob(id=job_id, sobject=export.sobject, folder=jobs.folder / job_id, **shared))
    jobs.spend()
    job.start(lambda: job.write(export))
    return Answer(body=job.described())


@ROUTES.data("PATCH", "/jobs/query/{job_id}")
def abort_job(instance: Instance, call: Call, job_id: str) -> Answer:
    """Return the job, aborted; no other state can be asked for."""
    job = instance.query_jobs.find(job_id)
    if call.json_object().get("state") != "Aborted":
        raise invalid_state("The only state that a query job can be given is Aborted")
    job.abort()
    return Answer(body=job.described())


@ROUTES.data("GET", "/jobs/query/{job_id}/results")
def read_results(instance: Instance, call: Call, job_id: str) -> Answer:
    """Return one page of CSV; Sforce-Locator leads to the next and is the word "null" on the last."""
    job = _complete_job(instance, call, job_id)
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


@ROUTES.data("GET", "/jobs/query/{job_id}/resultPages")
def read_result_pages(instance: Instance, call: Call, job_id: str) -> Answer:
    """Return the addresses of up to five pages of the result, and of the answer that names the next five."""
    job = _complete_job(instance, call, job_id)
    total, path = len(job.offsets) - 1, f"{call.root}/jobs/query/{job.id}"
    first = _first_record(job, call.query.get("locator", ""))
    starts = range(first, max(total, 1), MOST_RECORDS)
    pages = [{"resultUrl": f"{path}/results?locator={_locator(job, start)}"} for start in starts[:PAGES_AT_ONCE]]
    following = starts[PAGES_AT_ONCE : PAGES_AT_ONCE + 1]
    url = f"{path}/resultPages?locator={_locator(job, following[0])}" if following else None
    return Answer(body={"resultPages": pages, "nextRecordsUrl": url, "done": url is None})


def _complete_job(instance: Instance, call: Call, job_id: str) -> QueryJob:
    job = instance.query_jobs.find(job_id)
    if job.version != call.version:
        message = f"The job was made with API version {job.version}, which its results have to be asked with too"
        raise OrgError(409, "INVALID_VERSION", message)
    if job.state != "JobComplete":
        raise invalid_state(f"Job {job.id} has state {job.state}: it has no results")
    return job


def _locator(job: QueryJob, record: int) -> str:
    return base64.b64encode(f"{record}:{job.id}:1".encode()).decode().rstrip("=")


def _first_record(job: QueryJob, locator: str) -> int:
    if not locator:
        return 0
    try:
        text = base64.b64decode(locator + "=" * (-len(locator) % 4), validate=True).decode()
        record, job_id, _ = text.split(":")
    except (binascii.Error, ValueError) as error:
        raise invalid_query_locator() from error
    first = to_count(record)
    if job_id != job.id or first is None or first >= len(job.offsets):
        raise invalid_query_locator()
    return first


def _most_records(asked: str | None) -> int:
    if asked is None:
        return MOST_RECORDS
    most = to_count(asked)
    if not most:
        raise OrgError(400, "INVALID_ARGUMENT", f"maxRecords '{asked}' is not a positive number")
    return most
