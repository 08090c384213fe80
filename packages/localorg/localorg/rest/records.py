"""Records as clients send them in JSON, and what they are told became of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localorg.errors import OrgError


def record_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be written: a record without the `attributes` that clients send along."""
    return {name: value for name, value in record.items() if name != "attributes"}


def attributes_of(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a record says of itself; nothing where it says it in no form that is known."""
    attributes = record.get("attributes")
    return attributes if isinstance(attributes, Mapping) else {}


def type_of(record: Mapping[str, Any]) -> str:
    """The object that a record says it is of.

    Raises:
        OrgError: INVALID_TYPE, if it says nothing.
    """
    type_name = attributes_of(record).get("type")
    if not type_name:
        raise OrgError(400, "INVALID_TYPE", "sObject type missing: attributes.type must name the object")
    return str(type_name)


def named(record: Mapping[str, Any], field: str) -> str | None:
    """The name, in the client's own letters, under which a record has a field; None where it has it not."""
    return next((name for name in record if name.lower() == field.lower()), None)


def id_of(record: Mapping[str, Any]) -> str | None:
    """The id of a record that is to be changed or deleted; None where it names none."""
    name = named(record, "Id")
    record_id = None if name is None else record[name]
    return record_id if isinstance(record_id, str) else None


def succeeded(record_id: str) -> dict[str, Any]:
    """The result of a record that was written."""
    return {"id": record_id, "success": True, "errors": []}


def failed(error: OrgError) -> dict[str, Any]:
    """The result of one that was not; it has no id."""
    return {"success": False, "errors": told_errors(error)}


def told_errors(error: OrgError) -> list[dict[str, Any]]:
    """The error and those told with it, with `statusCode` where the rest of the API says errorCode."""
    return [{"statusCode": each.code, "message": each.message, "fields": each.fields} for each in error.all]
