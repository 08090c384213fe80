"""Bulk API 2.0 ingest: create a job, upload one CSV file, say that it is complete, read the results."""

from __future__ import annotations

from typing import Any

from localorg.bulk2.ingest_job import IngestJob
from localorg.bulk2.job_calls import file_answer, routes_of, settings
from localorg.bulk2.jobs import ENDED, JobFailed, invalid_state
from localorg.bulk2.results import RESULT_COLUMNS, Kind, result_file
from localorg.errors import OrgError
from localorg.faults import INJECTED_BY_ENDPOINTS
from localorg.messages import CSV_TYPE, Answer, Call, text_answer
from localorg.records.bulk.batches import OPERATIONS
from localorg.schema.model import SObject
from localorg.state.instance import Instance

ROUTES = routes_of("ingest", lambda instance: instance.ingest_jobs)
LARGEST_UPLOAD = 150_000_000
BATCHES_A_DAY = 15_000


@ROUTES.data("POST", "/jobs/ingest")
def create_job(instance: Instance, call: Call) -> Answer:
    """Return the job, open for its upload; of several parts, the upload is the one called content, and the job has
    begun.
    """
    job = _make_job(instance, call, call.json_object())
    job.folder.mkdir(parents=True)
    if (content := call.files.get("content")) is not None:
        with job.upload.open("wb") as file:
            file.writelines(instance.org.blobs.read(content.key))
        _begin(instance, job)
    return Answer(body=job.described())


def _make_job(instance: Instance, call: Call, body: dict[str, Any]) -> IngestJob:
    shared = settings(instance, call, body, OPERATIONS)
    sobject = instance.org.schema.find(str(body.get("object", "")))
    if sobject is None:
        raise OrgError(400, "INVALIDJOB", f"InvalidJob : Unable to find object: {body.get('object', '')}")
    key = _key_of(sobject, body) if shared["operation"] == "upsert" else None
    jobs = instance.ingest_jobs
    return jobs.add(
        lambda job_id: IngestJob(
            id=job_id,
            sobject=sobject.name,
            folder=jobs.folder / job_id,
            external_id_field=key,
            assignment_rule=body.get("assignmentRuleId"),
            **shared,
        )
    )


def _key_of(sobject: SObject, body: dict[str, Any]) -> str:
    name = str(body.get("externalIdFieldName") or "")
    field = sobject.find(name)
    if field is None or not field.id_lookup:
        message = f"InvalidJob : Field name provided, {name} does not match an External ID for {sobject.name}"
        raise OrgError(400, "INVALIDJOB", message)
    return field.name


@ROUTES.data("PUT", "/jobs/ingest/{job_id}/batches")
def upload(instance: Instance, call: Call, job_id: str) -> Answer:
    """Answer 201; a job takes one upload."""
    job = instance.ingest_jobs.find(job_id)
    if job.state != "Open":
        raise invalid_state(f"Job {job.id} takes no upload: its state is {job.state}")
    if job.upload.exists():
        message = (
            f"Found multipe contents for job: <{job.id[:15]}>, please 'Close' / 'Abort' / 'Delete' the current Job "
            "then create a new Job and make sure you only do 'PUT' once on a given Job."
        )
        raise OrgError(400, "BULK_API_ERROR", message)
    if len(call.body) > LARGEST_UPLOAD:
        raise OrgError(413, "REQUEST_ENTITY_TOO_LARGE", f"The upload has more than {LARGEST_UPLOAD} bytes")
    job.upload.write_bytes(call.body)
    return Answer(201)


@ROUTES.data("PATCH", "/jobs/ingest/{job_id}")
def change_state(instance: Instance, call: Call, job_id: str) -> Answer:
    """Return the job, begun by UploadComplete or ended by Aborted."""
    job = instance.ingest_jobs.find(job_id)
    state = call.json_object().get("state")
    if state == "Aborted":
        job.abort()
    elif state != "UploadComplete":
        raise invalid_state(f"A job can be given the states UploadComplete and Aborted, not '{state}'")
    elif job.state != "Open" or not job.upload.exists():
        raise invalid_state(f"Job {job.id} cannot begin: its state is {job.state}, or it has no upload")
    else:
        if call.fault is not None and call.fault.kind in INJECTED_BY_ENDPOINTS:
            job.fault = call.fault
        _begin(instance, job)
    return Answer(body=job.described())


def _begin(instance: Instance, job: IngestJob) -> None:
    def spend() -> None:
        if instance.ingest_jobs.used_today >= BATCHES_A_DAY:
            raise JobFailed(f"ExceededQuota : Max batches ({BATCHES_A_DAY}) per 24 hrs has been reached")
        instance.ingest_jobs.spend()

    job.start(lambda: job.write(instance.org, spend))


@ROUTES.data("GET", "/jobs/ingest/{job_id}/successfulResults")
def read_successful(instance: Instance, _call: Call, job_id: str) -> Answer:
    """Return the rows that were written, each with its id and whether it was created."""
    return _results(instance, job_id, "successful")


@ROUTES.data("GET", "/jobs/ingest/{job_id}/failedResults")
def read_failed(instance: Instance, _call: Call, job_id: str) -> Answer:
    """Return the rows that were not, each with the reason."""
    return _results(instance, job_id, "failed")


@ROUTES.data("GET", "/jobs/ingest/{job_id}/unprocessedrecords")
def read_unprocessed(instance: Instance, _call: Call, job_id: str) -> Answer:
    """Return the rows that were not tried."""
    return _results(instance, job_id, "unprocessed")


def _results(instance: Instance, job_id: str, kind: Kind) -> Answer:
    job = instance.ingest_jobs.find(job_id)
    if job.state not in ENDED:
        raise invalid_state(f"Job {job.id} has state {job.state}: there are no results yet")
    file = result_file(job, kind)
    if not file.exists() and kind == "unprocessed" and job.upload.exists():
        file = job.upload
    if not file.exists():
        return text_answer(",".join(f'"{column}"' for column in RESULT_COLUMNS[kind]), CSV_TYPE)
    return file_answer(file, CSV_TYPE)
