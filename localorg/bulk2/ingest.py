"""Bulk API 2.0 ingest: create a job, upload one CSV file, say that it is complete, read the results."""

from __future__ import annotations

from typing import Any

from localorg.bulk2.ingest_job import RESULT_COLUMNS, IngestJob, Kind
from localorg.bulk2.jobs import DELIMITERS, ENDED, LINE_ENDINGS, choice, invalid_state, listed, read_file
from localorg.errors import OrgError
from localorg.faults import PLAYED_BY_ENDPOINTS
from localorg.state.instance import Instance
from localorg.wire import CSV_TYPE, Answer, Call, Routes

ROUTES = Routes()
OPERATIONS = ("insert", "update", "upsert", "delete")
LARGEST_UPLOAD = 150_000_000


@ROUTES.data("POST", "/jobs/ingest")
def create_job(instance: Instance, call: Call) -> Answer:
    """The job, open for its upload."""
    body = call.json_object()
    job = _make_job(instance, call, body)
    job.folder.mkdir(parents=True)
    return Answer(body=_told(job))


def _make_job(instance: Instance, call: Call, body: dict[str, Any]) -> IngestJob:
    operation = str(body.get("operation", ""))
    sobject = instance.org.schema.find(str(body.get("object", "")))
    key = body.get("externalIdFieldName")
    delimiter = choice(body, "columnDelimiter", DELIMITERS, "COMMA")
    line_ending = choice(body, "lineEnding", LINE_ENDINGS, "LF")
    if operation not in OPERATIONS:
        raise OrgError(400, "INVALIDJOB", f"operation '{operation}' is not one of {', '.join(OPERATIONS)}")
    if sobject is None:
        raise OrgError(400, "INVALIDENTITY", f"The object '{body.get('object')}' does not exist")
    if operation == "upsert" and not key:
        raise OrgError(400, "INVALIDJOB", "externalIdFieldName is required for upsert")
    jobs = instance.ingest_jobs
    return jobs.add(
        lambda job_id: IngestJob(
            id=job_id,
            operation=operation,
            sobject=sobject.name,
            version=call.version,
            created_by=instance.org.admin_user_id,
            created_at=instance.clock(),
            folder=jobs.folder / job_id,
            delimiter=delimiter,
            line_ending=line_ending,
            fault=call.fault,
            external_id_field=key,
        )
    )


@ROUTES.data("GET", "/jobs/ingest")
def list_jobs(instance: Instance, _call: Call) -> Answer:
    """All ingest jobs."""
    return listed(instance.ingest_jobs)


@ROUTES.data("GET", "/jobs/ingest/{job_id}")
def read_job(instance: Instance, _call: Call, job_id: str) -> Answer:
    """The job as it stands."""
    job = instance.ingest_jobs.find(job_id)
    job.poll()
    return Answer(body=_told(job))


@ROUTES.data("PUT", "/jobs/ingest/{job_id}/batches")
def upload(instance: Instance, call: Call, job_id: str) -> Answer:
    """201; a job takes one upload."""
    job = instance.ingest_jobs.find(job_id)
    if job.state != "Open" or job.upload.exists():
        raise invalid_state(f"Job {job.id} takes no upload: its state is {job.state}, or it has one")
    if len(call.body) > LARGEST_UPLOAD:
        raise OrgError(413, "REQUEST_ENTITY_TOO_LARGE", f"The upload has more than {LARGEST_UPLOAD} bytes")
    job.upload.write_bytes(call.body)
    return Answer(201)


@ROUTES.data("PATCH", "/jobs/ingest/{job_id}")
def change_state(instance: Instance, call: Call, job_id: str) -> Answer:
    """The job, begun by UploadComplete or ended by Aborted."""
    job = instance.ingest_jobs.find(job_id)
    state = call.json_object().get("state")
    if state == "Aborted":
        job.abort()
    elif state != "UploadComplete":
        raise invalid_state(f"A job can be given the states UploadComplete and Aborted, not '{state}'")
    elif job.state != "Open" or not job.upload.exists():
        raise invalid_state(f"Job {job.id} cannot begin: its state is {job.state}, or it has no upload")
    else:
        if call.fault is not None and call.fault.kind in PLAYED_BY_ENDPOINTS:
            job.fault = call.fault
        job.start(lambda: job.write(instance.org))
    return Answer(body=_told(job))


@ROUTES.data("DELETE", "/jobs/ingest/{job_id}")
def delete_job(instance: Instance, _call: Call, job_id: str) -> Answer:
    """204."""
    instance.ingest_jobs.remove(job_id)
    return Answer(204)


@ROUTES.data("GET", "/jobs/ingest/{job_id}/successfulResults")
def read_successful(instance: Instance, _call: Call, job_id: str) -> Answer:
    """The rows that were written, each with its id and whether it was created."""
    return _results(instance, job_id, "successful")


@ROUTES.data("GET", "/jobs/ingest/{job_id}/failedResults")
def read_failed(instance: Instance, _call: Call, job_id: str) -> Answer:
    """The rows that were not, each with the reason."""
    return _results(instance, job_id, "failed")


@ROUTES.data("GET", "/jobs/ingest/{job_id}/unprocessedrecords")
def read_unprocessed(instance: Instance, _call: Call, job_id: str) -> Answer:
    """The rows that were not tried."""
    return _results(instance, job_id, "unprocessed")


def _results(instance: Instance, job_id: str, kind: Kind) -> Answer:
    job = instance.ingest_jobs.find(job_id)
    if job.state not in ENDED:
        raise invalid_state(f"Job {job.id} has state {job.state}: there are no results yet")
    file = job.result(kind)
    if not file.exists() and kind == "unprocessed" and job.upload.exists():
        file = job.upload
    if not file.exists():
        header = ",".join(f'"{column}"' for column in RESULT_COLUMNS[kind]).encode()
        return Answer(headers={"Content-Type": CSV_TYPE, "Content-Length": str(len(header))}, content=[header])
    size = file.stat().st_size
    return Answer(headers={"Content-Type": CSV_TYPE, "Content-Length": str(size)}, content=read_file(file, 0, size))


def _told(job: IngestJob) -> dict[str, Any]:
    return {
        **job.described(),
        "jobType": "V2Ingest",
        "externalIdFieldName": job.external_id_field,
        "contentUrl": f"services/data/v{job.version}/jobs/ingest/{job.id}/batches",
        "numberRecordsFailed": job.failed,
        "apiActiveProcessingTime": 0,
        "apexProcessingTime": 0,
    }
