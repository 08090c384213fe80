"""Job requests of the Bulk API 1.0, in XML or JSON: settings of a new job, or the new state of an existing one."""

from __future__ import annotations

import json
from typing import Any

from localorg.bulk1.jobs import QUERIES, BulkError, JobRequest
from localorg.errors import OrgError
from localorg.messages import Call, segments, to_count
from localorg.org import Org
from localorg.records.bulk.batches import OPERATIONS
from localorg.schema.model import SObject
from localorg.xml_text import InvalidXml, local_name, read_xml

CONTENT_TYPES = ("CSV", "XML", "JSON")
CONCURRENCY = {"0": "Parallel", "1": "Serial", "parallel": "Parallel", "serial": "Serial", "": "Parallel"}
CHUNK_SIZE, LARGEST_CHUNK = 100_000, 250_000


def is_json(call: Call) -> bool:
    """Return whether the call is in JSON, and its answer with it where the job does not say otherwise."""
    return "json" in call.headers.get("content-type", "").lower()


def read_facts(call: Call) -> dict[str, str]:
    """Return the properties in the body by name, each value as text.

    Raises:
        BulkError: InvalidJob or InvalidXML.
    """
    if is_json(call):
        try:
            body = json.loads(call.body)
        except (ValueError, RecursionError) as error:
            raise BulkError("InvalidJob", f"Unable to parse JSON: {error}") from error
        if not isinstance(body, dict):
            raise BulkError("InvalidJob", "Unable to parse JSON: a job is an object")
        return {name: _text(value) for name, value in body.items() if value is not None}
    try:
        root = read_xml(call.body)
    except InvalidXml as error:
        raise BulkError("InvalidXML", f"Unable to parse XML: {error}") from error
    return {local_name(part): (part.text or "").strip() for part in root}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def read_job_request(org: Org, call: Call) -> JobRequest:
    """Return the settings of the new job.

    Raises:
        BulkError: InvalidJob, where it makes no sense.
    """
    facts = read_facts(call)
    operation = facts.get("operation", "")
    if operation not in (*OPERATIONS, *QUERIES):
        raise BulkError("InvalidJob", f"Invalid operation: {operation or None}")
    sobject = _object(org, facts.get("object", ""))
    return JobRequest(
        operation=operation,
        sobject=sobject.name,
        content_type=_content_type(facts.get("contentType", "")),
        concurrency=_concurrency(facts.get("concurrencyMode", "")),
        external_id_field=_key(sobject, operation, facts.get("externalIdFieldName") or None),
        version=segments(call.path)[2].removeprefix("v"),
        chunk_size=_chunk_size(call.headers.get("sforce-enable-pkchunking", "")),
    )


def _object(org: Org, name: str) -> SObject:
    try:
        return org.sobject(name)
    except OrgError as error:
        raise BulkError("InvalidJob", f"Unable to find object: {name}") from error


def _content_type(word: str) -> str:
    content_type = word.upper() or "XML"
    if content_type not in CONTENT_TYPES:
        raise BulkError("InvalidJob", f"Invalid content type: {content_type}")
    return content_type


def _concurrency(word: str) -> str:
    """Return the concurrency mode, which some clients give by number."""
    if word.lower() not in CONCURRENCY:
        raise BulkError("InvalidJob", f"Invalid concurrency mode: {word}")
    return CONCURRENCY[word.lower()]


def _key(sobject: SObject, operation: str, name: str | None) -> str | None:
    if operation == "upsert" and name is None:
        raise BulkError("InvalidJob", "External ID was blank for an upsert job")
    field = None if name is None else sobject.find(name)
    if name is not None and (field is None or not field.id_lookup):
        raise BulkError("InvalidJob", f"Field name provided, {name} does not match an External ID for {sobject.name}")
    return name


def _chunk_size(header: str) -> int | None:
    """Return None without chunks; the header is `true`, or `chunkSize=n` among other things."""
    if header.strip().lower() in ("", "false"):
        return None
    settings = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    asked = settings.get("chunkSize", str(CHUNK_SIZE))
    size = to_count(asked)
    if not size or size > LARGEST_CHUNK:
        raise BulkError("InvalidJob", f"Invalid chunk size: {asked}")
    return size
