"""What a client's write sets, checked against the schema and the other records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, select

from localorg.errors import OrgError, entity_is_deleted, invalid_cross_reference
from localorg.ids import to_id18
from localorg.records.values import bad_json, to_stored, wrong_id
from localorg.schema.model import Field, Schema, SObject

TableOf = Callable[[SObject], Table]


def to_changes(
    connection: Connection,
    table_of: TableOf,
    schema: Schema,
    sobject: SObject,
    given: Mapping[str, Any],
    *,
    creating: bool,
) -> dict[str, Any]:
    """The columns that a write sets, by the schema's names, in stored form.

    Parents may be given by an external id: `{"Account": {"Key__c": "A-1"}}` sets AccountId.

    Raises:
        OrgError: INVALID_FIELD for what does not exist, INVALID_FIELD_FOR_INSERT_UPDATE for what cannot be written, and
            whatever is wrong with a value.
    """
    changes: dict[str, Any] = {}
    refused = []
    for name, value in given.items():
        if name.lower() == "attributes":
            continue
        reference = None if sobject.find(name) else sobject.relationship(name)
        field = reference or sobject.find(name)
        if field is None:
            raise unknown_field(sobject, name)
        if not (field.createable if creating else field.updateable):
            refused.append(field.name)
        elif reference is not None:
            changes[field.name] = _by_external_id(connection, table_of, schema, reference, value)
        else:
            changes[field.name] = to_stored(field, value)
    if refused:
        raise _not_writable(refused)
    return changes


def unknown_field(sobject: SObject, name: str) -> OrgError:
    message = f"No such column '{name}' on sobject of type {sobject.name}"
    return OrgError(400, "INVALID_FIELD", message)


def check_required(sobject: SObject, record: Mapping[str, Any], among: Mapping[str, Any] | None = None) -> None:
    """Refuses a record whose required fields are empty; with `among`, looks only at those fields.

    Raises:
        OrgError: REQUIRED_FIELD_MISSING.
    """
    names = [f.name for f in sobject.fields if not f.nillable and f.createable and (among is None or f.name in among)]
    if missing := [name for name in names if record.get(name) is None]:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise OrgError(400, "REQUIRED_FIELD_MISSING", message, missing)


def check_references(
    connection: Connection, table_of: TableOf, schema: Schema, sobject: SObject, changes: Mapping[str, Any]
) -> None:
    """Refuses references to records that are not there, are deleted, or are of another kind.

    Raises:
        OrgError: INVALID_CROSS_REFERENCE_KEY, ENTITY_IS_DELETED, MALFORMED_ID.
    """
    for name, value in changes.items():
        field = sobject.find(name)
        if field is None or field.type != "reference" or value is None:
            continue
        target = schema.of_id(value)
        if target is None or target.name not in field.reference_to:
            if all(schema.find(to) for to in field.reference_to):
                raise wrong_id(field, value)
            continue  # The field may point to an object that the local org does not know.
        is_deleted = find_deleted_flag(connection, table_of(target), value)
        if is_deleted is None:
            raise invalid_cross_reference(400)
        if is_deleted:
            raise entity_is_deleted(400)


def find_deleted_flag(connection: Connection, table: Table, record_id: str) -> bool | None:
    """Whether the record is in the recycle bin; None where there is no such record."""
    flag = table.c.get("IsDeleted", table.c["Id"])
    found = connection.execute(select(flag).where(table.c["Id"] == record_id)).scalar()
    return None if found is None else found == 1


def check_unique(
    connection: Connection, table: Table, sobject: SObject, changes: Mapping[str, Any], own_id: str | None
) -> None:
    """Refuses a value that a unique field of another record has. The wording is not recorded.

    Raises:
        OrgError: DUPLICATE_VALUE.
    """
    for field in sobject.stored:
        value = changes.get(field.name)
        if not field.unique or value is None:
            continue
        others = [found for found in find_ids(connection, table, field, value) if found != own_id]
        if others:
            message = f"duplicate value found: {field.name} duplicates value on record with id: {others[0]}"
            raise OrgError(400, "DUPLICATE_VALUE", message)


def find_ids(connection: Connection, table: Table, field: Field, value: Any) -> list[str]:
    """The records, not deleted ones, that hold the value in the field."""
    statement = select(table.c["Id"]).where(table.c[field.name] == value)
    if "IsDeleted" in table.c:
        statement = statement.where(table.c["IsDeleted"] == 0)
    return list(connection.execute(statement.order_by(table.c["Id"])).scalars())


def external_id_field(sobject: SObject, name: str) -> Field:
    """The field by which records may be found.

    Raises:
        OrgError: NOT_FOUND, as documented by restforce.
    """
    field = sobject.find(name)
    if field is None or not field.id_lookup:
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise OrgError(404, "NOT_FOUND", message)
    return field


def to_record_id(record_id: str) -> str:
    """The 18-character form.

    Raises:
        OrgError: MALFORMED_ID. Code and wording are not recorded.
    """
    found = to_id18(record_id)
    if found is None:
        raise OrgError(400, "MALFORMED_ID", f"malformed id {record_id}")
    return found


def _by_external_id(
    connection: Connection, table_of: TableOf, schema: Schema, reference: Field, given: Any
) -> str | None:
    if not isinstance(given, Mapping | None):
        raise bad_json(reference, given)
    keys = {name: value for name, value in (given or {}).items() if name.lower() not in ("attributes", "type")}
    if not keys:
        return None
    kind = _named_type(given or {}) or reference.reference_to[0]
    target = schema.find(kind)
    if target is None or len(keys) != 1:
        raise OrgError(400, "INVALID_FIELD", f"{reference.relationship}: exactly one external id names the parent")
    (name, value), *_ = keys.items()
    field = external_id_field(target, name)
    matches = find_ids(connection, table_of(target), field, to_stored(field, value))
    if not matches:
        message = f"Foreign key external ID: {value} not found for field {field.name} in entity {target.name}"
        raise OrgError(400, "INVALID_FIELD", message)
    if len(matches) > 1:
        message = f"{field.name}: more than one record found for external id field: [{', '.join(matches)}]"
        raise OrgError(400, "DUPLICATE_EXTERNAL_ID", message)
    return matches[0]


def _named_type(given: Mapping[str, Any]) -> str | None:
    attributes = given.get("attributes")
    return attributes.get("type") if isinstance(attributes, Mapping) else given.get("type")


def _not_writable(names: list[str]) -> OrgError:
    message = (
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field "
        "and verify that it is read/write for your profile or permission set."
    )
    return OrgError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, names)
