"""The Bulk API 1.0, below /services/async: X-SFDC-Session for a token, and errors in its own words."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from localorg.bulk1 import responses
from localorg.bulk1.ingest_batches import load
from localorg.bulk1.job_requests import is_json, read_facts, read_job_request
from localorg.bulk1.jobs import ENDED, Batch, BulkError, Job
from localorg.bulk1.query_batches import query
from localorg.bulk2.job_calls import file_answer
from localorg.errors import OrgError
from localorg.messages import VERSIONS, Answer, Call
from localorg.routes import Endpoint, Routes
from localorg.state.instance import Instance
from localorg.state.tokens import token_of

ROUTES = Routes()
MIME_TYPES = {"CSV": "text/csv", "XML": responses.XML_TYPE, "JSON": responses.JSON_TYPE}
LARGEST_BATCH = 10_000_000
PATIENCE_S = 0.5
"""Seconds that a read of a batch waits for its end, as clients that poll too early sleep for seconds."""


def _resource(method: str, pattern: str) -> Callable[[Endpoint], Endpoint]:
    """Register a function as the endpoint of a path below /services/async/XX.0."""

    def register(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        def guarded(instance: Instance, call: Call, api_version: str, **parameters: str) -> Answer:
            try:
                _let_in(instance, call, api_version)
                return endpoint(instance, call, **parameters)
            except BulkError as error:
                return responses.error_response(error, as_json=is_json(call))

        ROUTES.add(method, "/services/async/{api_version}" + pattern, is_open=True)(guarded)
        return endpoint

    return register


def _let_in(instance: Instance, call: Call, version: str) -> None:
    if version.removeprefix("v") not in VERSIONS:
        raise BulkError("InvalidUrl", f"unknown version: {version}")
    if instance.tokens.find(call.headers.get("x-sfdc-session", "").strip() or token_of(call)) is None:
        raise BulkError("InvalidSessionId", "Invalid session id")
    try:
        instance.usage.spend()
    except OrgError as error:
        raise BulkError("ExceededQuota", error.message) from error


@_resource("POST", "/job")
def create_job(instance: Instance, call: Call) -> Answer:
    """Answer 201 with the job, open for batches."""
    settings = vars(read_job_request(instance.org, call))
    jobs = instance.async_jobs
    job = jobs.add(
        lambda job_id: Job(
            **settings,
            id=job_id,
            created_by=instance.org.admin_user_id,
            created_at=instance.clock(),
            folder=jobs.folder / job_id,
            numbers=jobs.numbers,
        )
    )
    return responses.job_response(job, as_json=is_json(call), status=201)


@_resource("GET", "/job/{job_id}")
def read_job(instance: Instance, call: Call, job_id: str) -> Answer:
    """Return the job as it stands."""
    return responses.job_response(instance.async_jobs.find(job_id), as_json=is_json(call))


@_resource("POST", "/job/{job_id}")
def change_job(instance: Instance, call: Call, job_id: str) -> Answer:
    """Close the job for further batches, or abort it with the batches that have not begun; return the job."""
    job = instance.async_jobs.find(job_id)
    state = read_facts(call).get("state")
    if state not in ("Closed", "Aborted"):
        raise BulkError("InvalidJobState", f"Invalid job state: {state}")
    if job.state == "Aborted" or (job.state == "Closed" and state == "Aborted"):
        verb = "Aborting" if state == "Aborted" else "Closing"
        raise BulkError("InvalidJobState", f"{verb} already {job.state} Job not allowed")
    job.state = "Closed" if state == "Closed" else "Aborted"
    return responses.job_response(job, as_json=is_json(call))


@_resource("POST", "/job/{job_id}/batch")
def add_batch(instance: Instance, call: Call, job_id: str) -> Answer:
    """Answer 201 with the batch, queued."""
    job = instance.async_jobs.find(job_id)
    if job.state != "Open":
        raise BulkError("InvalidJobState", f"Job {job.id} takes no batch: its state is {job.state}")
    if job.is_query and job.batches:
        raise BulkError("InvalidBatch", "A query job has one batch")
    if len(call.body) > LARGEST_BATCH:
        raise BulkError("ClientInputError", f"The batch has more than {LARGEST_BATCH} bytes")
    batch = job.add_batch(instance.clock())
    batch.request.write_bytes(call.body)
    answer = responses.batch_response(job, batch, as_json=job.content_type == "JSON", status=201)
    job.start(batch, lambda begun: _work(instance, job, begun, call), instance.clock)
    return answer


def _work(instance: Instance, job: Job, batch: Batch, call: Call) -> None:
    fault = call.fault
    if fault is not None and fault.kind == "job_failed":
        raise BulkError("InternalServerError", fault.message or "The batch failed on demand.")
    if job.is_query:
        query(instance, job, batch)
    else:
        load(instance, job, batch, fault)


@_resource("GET", "/job/{job_id}/batch")
def list_batches(instance: Instance, _call: Call, job_id: str) -> Answer:
    """Return all batches of the job."""
    job = instance.async_jobs.find(job_id)
    if running := [batch for batch in job.batches if batch.state not in ENDED]:
        running[0].wait(PATIENCE_S)
    return responses.batches_response(job, as_json=job.content_type == "JSON")


@_resource("GET", "/job/{job_id}/batch/{batch_id}")
def read_batch(instance: Instance, _call: Call, job_id: str, batch_id: str) -> Answer:
    """Return the batch as it stands."""
    job = instance.async_jobs.find(job_id)
    batch = job.find(batch_id)
    batch.wait(PATIENCE_S)
    return responses.batch_response(job, batch, as_json=job.content_type == "JSON")


@_resource("GET", "/job/{job_id}/batch/{batch_id}/request")
def read_request(instance: Instance, _call: Call, job_id: str, batch_id: str) -> Answer:
    """Return the batch as it was sent."""
    job = instance.async_jobs.find(job_id)
    return file_answer(job.find(batch_id).request, MIME_TYPES[job.content_type])


@_resource("GET", "/job/{job_id}/batch/{batch_id}/result")
def read_results(instance: Instance, _call: Call, job_id: str, batch_id: str) -> Answer:
    """Return the results of the rows; for a query, the ids of its results."""
    job = instance.async_jobs.find(job_id)
    batch = job.find(batch_id)
    if batch.state not in ENDED:
        raise BulkError("InvalidBatch", "Batch not completed")
    if batch.state == "Failed":
        raise BulkError("InvalidBatch", f"Batch failed: {batch.message}")
    if job.is_query:
        return responses.results_response(batch, as_json=job.content_type == "JSON")
    return _result(job, batch, batch.id)


@_resource("GET", "/job/{job_id}/batch/{batch_id}/result/{result_id}")
def read_result(instance: Instance, _call: Call, job_id: str, batch_id: str, result_id: str) -> Answer:
    """Return one result of a query."""
    job = instance.async_jobs.find(job_id)
    return _result(job, job.find(batch_id), result_id[:15])


def _result(job: Job, batch: Batch, result_id: str) -> Answer:
    if result_id not in batch.results:
        raise BulkError("InvalidBatch", f"Invalid result id: {result_id}")
    return file_answer(batch.results[result_id], MIME_TYPES[job.content_type])
