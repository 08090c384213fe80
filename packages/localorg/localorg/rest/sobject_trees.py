"""/composite/tree: create records together with their children."""

from __future__ import annotations

from typing import Any

from localorg.errors import OrgError
from localorg.messages import Answer, Call
from localorg.rest.records import attributes_of, error_entries, record_fields
from localorg.routes import Routes
from localorg.state.instance import Instance

ROUTES = Routes()
MOST_TREE_RECORDS = 200


@ROUTES.data("POST", "/composite/tree/{sobject}")
def create_tree(instance: Instance, call: Call, sobject: str) -> Answer:
    """Create all records, parents before children; answer 201 with their ids, or 400 and none created if one fails."""
    records = _objects(call.json_object().get("records"))
    made: list[dict[str, Any]] = []
    with instance.org.transaction() as transaction:
        try:
            for record in records:
                _plant(instance, call, sobject, record, {}, made)
        except TreeRefused as refused:
            transaction.rollback()
            return Answer(400, {"hasErrors": True, "results": [refused.result]})
    return Answer(201, {"hasErrors": False, "results": made})


class TreeRefused(Exception):
    """One record of a tree failed."""

    def __init__(self, reference: str, error: OrgError) -> None:
        super().__init__(str(error))
        self.result = {"referenceId": reference, "errors": error_entries(error)}


def _plant(
    instance: Instance,
    call: Call,
    sobject: str,
    record: dict[str, Any],
    parent: dict[str, str],
    made: list[dict[str, Any]],
) -> None:
    reference = str(attributes_of(record).get("referenceId", ""))
    branches = {name: value for name, value in record.items() if isinstance(value, dict) and "records" in value}
    fields = {name: value for name, value in record_fields(record).items() if name not in branches}
    try:
        _check_reference(reference, made)
        if len(made) >= MOST_TREE_RECORDS:
            raise OrgError(400, "LIMIT_EXCEEDED", f"A tree may have at most {MOST_TREE_RECORDS} records")
        record_id = instance.org.create(sobject, {**fields, **parent}, allow_duplicates=call.allows_duplicates)
    except OrgError as error:
        raise TreeRefused(reference, error) from error
    made.append({"referenceId": reference, "id": record_id})
    for name, branch in branches.items():
        child, field = _child_of(instance, sobject, name, reference)
        for twig in _objects(branch["records"]):
            _plant(instance, call, child, twig, {field: record_id}, made)


def _check_reference(reference: str, made: list[dict[str, Any]]) -> None:
    """Refuse a reference id that is missing or used twice: clients find their records by it."""
    if not reference:
        raise OrgError(400, "INVALID_INPUT", "Include a reference ID with each record in the request.")
    if any(record["referenceId"] == reference for record in made):
        raise OrgError(400, "INVALID_INPUT", "Duplicate ReferenceId provided in the request.")


def _objects(records: Any) -> list[dict[str, Any]]:
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise OrgError(400, "INVALID_INPUT", "'records' must be a list of objects")
    return records


def _child_of(instance: Instance, sobject: str, relationship: str, reference: str) -> tuple[str, str]:
    schema = instance.org.schema
    parent = schema.find(sobject)
    child = schema.child_relationship(parent, relationship) if parent else None
    if child is None:
        error = OrgError(400, "INVALID_FIELD", f"No such relationship '{relationship}' on entity '{sobject}'")
        raise TreeRefused(reference, error)
    return child.sobject.name, child.field.name
