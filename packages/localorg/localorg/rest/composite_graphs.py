"""/composite/graph: several graphs of dependent calls, each all or nothing."""

from __future__ import annotations

import json
from typing import Any

from localorg.errors import OrgError
from localorg.messages import Answer, Call
from localorg.rest.composite import REFERENCE, STEP, answers_after_failure, has_failed, read_requests, run_one, to_entry
from localorg.routes import Routes
from localorg.state.instance import Instance

ROUTES = Routes()
MOST_GRAPHS, MOST_NODES = 75, 500


@ROUTES.data("POST", "/composite/graph")
def run_graphs(instance: Instance, call: Call) -> Answer:
    """Run graphs, which cost one API call together; one that fails leaves the others as they are."""
    graphs = read_requests(call.json_object(), "graphs", MOST_GRAPHS)
    nodes = [read_requests(graph, "compositeRequest", MOST_NODES) for graph in graphs]
    total = sum(len(requests) for requests in nodes)
    if total > MOST_NODES:
        raise OrgError(400, "LIMIT_EXCEEDED", f"{total} nodes in all graphs; at most {MOST_NODES} are allowed")
    names = [str(graph.get("graphId", "")) for graph in graphs]
    if len(set(names)) < len(names) or "" in names:
        raise OrgError(400, "INVALID_INPUT", "graphId is missing or not unique")
    return Answer(body={"graphs": [_run(instance, call, name, nodes[number]) for number, name in enumerate(names)]})


def _run(instance: Instance, call: Call, name: str, requests: list[dict[str, Any]]) -> dict[str, Any]:
    answers: dict[str, Answer] = {}
    with instance.org.transaction() as transaction:
        for request in _in_order(requests):
            reference = str(request["referenceId"])
            answers[reference] = run_one(instance, call, request, answers)
            if has_failed(answers[reference]):
                transaction.rollback()
                answers = answers_after_failure(requests, reference, answers[reference])
                break
    responses = [to_entry(str(request["referenceId"]), answers[str(request["referenceId"])]) for request in requests]
    return {
        "graphId": name,
        "graphResponse": {"compositeResponse": responses},
        "isSuccessful": not any(has_failed(answer) for answer in answers.values()),
    }


def _in_order(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the calls of a graph, each after those whose answers it uses.

    Raises:
        OrgError: INVALID_INPUT, if two use each other, or a reference is missing or not unique.
    """
    waiting = {str(request.get("referenceId", "")): request for request in requests}
    if len(waiting) < len(requests) or "" in waiting:
        raise OrgError(400, "INVALID_INPUT", "referenceId is missing or not unique in a graph")
    needs = {name: _used_by(request) & set(waiting) for name, request in waiting.items()}
    ordered: list[dict[str, Any]] = []
    while waiting:
        ready = [name for name in waiting if not needs[name] & set(waiting)]
        if not ready:
            raise OrgError(400, "INVALID_INPUT", f"The calls {sorted(waiting)} use each other's answers")
        ordered += [waiting.pop(name) for name in ready]
    return ordered


def _used_by(request: dict[str, Any]) -> set[str]:
    """Return the references of the calls whose answers a call uses."""
    found = REFERENCE.findall(json.dumps([request.get("url"), request.get("body")], default=str))
    return {steps[0][0] for path in found if (steps := STEP.findall(path))}
