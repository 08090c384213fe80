"""Read the record types of an object from their definitions in YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from localorg.schema.definition_format import SchemaError, check_keys
from localorg.schema.field_definitions import to_field
from localorg.schema.model import RecordType, SObject

_KEYS = {"name", "developerName", "active", "default", "description"}
_FIELD = {"type": "reference", "to": "RecordType", "permissionable": False}


def with_record_types(sobject: SObject, definitions: Any) -> SObject:
    """Return the object with the record types of the definitions beside those that it has, and with a RecordTypeId.

    Raises:
        SchemaError: a key that does not exist, no name, or two defaults.
    """
    if not definitions:
        return sobject
    if not isinstance(definitions, list):
        raise SchemaError(
            f"'recordTypes' is a list, such as [{{name: Big Customer, default: true}}], not {definitions!r}."
        )
    known = {kind.developer_name: kind for kind in sobject.record_types}
    for definition in definitions:
        kind = _to_record_type(definition)
        known[kind.developer_name] = kind
    defaults = [kind.developer_name for kind in known.values() if kind.is_default]
    if len(defaults) > 1:
        raise SchemaError(f"only one record type can be the default, not {' and '.join(defaults)}.")
    if sobject.find("RecordTypeId") is None:
        sobject = sobject.with_fields([to_field("RecordTypeId", _FIELD)])
    return replace(sobject, record_types=tuple(known.values()))


def with_record_type_ids(sobject: SObject, found: Iterable[RecordType]) -> SObject:
    """Return the object with the record types that were found, and the default one for new records.

    Itself, if it has them, or cannot have any.
    """
    field = sobject.find("RecordTypeId")
    defaults = {kind.developer_name for kind in sobject.record_types if kind.is_default}
    kinds = tuple(replace(kind, is_default=kind.developer_name in defaults) for kind in found)
    if field is None or kinds == sobject.record_types:
        return sobject
    default = next((kind.id for kind in kinds if kind.is_default), None)
    return replace(sobject.with_fields([replace(field, default=default)]), record_types=kinds)


def _to_record_type(definition: Any) -> RecordType:
    if not isinstance(definition, Mapping) or not isinstance(definition.get("name"), str):
        raise SchemaError(f"a record type has a name, such as {{name: Big Customer}}; it is {definition!r}.")
    name = definition["name"]
    check_keys(definition, _KEYS, f"record type {name}: ")
    return RecordType(
        name=name,
        developer_name=definition.get("developerName") or re.sub(r"\W+", "_", name),
        is_active=definition.get("active", True),
        is_default=bool(definition.get("default")),
        description=definition.get("description"),
    )
