"""Objects and fields from YAML. The standard objects in `objects/` and a user's own file have one form:

    objects:
      Delivery_Project__c:                     # a custom object: label and fields suffice
        label: Delivery Project
        fields:
          Project_ID__c: {type: text, length: 40, externalId: true, unique: true}
          # relationship Opportunity__r, children Delivery_Projects__r:
          Opportunity__c: {type: reference, to: Opportunity}
          Hours__c: {type: number, precision: 18, scale: 2}
          Status__c: {type: picklist, values: [Planned, Running, Done], restricted: true}
      Opportunity:                             # an object that exists: its fields are added or replaced
        fields:
          Kickoff_Done__c: {type: checkbox}

Object keys: label, plural, prefix, name (a field, for the Name of a custom object), fields; and for standard objects
recycled (has IsDeleted), owned (has OwnerId; true, false, or the list of what may own), createable, deletable.

Field keys: type, label, length, precision, scale, digits, required, readonly, createonly, default, defaulted,
externalId, unique, caseSensitive, idLookup, nameField, calculated, autoNumber, values, restricted, to, relationship,
children, cascade, partOf.
Types are those of Salesforce's describe, and text, longtext, number and checkbox as people say them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from localorg.schema.fields import SchemaFault, address_fields, system_fields, to_field, to_label
from localorg.schema.model import Field, Schema, SObject

STANDARD_OBJECTS = Path(__file__).parent / "objects"
_OBJECT_KEYS = {"label", "plural", "prefix", "name", "recycled", "owned", "createable", "deletable", "fields"}


def load_schema(*files: Path) -> Schema:
    """The standard objects, and what the files add to them.

    Raises:
        SchemaFault: a file does not have the form described above, or contradicts itself.
    """
    schema = Schema(())
    for file in (*sorted(STANDARD_OBJECTS.glob("*.yaml")), *files):
        for name, definition in _read(file).items():
            try:
                schema = schema.with_object(to_sobject(name, definition or {}, schema.find(name)))
            except SchemaFault as fault:
                raise SchemaFault(f"{file}: {name}: {fault}") from fault
    _check_relationships(schema)
    return schema


def to_sobject(name: str, definition: Mapping[str, Any], existing: SObject | None = None) -> SObject:
    """A new object, or the existing one with the fields of the definition."""
    if unknown := set(definition) - _OBJECT_KEYS:
        raise SchemaFault(f"unknown key '{sorted(unknown)[0]}'; known are {', '.join(sorted(_OBJECT_KEYS))}.")
    if existing is None:
        existing = _new_object(name, definition)
    own = _own_fields(definition.get("fields") or {}, existing.plural)
    tail = [f for f in existing.fields if f.name in _TAIL]
    head = tuple(f for f in existing.fields if f not in tail)
    extended = replace(existing, fields=head).with_fields(own)
    return replace(extended, fields=extended.fields + tuple(tail))


_TAIL = {"OwnerId", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"}


def _read(file: Path) -> Mapping[str, Any]:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)  # in C: a tenth of the time
    except (OSError, yaml.YAMLError) as error:
        raise SchemaFault(f"{file} cannot be read as YAML: {error}") from error
    if not isinstance(content, dict) or set(content) != {"objects"}:
        raise SchemaFault(f"{file}: the file must have one key, 'objects'.")
    return content["objects"] or {}


def _new_object(name: str, definition: Mapping[str, Any]) -> SObject:
    label = definition.get("label") or to_label(name)
    owned = definition.get("owned", name.endswith("__c"))
    owners = ("User",) if owned is True else tuple(owned or ())
    fields = list(system_fields(label, recycled=definition.get("recycled", True), owners=owners))
    if name.endswith("__c"):
        named = {"type": "string", "length": 80, "label": f"{label} Name", "nameField": True, "idLookup": True}
        fields.insert(2, replace(to_field("Name", named | (definition.get("name") or {})), defaulted_on_create=True))
    return SObject(
        name=name,
        label=label,
        plural=definition.get("plural") or f"{label}s",
        key_prefix=definition.get("prefix", ""),
        fields=tuple(fields),
        createable=definition.get("createable", True),
        deletable=definition.get("deletable", True),
    )


def _own_fields(definitions: Mapping[str, Any], plural: str) -> Iterable[Field]:
    for name, definition in definitions.items():
        if definition.get("type") == "address":
            yield from address_fields(name)
            continue
        field = to_field(name, definition)
        if field.reference_to and field.custom and "children" not in definition:
            field = replace(field, child_relationship=f"{plural.replace(' ', '_')}__r")
        yield field


def _check_relationships(schema: Schema) -> None:
    for parent in schema.objects:
        seen: dict[str, str] = {}
        for child in schema.children_of(parent):
            if child.field.child_relationship is None:
                continue
            here = f"{child.sobject.name}.{child.field.name}"
            there = seen.setdefault(child.field.child_relationship.lower(), here)
            if there != here:
                raise SchemaFault(
                    f"'{child.field.child_relationship}' names the children of {parent.name} for {there} and for "
                    f"{here}; a child subquery could mean either. Give one of them another name with 'children'."
                )
