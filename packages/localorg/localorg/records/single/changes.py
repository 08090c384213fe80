"""Validate a client's write against the schema and the existing records."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, select

from localorg.errors import OrgError, entity_is_deleted, invalid_cross_reference, malformed_id
from localorg.ids import to_id18
from localorg.records.record_context import RecordContext
from localorg.records.single.external_ids import find_ids, find_parent
from localorg.records.values.stored_values import to_stored
from localorg.records.values.value_errors import wrong_id
from localorg.schema.model import Field, SObject
from localorg.storage.conditions import alive


def to_changes(context: RecordContext, given: Mapping[str, Any], *, creating: bool) -> dict[str, Any]:
    """Return the columns that a write sets, by the names of the schema, in stored form.

    Parents may be given by an external id: `{"Account": {"Key__c": "A-1"}}` sets AccountId.

    Raises:
        OrgError: INVALID_FIELD for what does not exist, INVALID_FIELD_FOR_INSERT_UPDATE for what cannot be written, and
            whatever is wrong with a value.
    """
    sobject = context.sobject
    changes: dict[str, Any] = {}
    refused = []
    for name, value in given.items():
        if name.lower() == "attributes":
            continue
        field = _to_field(sobject, name, creating=creating)
        if field.name in changes:
            raise OrgError(400, "INVALID_FIELD", f"Duplicate field specified: {name}", [field.name])
        if not (field.createable if creating else field.updateable):
            refused.append(field.name)
        elif sobject.find(name) is None:
            changes[field.name] = find_parent(context, field, value)
        else:
            changes[field.name] = to_stored(field, value)
    if refused:
        raise _not_writable(refused)
    return changes


def _to_field(sobject: SObject, name: str, *, creating: bool) -> Field:
    """Return the field of that name, or the reference behind a relationship of that name."""
    field = sobject.find(name) or sobject.relationship(name)
    if field is None:
        raise unknown_field(sobject, name)
    if field.type == "id" and creating:
        message = "cannot specify Id in an insert call"
        raise OrgError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, [field.name])
    return field


def unknown_field(sobject: SObject, name: str) -> OrgError:
    message = f"No such column '{name}' on sobject of type {sobject.name}"
    return OrgError(400, "INVALID_FIELD", message)


def check_required(sobject: SObject, record: Mapping[str, Any], among: Mapping[str, Any] | None = None) -> None:
    """Refuse a record whose required fields are empty; with `among`, looks only at those fields.

    Raises:
        OrgError: REQUIRED_FIELD_MISSING.
    """
    names = [name for name in required_fields(sobject) if among is None or name in among]
    if missing := [name for name in names if record.get(name) is None]:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise OrgError(400, "REQUIRED_FIELD_MISSING", message, missing)


@lru_cache(maxsize=256)
def required_fields(sobject: SObject) -> tuple[str, ...]:
    """Return the fields that no record may be without."""
    return tuple(field.name for field in sobject.fields if not field.nillable and field.createable)


def check_references(context: RecordContext, changes: Mapping[str, Any]) -> None:
    """Refuse references to records that are not there, are deleted, or are of another kind.

    Raises:
        OrgError: INVALID_CROSS_REFERENCE_KEY, ENTITY_IS_DELETED, MALFORMED_ID.
    """
    for name, value in changes.items():
        field = context.sobject.find(name)
        if field is None or field.type != "reference" or value is None:
            continue
        target = context.schema.of_id(value)
        if target is None or target.name not in field.reference_to:
            if all(context.schema.find(to) for to in field.reference_to):
                raise wrong_id(field, value)
            continue  # The field may point to an object that the local org does not know.
        is_deleted = find_deleted_flag(context.connection, context.table_of(target), value)
        if is_deleted is None:
            raise invalid_cross_reference(400)
        if is_deleted:
            raise entity_is_deleted(400)
        check_target(context, target, name, value)


def check_target(context: RecordContext, target: SObject, name: str, record_id: str) -> None:
    """Refuse a record that is there, but cannot own this object, or is a record type of another.

    Raises:
        OrgError: INACTIVE_OWNER_OR_USER, INVALID_OPERATION, INVALID_CROSS_REFERENCE_KEY.
    """
    if name == "OwnerId":
        check_owner(context, target, record_id)
    if name == "RecordTypeId":
        check_record_type(context, target, record_id)


def check_record_type(context: RecordContext, target: SObject, record_id: str) -> None:
    """Refuse a record type of another object.

    Raises:
        OrgError: INVALID_CROSS_REFERENCE_KEY.
    """
    table = context.table_of(target)
    found = context.connection.execute(select(table.c["SobjectType"]).where(table.c["Id"] == record_id)).scalar()
    if found != context.sobject.name:
        message = f"Record Type ID: this ID value isn't valid for the user: {record_id}"
        raise OrgError(400, "INVALID_CROSS_REFERENCE_KEY", message, ["RecordTypeId"])


def check_owner(context: RecordContext, target: SObject, owner_id: str) -> None:
    """Refuse an owner who is no active user and no queue.

    Raises:
        OrgError: INACTIVE_OWNER_OR_USER, INVALID_OPERATION.
    """
    table = context.table_of(target)
    column = table.c["IsActive" if target.name == "User" else "Type"]
    found = context.connection.execute(select(column).where(table.c["Id"] == owner_id)).scalar()
    if target.name == "User" and not found:
        message = f"operation performed with inactive user [{owner_id}] as owner of {context.sobject.label.lower()}"
        raise OrgError(400, "INACTIVE_OWNER_OR_USER", message)
    if target.name == "Group" and found != "Queue":
        raise OrgError(400, "INVALID_OPERATION", "Queue not associated with this SObject type", ["OwnerId"])


def find_deleted_flag(connection: Connection, table: Table, record_id: str) -> bool | None:
    """Return whether the record is in the recycle bin; None where there is no such record."""
    found = connection.execute(select(alive(table)).where(table.c["Id"] == record_id)).scalar()
    return None if found is None else not found


def check_unique(context: RecordContext, changes: Mapping[str, Any], own_id: str | None) -> None:
    """Refuse a value that a unique field of another record has.

    Raises:
        OrgError: DUPLICATE_VALUE.
    """
    for field in context.sobject.stored:
        value = changes.get(field.name)
        if not field.unique or value is None:
            continue
        others = [found for found in find_ids(context.connection, context.table, field, value) if found != own_id]
        if others:
            message = f"duplicate value found: {field.name} duplicates value on record with id: {others[0]}"
            raise OrgError(400, "DUPLICATE_VALUE", message)


def to_record_id(record_id: str) -> str:
    """Return the 18-character form.

    Raises:
        OrgError: MALFORMED_ID.
    """
    found = to_id18(record_id)
    if found is None:
        raise malformed_id(record_id)
    return found


def _not_writable(names: list[str]) -> OrgError:
    message = (
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field "
        "and verify that it is read/write for your profile or permission set."
    )
    return OrgError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, names)
