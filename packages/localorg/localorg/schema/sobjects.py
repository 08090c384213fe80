"""Read an object from its definition in YAML: a new one, or additions to an existing one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from localorg.schema.compound_fields import address_fields, location_fields
from localorg.schema.definition_format import SchemaError, check_keys, check_name
from localorg.schema.describe import FLAGS
from localorg.schema.field_definitions import to_field, to_label
from localorg.schema.model import STAMPS, Field, SObject
from localorg.schema.record_type_definitions import with_record_types
from localorg.schema.rule_definitions import with_rules
from localorg.schema.system_fields import deleted_field, id_field, owner_field, stamp_fields

_ADDED_KEYS = {"fields", "recordTypes", "access", "rules", "duplicates"}
"""Keys that a definition of an existing object may have."""
_OBJECT_KEYS = {
    *_ADDED_KEYS,
    "label",
    "plural",
    "prefix",
    "name",
    "idLabel",
    "recycled",
    "owned",
    "stamps",
    "createable",
    "updateable",
    "deletable",
    "flags",
}
_NAME_OF_CUSTOM = {
    "type": "string",
    "length": 80,
    "nameField": True,
    "idLookup": True,
    "defaulted": True,
    "permissionable": False,
}
_SYSTEM = "system"
"""In the place of a field: here stand the owner and the stamps. Without it, they come last."""
_FIRST = ("Id", "IsDeleted")
_MOST_MASTERS = 2
_COMPOUNDS = {"address": address_fields, "location": location_fields}


def to_sobject(name: str, definition: Mapping[str, Any], existing: SObject | None = None) -> SObject:
    """Return a new object, or the existing one with the fields, record types and rules of the definition.

    Raises:
        SchemaError: the definition does not have the form that `loader` describes, or contradicts itself.
    """
    _check_form(name, definition)
    given = definition.get("fields") or {}
    if existing is None:
        new = _new_object(name, definition)
        sobject = replace(new, fields=tuple(_in_order(new, definition, given)))
    else:
        _check_added(definition)
        sobject = existing.with_fields(_own_fields(given, existing.plural))
    return with_rules(with_record_types(_with_masters(sobject), definition.get("recordTypes")), definition)


def _check_form(name: str, definition: Mapping[str, Any]) -> None:
    check_name(name)
    if not isinstance(definition, Mapping):
        form = "{label: Visit, fields: {...}}"
        raise SchemaError(f"an object is defined by keys with values, such as {form}, not {definition!r}.")
    check_keys(definition, _OBJECT_KEYS)
    check_keys(definition.get("flags") or (), FLAGS, "flags: ")
    fields = definition.get("fields") or {}
    if not isinstance(fields, Mapping):
        raise SchemaError(f"'fields' must be field names with definitions, not {fields!r}.")
    for field, about in fields.items():
        if not isinstance(about, Mapping) and (field != _SYSTEM or name.endswith("__c")):
            raise SchemaError(
                f"{field}: a field is defined by keys with values, such as {{type: text}}, not {about!r}."
            )


def _check_added(definition: Mapping[str, Any]) -> None:
    if of_new := sorted(set(definition) - _ADDED_KEYS):
        known = ", ".join(sorted(_ADDED_KEYS))
        raise SchemaError(f"'{of_new[0]}' is for new objects, and this one exists; what can be added are {known}.")


def _new_object(name: str, definition: Mapping[str, Any]) -> SObject:
    """Return an object without fields as yet."""
    label = definition.get("label") or to_label(name)
    return SObject(
        name=name,
        label=label,
        plural=definition.get("plural") or f"{label}s",
        key_prefix=definition.get("prefix", ""),
        fields=(),
        createable=definition.get("createable", True),
        updateable=definition.get("updateable", True),
        deletable=definition.get("deletable", True),
        flags=MappingProxyType(definition.get("flags") or {}),
    )


def _automatic_fields(new: SObject, definition: Mapping[str, Any]) -> list[Field]:
    """Return the fields that nobody defines, in the order of describe."""
    fields = [id_field(definition.get("idLabel") or ("Record ID" if new.custom else f"{new.label} ID"))]
    if definition.get("recycled", True):
        fields.append(deleted_field())
    if new.custom:
        named = _NAME_OF_CUSTOM | {"label": f"{new.label} Name"} | (definition.get("name") or {})
        fields.append(to_field("Name", named))
    if owners := _owners(definition.get("owned", new.custom and not _has_master(definition)), new.custom):
        fields.insert(1 if new.custom else len(fields), owner_field(owners))
    fields += stamp_fields(tuple(definition.get("stamps", STAMPS)))
    return fields


def _owners(owned: bool | list[str], is_custom: bool) -> tuple[str, ...]:
    if isinstance(owned, bool):
        usual = ("Group", "User") if is_custom else ("User",)
        return usual if owned else ()
    return tuple(owned)


def _has_master(definition: Mapping[str, Any]) -> bool:
    fields = definition.get("fields") or {}
    return any(about["type"] == "masterdetail" for about in fields.values() if "type" in about)


def _in_order(new: SObject, definition: Mapping[str, Any], given: Mapping[str, Any]) -> Iterable[Field]:
    """Return all fields of a new object; those of a standard one stand between Id and owner, unless `system` says
    otherwise.
    """
    automatic = _automatic_fields(new, definition)
    if new.custom:
        return [*automatic, *_own_fields(given, new.plural)]
    names = list(given)
    place = names.index(_SYSTEM) if _SYSTEM in given else len(names)
    before, after = ({n: given[n] for n in part if n != _SYSTEM} for part in (names[:place], names[place:]))
    first = [field for field in automatic if field.name in _FIRST]
    system = [field for field in automatic if field not in first and field.name not in given]
    return [*first, *_own_fields(before, new.plural), *system, *_own_fields(after, new.plural)]


def _own_fields(definitions: Mapping[str, Any], plural: str) -> Iterable[Field]:
    for name, definition in definitions.items():
        if definition.get("type") in _COMPOUNDS:
            yield from _COMPOUNDS[definition["type"]](name, definition)
            continue
        field = to_field(name, definition)
        if field.reference_to and field.custom and "children" not in definition:
            field = replace(field, child_relationship=to_child_relationship(name, plural))
        yield field


def to_child_relationship(name: str, plural: str) -> str:
    """Return the default name of the children: i360__Account__c of Visits -> i360__Visits__r."""
    namespace = name.split("__", maxsplit=1)[0] + "__" if name.count("__") > 1 else ""
    return f"{namespace}{plural.replace(' ', '_')}__r"


def _with_masters(sobject: SObject) -> SObject:
    """Return the object with its masters in order: the first one decides who may see a record.

    Raises:
        SchemaError: more than two masters.
    """
    masters = [field for field in sobject.fields if field.is_master]
    if len(masters) > _MOST_MASTERS:
        raise SchemaError(f"an object has at most {_MOST_MASTERS} masters, not {len(masters)}.")
    if not masters:
        return sobject
    return sobject.with_fields(replace(field, relationship_order=n) for n, field in enumerate(masters))
