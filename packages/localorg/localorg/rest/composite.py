"""Composite resources: /composite, whose calls may refer to each other's answers, and /composite/batch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from localorg.errors import OrgError
from localorg.messages import Answer, Call, segments
from localorg.routes import Routes
from localorg.state.instance import Instance

ROUTES = Routes()
MOST_CALLS, MOST_QUERIES = 25, 5
REFERENCE = re.compile(r"@\{([^}]+)\}")
STEP = re.compile(r"([^.\[\]]+)|\[(\d{1,9})\]")


@ROUTES.data("POST", "/composite")
def run_composite(instance: Instance, call: Call) -> Answer:
    """Run up to 25 calls, which cost one API call together; with `allOrNone`, one failure rolls back all."""
    body = call.json_object()
    requests = read_requests(body, "compositeRequest")
    _check_queries(requests)
    all_or_none = bool(body.get("allOrNone", False))
    answers: dict[str, Answer] = {}
    with instance.org.transaction() as transaction:
        for request in requests:
            reference = str(request.get("referenceId", ""))
            if not reference or reference in answers:
                raise OrgError(400, "INVALID_INPUT", f"referenceId '{reference}' is missing or not unique")
            answers[reference] = run_one(instance, call, request, answers)
            if all_or_none and has_failed(answers[reference]):
                transaction.rollback()
                answers = answers_after_failure(requests, reference, answers[reference])
                break
    return Answer(body={"compositeResponse": [to_entry(reference, answer) for reference, answer in answers.items()]})


def run_one(instance: Instance, call: Call, request: Mapping[str, Any], answers: Mapping[str, Answer]) -> Answer:
    """Run one call, with its references replaced by values from the earlier `answers`."""
    try:
        url = _filled(str(request.get("url", "")), answers)
        body = _filled(request.get("body"), answers)
        inner = call.inner(str(request.get("method", "GET")), url, request.get("httpHeaders") or {}, body)
    except OrgError as error:
        return Answer(error.status, [{"errorCode": error.code, "message": error.message}])
    return instance.dispatch(inner)


def _filled(value: Any, answers: Mapping[str, Answer]) -> Any:
    """Return the value with every @{reference.path} replaced by that part of the earlier answer."""
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


def has_failed(answer: Answer) -> bool:
    """Return whether a call failed; a collection answers 200 even where records failed."""
    items = answer.body if isinstance(answer.body, list) else []
    return answer.status >= 400 or any(isinstance(item, dict) and item.get("success") is False for item in items)


def answers_after_failure(requests: list[dict[str, Any]], culprit: str, answer: Answer) -> dict[str, Answer]:
    """Return the answers after a failure: its own, and for the others that they were rolled back."""
    message = "The transaction was rolled back since another operation in the same transaction failed."
    halted = Answer(400, [{"errorCode": "PROCESSING_HALTED", "message": message}])
    references = [str(request.get("referenceId", "")) for request in requests]
    return {reference: answer if reference == culprit else halted for reference in references}


def to_entry(reference: str, answer: Answer) -> dict[str, Any]:
    """Return an answer as an entry of a composite answer."""
    return {
        "body": answer.body,
        "httpHeaders": answer.headers,
        "httpStatusCode": answer.status,
        "referenceId": reference,
    }


def read_requests(body: Mapping[str, Any], name: str, most: int = MOST_CALLS) -> list[dict[str, Any]]:
    """Return the calls in the list of that name.

    Raises:
        OrgError: INVALID_INPUT or LIMIT_EXCEEDED.
    """
    requests = body.get(name)
    if not isinstance(requests, list) or not requests or not all(isinstance(request, dict) for request in requests):
        raise OrgError(400, "INVALID_INPUT", f"'{name}' must be a list of requests")
    if len(requests) > most:
        raise OrgError(400, "LIMIT_EXCEEDED", f"{len(requests)} subrequests; at most {most} are allowed")
    if not all(isinstance(request.get("httpHeaders") or {}, dict) for request in requests):
        raise OrgError(400, "INVALID_INPUT", "'httpHeaders' must be an object")
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
    """Run up to 25 independent calls, each of which costs an API call."""
    body = call.json_object()
    results: list[dict[str, Any]] = []
    for request in read_requests(body, "batchRequests"):
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
