"""Responses of the Bulk API 1.0 in XML and JSON: jobs, batches, results and errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from localorg.bulk1.jobs import Batch, BatchState, BulkError, Job
from localorg.messages import Answer, text_answer
from localorg.timestamps import to_json_stamp, to_stamp
from localorg.xml_text import XML_HEADER, XSI, tag

NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
XML_TYPE = "application/xml"
JSON_TYPE = "application/json"
STAMPS = ("createdDate", "systemModstamp")


def job_response(job: Job, *, as_json: bool, status: int = 200) -> Answer:
    """Return the job with the counts of its batches."""
    facts = _job_facts(job, as_json)
    if as_json:
        return _json(status, {**_with_json_stamps(facts), "assignmentRuleId": None, "fastPathEnabled": False})
    return _xml(status, "jobInfo", _lines(facts, 1))


def _job_facts(job: Job, as_json: bool) -> dict[str, Any]:
    """Return the properties in the order of XML; the version is a number in JSON only."""
    changed_at = max([job.created_at, *(batch.changed_at for batch in job.batches)])
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.sobject,
        "createdById": job.created_by,
        "createdDate": _stamp(job.created_at),
        "systemModstamp": _stamp(changed_at),
        "state": job.state,
        "externalIdFieldName": job.external_id_field,
        "concurrencyMode": job.concurrency,
        "contentType": job.content_type,
        **_counts([batch.state for batch in job.batches]),
        "numberRecordsProcessed": sum(batch.processed for batch in job.batches),
        "numberRetries": 0,
        "apiVersion": float(job.version) if as_json else job.version,
        "numberRecordsFailed": sum(batch.failed for batch in job.batches),
        **_times(),
    }


def _counts(states: Sequence[BatchState]) -> dict[str, int]:
    """Return how many batches are in which state; the total has those too that were not processed."""
    return {
        "numberBatchesQueued": states.count("Queued"),
        "numberBatchesInProgress": states.count("InProgress"),
        "numberBatchesCompleted": states.count("Completed"),
        "numberBatchesFailed": states.count("Failed"),
        "numberBatchesTotal": len(states),
    }


def batch_response(job: Job, batch: Batch, *, as_json: bool, status: int = 200) -> Answer:
    """Return one batch."""
    if as_json:
        return _json(status, _batch_as_json(batch))
    headers = {"Location": f"/services/async/{job.version}/job/{job.id}/batch/{batch.id}"} if status == 201 else {}
    return _xml(status, "batchInfo", _lines(_batch_facts(batch), 1), headers)


def batches_response(job: Job, *, as_json: bool) -> Answer:
    """Return all batches of a job."""
    if as_json:
        return _json(200, {"batchInfo": [_batch_as_json(batch) for batch in job.batches]})
    listed = (f"\n <batchInfo>{_lines(_batch_facts(batch), 2)}\n </batchInfo>" for batch in job.batches)
    return _xml(200, "batchInfoList", "".join(listed))


def results_response(batch: Batch, *, as_json: bool) -> Answer:
    """Return the ids of a query's results."""
    if as_json:
        return _json(200, list(batch.results))
    return _xml(200, "result-list", "".join(tag("result", result_id) for result_id in batch.results))


def error_response(error: BulkError, *, as_json: bool) -> Answer:
    """Return the error, which is 400 whatever it is."""
    if as_json:
        return _json(400, {"exceptionCode": error.code, "exceptionMessage": error.message})
    return _xml(400, "error", _lines({"exceptionCode": error.code, "exceptionMessage": error.message}, 1))


def xml_root(name: str) -> tuple[str, str]:
    """Return the first and last line of a document."""
    return f'{XML_HEADER}<{name} xmlns="{NAMESPACE}" xmlns:xsi="{XSI}">', f"</{name}>"


def _batch_facts(batch: Batch) -> dict[str, Any]:
    return {
        "id": batch.id,
        "jobId": batch.job_id,
        "state": batch.state,
        "stateMessage": batch.message,
        "createdDate": _stamp(batch.created_at),
        "systemModstamp": _stamp(batch.changed_at),
        "numberRecordsProcessed": batch.processed,
        "numberRecordsFailed": batch.failed,
        **_times(),
    }


def _batch_as_json(batch: Batch) -> dict[str, Any]:
    return _with_json_stamps(_batch_facts(batch))


def _stamp(moment: datetime) -> str:
    """Return a time in whole seconds, as recorded."""
    return to_stamp(moment.replace(microsecond=0))


def _times() -> dict[str, int]:
    return {"totalProcessingTime": 0, "apiActiveProcessingTime": 0, "apexProcessingTime": 0}


def _with_json_stamps(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties for JSON: names in order, and timestamps in another format."""
    return {name: to_json_stamp(facts[name]) if name in STAMPS else facts[name] for name in sorted(facts)}


def _lines(facts: Mapping[str, Any], depth: int) -> str:
    """Return one element a line; in XML a thing without a value is left out."""
    indent = "\n" + " " * depth
    return "".join(indent + tag(name, value) for name, value in facts.items() if value is not None)


def _xml(status: int, name: str, inner: str, headers: Mapping[str, str] | None = None) -> Answer:
    start = f'{XML_HEADER}<{name}\n   xmlns="{NAMESPACE}"'
    text = f"{start}>{inner}\n</{name}>" if inner else f"{start} />"
    return text_answer(text, XML_TYPE, status, headers)


def _json(status: int, body: Any) -> Answer:
    return Answer(status, body, {"Content-Type": JSON_TYPE})
