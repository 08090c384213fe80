"""Records in JSON requests, and the result of writing each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localorg.errors import OrgError


def record_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields to write: a record without its `attributes`."""
    return {name: value for name, value in record.items() if name != "attributes"}


def attributes_of(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the `attributes` of a record; nothing where their form is unknown."""
    attributes = record.get("attributes")
    return attributes if isinstance(attributes, Mapping) else {}


def type_of(record: Mapping[str, Any]) -> str:
    """Return the object that the attributes of a record name.

    Raises:
        OrgError: INVALID_TYPE, if it says nothing.
    """
    type_name = attributes_of(record).get("type")
    if not type_name:
        raise OrgError(400, "INVALID_TYPE", "sObject type missing: attributes.type must name the object")
    return str(type_name)


def named(record: Mapping[str, Any], field: str) -> str | None:
    """Return the name of a field as the client spelled it; None where the record lacks it."""
    return next((name for name in record if name.lower() == field.lower()), None)


def id_of(record: Mapping[str, Any]) -> str | None:
    """Return the id of a record that is to be changed or deleted; None where it names none."""
    name = named(record, "Id")
    record_id = None if name is None else record[name]
    return record_id if isinstance(record_id, str) else None


def succeeded(record_id: str) -> dict[str, Any]:
    """Return the result of a record that was written."""
    return {"id": record_id, "success": True, "errors": []}


def failed(error: OrgError) -> dict[str, Any]:
    """Return the result of one that was not; it has no id."""
    return {"success": False, "errors": error_entries(error)}


def error_entries(error: OrgError) -> list[dict[str, Any]]:
    """Return the error and those reported with it, with `statusCode` where the rest of the API has errorCode."""
    return [{"statusCode": each.code, "message": each.message, "fields": each.fields} for each in error.all]
