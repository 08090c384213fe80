"""Several calls in one: /composite, whose calls may use each other's answers, /composite/batch and /composite/tree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from localorg.errors import OrgError
from localorg.rest.sobjects import record_fields
from localorg.state.instance import Instance
from localorg.wire import Answer, Call, Routes, segments

ROUTES = Routes()
MOST_CALLS, MOST_QUERIES, MOST_TREE_RECORDS = 25, 5, 200
REFERENCE = re.compile(r"@\{([^}]+)\}")
STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@ROUTES.data("POST", "/composite")
def run_composite(instance: Instance, call: Call) -> Answer:
    """The answers of up to 25 calls, which cost one API call together; `allOrNone` takes all back if one fails."""
    body = call.json_object()
    requests = _requests(body, "compositeRequest")
    _check_queries(requests)
    all_or_none = bool(body.get("allOrNone", False))
    answers: dict[str, Answer] = {}
    with instance.org.transaction() as transaction:
        for request in requests:
            reference = str(request.get("referenceId", ""))
            if not reference or reference in answers:
                raise OrgError(400, "INVALID_INPUT", f"referenceId '{reference}' is missing or not unique")
            answers[reference] = _run_one(instance, call, request, answers)
            if all_or_none and _has_failed(answers[reference]):
                transaction.rollback()
                answers = _halted(requests, reference, answers[reference])
                break
    return Answer(body={"compositeResponse": [_told(reference, answer) for reference, answer in answers.items()]})


def _run_one(instance: Instance, call: Call, request: Mapping[str, Any], answers: Mapping[str, Answer]) -> Answer:
    try:
        url = _filled(str(request.get("url", "")), answers)
        body = _filled(request.get("body"), answers)
    except OrgError as error:
        return Answer(error.status, [{"errorCode": error.code, "message": error.message}])
    return instance.dispatch(call.inner(str(request.get("method", "GET")), url, request.get("httpHeaders") or {}, body))


def _filled(value: Any, answers: Mapping[str, Answer]) -> Any:
    """The value with every @{reference.path} replaced by what the earlier call answered there."""
    if isinstance(value, str):
        return REFERENCE.sub(lambda match: str(_look_up(match[1], answers)), value)
    if isinstance(value, list):
        return [_filled(item, answers) for item in value]
    if isinstance(value, dict):
        return {name: _filled(item, answers) for name, item in value.items()}
    return value


def _look_up(path: str, answers: Mapping[str, Answer]) -> Any:
    reference, *steps = [name or int(index) for name, index in STEP.findall(path)]
    answer = answers.get(str(reference))
    found: Any = None if answer is None or answer.status >= 300 else answer.body
    try:
        for step in steps:
            found = found[step]
    except (KeyError, IndexError, TypeError):
        found = None
    if found is None:
        raise OrgError(
            400, "PROCESSING_HALTED", f"Invalid reference specified. No value for {path} found in {reference}"
        )
    return found


def _has_failed(answer: Answer) -> bool:
    """A collection answers 200 even where records failed."""
    items = answer.body if isinstance(answer.body, list) else []
    return answer.status >= 400 or any(isinstance(item, dict) and item.get("success") is False for item in items)


def _halted(requests: list[dict[str, Any]], culprit: str, answer: Answer) -> dict[str, Answer]:
    message = "The transaction was rolled back since another operation in the same transaction failed."
    halted = Answer(400, [{"errorCode": "PROCESSING_HALTED", "message": message}])
    references = [str(request.get("referenceId", "")) for request in requests]
    return {reference: answer if reference == culprit else halted for reference in references}


def _told(reference: str, answer: Answer) -> dict[str, Any]:
    return {
        "body": answer.body,
        "httpHeaders": answer.headers,
        "httpStatusCode": answer.status,
        "referenceId": reference,
    }


def _requests(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    requests = body.get(name)
    if not isinstance(requests, list) or not requests or not all(isinstance(request, dict) for request in requests):
        raise OrgError(400, "INVALID_INPUT", f"'{name}' must be a list of requests")
    if len(requests) > MOST_CALLS:
        raise OrgError(400, "LIMIT_EXCEEDED", f"{len(requests)} subrequests; at most {MOST_CALLS} are allowed")
    return requests


def _check_queries(requests: list[dict[str, Any]]) -> None:
    queries = sum(1 for request in requests if _is_counted(str(request.get("url", ""))))
    if queries > MOST_QUERIES:
        raise OrgError(
            400, "LIMIT_EXCEEDED", f"{queries} query and collection subrequests; at most {MOST_QUERIES} are allowed"
        )


def _is_counted(url: str) -> bool:
    parts = [part.lower() for part in segments(url.partition("?")[0])[3:]]
    return parts[:1] in (["query"], ["queryall"]) or parts[:2] == ["composite", "sobjects"]


@ROUTES.data("POST", "/composite/batch")
def run_batch(instance: Instance, call: Call) -> Answer:
    """The answers of up to 25 independent calls, each of which costs an API call."""
    body = call.json_object()
    results: list[dict[str, Any]] = []
    for request in _requests(body, "batchRequests"):
        if body.get("haltOnError") and any(result["statusCode"] >= 400 for result in results):
            halted = [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted as requested"}]
            results.append({"statusCode": 412, "result": halted})
            continue
        if results:
            instance.usage.spend()
        url = "/services/data/" + str(request.get("url", "")).strip("/").removeprefix("services/data/")
        answer = instance.dispatch(call.inner(str(request.get("method", "GET")), url, {}, request.get("richInput")))
        results.append({"statusCode": answer.status, "result": answer.body})
    return Answer(body={"hasErrors": any(result["statusCode"] >= 400 for result in results), "results": results})


@ROUTES.data("POST", "/composite/tree/{sobject}")
def create_tree(instance: Instance, call: Call, sobject: str) -> Answer:
    """201 with the id of every record made, parents before children; 400 and none made, if one fails."""
    records = call.json_object().get("records")
    if not isinstance(records, list):
        raise OrgError(400, "INVALID_INPUT", "'records' must be a list of objects")
    made: list[dict[str, Any]] = []
    with instance.org.transaction() as transaction:
        try:
            for record in records:
                _plant(instance, sobject, record, {}, made)
        except TreeRefused as refused:
            transaction.rollback()
            return Answer(400, {"hasErrors": True, "results": [refused.result]})
    return Answer(201, {"hasErrors": False, "results": made})


class TreeRefused(Exception):
    """One record of a tree failed."""

    def __init__(self, reference: str, error: OrgError) -> None:
        super().__init__(str(error))
        told = {"statusCode": error.code, "message": error.message, "fields": error.fields}
        self.result = {"referenceId": reference, "errors": [told]}


def _plant(
    instance: Instance, sobject: str, record: dict[str, Any], parent: dict[str, str], made: list[dict[str, Any]]
) -> None:
    reference = str((record.get("attributes") or {}).get("referenceId", ""))
    branches = {name: value for name, value in record.items() if isinstance(value, dict) and "records" in value}
    fields = {name: value for name, value in record_fields(record).items() if name not in branches}
    try:
        if len(made) >= MOST_TREE_RECORDS:
            raise OrgError(400, "LIMIT_EXCEEDED", f"A tree may have at most {MOST_TREE_RECORDS} records")
        record_id = instance.org.create(sobject, {**fields, **parent})
    except OrgError as error:
        raise TreeRefused(reference, error) from error
    made.append({"referenceId": reference, "id": record_id})
    for name, branch in branches.items():
        child, field = _child_of(instance, sobject, name, reference)
        for twig in branch["records"]:
            _plant(instance, child, twig, {field: record_id}, made)


def _child_of(instance: Instance, sobject: str, relationship: str, reference: str) -> tuple[str, str]:
    schema = instance.org.schema
    parent = schema.find(sobject)
    child = schema.child_relationship(parent, relationship) if parent else None
    if child is None:
        error = OrgError(400, "INVALID_FIELD", f"No such relationship '{relationship}' on entity '{sobject}'")
        raise TreeRefused(reference, error)
    return child.sobject.name, child.field.name
