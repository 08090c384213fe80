"""Find records by external ids: those that a client writes, and the parents that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, literal, select

from localorg.errors import OrgError
from localorg.records.record_context import RecordContext
from localorg.records.values.stored_values import to_stored
from localorg.records.values.value_errors import bad_json
from localorg.schema.model import Field, SObject
from localorg.storage.conditions import alive, holds


def external_id_field(sobject: SObject, name: str) -> Field:
    """Return the field by which records may be found.

    Raises:
        OrgError: NOT_FOUND.
    """
    field = sobject.find(name)
    if field is None or not field.id_lookup:
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise OrgError(404, "NOT_FOUND", message)
    return field


def find_ids(connection: Connection, table: Table, field: Field, value: Any) -> list[str]:
    """Return the records, not deleted ones, that hold the value in the field."""
    statement = select(table.c["Id"]).where(holds(table, field, literal(value)), alive(table))
    return list(connection.execute(statement.order_by(table.c["Id"])).scalars())


def find_parent(context: RecordContext, reference: Field, given: Any) -> str | None:
    """Return the id of the parent that an external id names; None where the external id is null.

    Raises:
        OrgError: INVALID_FIELD, if there is no such parent; DUPLICATE_EXTERNAL_ID, if there are several.
    """
    if not isinstance(given, Mapping | None):
        raise bad_json(reference, given)
    keys = {name: value for name, value in (given or {}).items() if name.lower() not in ("attributes", "type")}
    if not keys:
        return None
    kind = _named_type(given or {}) or reference.reference_to[0]
    target = context.schema.find(kind)
    if target is None:
        raise OrgError(400, "INVALID_FIELD", f"{reference.relationship} does not refer to {kind}")
    if len(keys) != 1:
        message = f"More than 1 field provided in an external foreign key reference in entity: {target.name}"
        raise OrgError(400, "INVALID_FIELD", message)
    (name, value), *_ = keys.items()
    field = external_id_field(target, name)
    stored = to_stored(field, value)
    if stored is None:
        return None
    return _only(find_ids(context.connection, context.table_of(target), field, stored), target, field, value)


def check_own_parents(context: RecordContext, given: Mapping[str, Any]) -> None:
    """Refuse a parent of the record's own object that its external id does not find.

    Raises:
        OrgError: as `find_parent`.
    """
    for name, value in given.items():
        reference = None if context.sobject.find(name) else context.sobject.relationship(name)
        if reference is not None and isinstance(value, Mapping) and context.sobject.name in reference.reference_to:
            find_parent(context, reference, value)


def _only(matches: Sequence[str], target: SObject, field: Field, value: Any) -> str:
    """Return the one record of the object that has that value in an external id field."""
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
