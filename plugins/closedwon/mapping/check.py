"""Compares a mapping with what the org says of its object (describe), before any record moves."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from typing import Any

from closedwon.mapping.model import Field, Key, Mapping
from closedwon.mapping.spelling import did_you_mean

_TEXTUAL = frozenset({"string", "textarea", "phone", "url", "email", "encryptedstring", "id", "time", "reference"})
_PICKLISTS = frozenset({"picklist", "combobox"})
_NUMERIC = frozenset({"double", "currency", "percent", "int", "long"})

_TYPES: Dictionary[str, frozenset[str]] = {
    "text": _TEXTUAL | _PICKLISTS | {"multipicklist"},
    "picklist": _PICKLISTS,
    "number": _NUMERIC,
    "integer": _NUMERIC,
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"datetime"}),
    "reference": frozenset({"reference"}),
}
"""The org's types that each of the mapping's types can hold without loss."""

_COMPOUND = frozenset({"address", "location"})

_Described = Dictionary[str, Any]


def check_mapping(mapping: Mapping, describe: Dictionary[str, Any]) -> list[str]:
    """What the mapping says and the org does not know, each as `accounts.yaml:12: ...`; empty where they agree.

    Args:
        describe: the answer of `/sobjects/<object>/describe`, as the integration user sees it: a field that is hidden
            from that user is not in it.
    """
    described = {field["name"]: field for field in describe["fields"]}
    in_use = {field.line: field for field in (*mapping.received, *mapping.sent)}
    faults = [
        f"{mapping.file}:{line}: {fault}"
        for line, field in sorted(in_use.items())
        for fault in _check_field(field, mapping, described)
    ]
    if mapping.sent and mapping.key is not None:
        faults += [f"{mapping.file}: {fault}" for fault in _check_key(mapping.key, mapping.sobject, described)]
    return faults


def _check_field(field: Field, mapping: Mapping, described: Dictionary[str, _Described]) -> Iterator[str]:
    if "." in field.salesforce:
        yield from _check_path(field, mapping, described)
        return
    seen = described.get(field.salesforce)
    if seen is None:
        yield _is_missing(mapping.sobject, field.salesforce, described)
    elif seen["type"] in _COMPOUND:
        yield _is_compound(mapping.sobject, field.salesforce, described)
    else:
        yield from _check_type(field, mapping.sobject, seen)
        if field in mapping.sent:
            yield from _check_access(field, mapping, seen)


def _check_path(field: Field, mapping: Mapping, described: Dictionary[str, _Described]) -> Iterator[str]:
    first = field.salesforce.split(".")[0]
    relationships = {name for seen in described.values() if (name := seen.get("relationshipName"))}
    if first not in relationships:
        yield (
            f"{mapping.sobject} has no relationship '{first}'{did_you_mean(first, relationships)}, "
            f"so {field.salesforce} cannot be read; or it is hidden from the integration user by field-level security"
        )


def _is_missing(sobject: str, name: str, described: Dictionary[str, _Described]) -> str:
    return (
        f"{sobject} has no field '{name}'{did_you_mean(name, described)}, "
        "or it is hidden from the integration user by field-level security"
    )


def _is_compound(sobject: str, name: str, described: Dictionary[str, _Described]) -> str:
    parts = sorted(part for part, seen in described.items() if seen.get("compoundFieldName") == name)
    return f"{sobject}.{name} is a compound field, which Bulk API 2.0 refuses: map its parts ({', '.join(parts)})"


def _check_type(field: Field, sobject: str, seen: _Described) -> Iterator[str]:
    fitting = [ours for ours, theirs in _TYPES.items() if seen["type"] in theirs]
    if seen["type"] not in _TYPES[field.type]:
        remedy = f"write `type: {' or '.join(fitting)}`" if fitting else "it cannot be mapped: take it out"
        yield f"{sobject}.{field.salesforce} is {seen['type']} in the org, but {field.type} in the mapping: {remedy}"
    elif field.type == "integer" and seen["type"] not in ("int", "long") and seen.get("scale"):
        yield (
            f"{sobject}.{field.salesforce} has {seen['scale']} decimal places in the org, "
            "but is integer in the mapping: write `type: number`"
        )
    elif field.type == "reference" and field.parent_sobject not in seen["referenceTo"]:
        yield (
            f"{sobject}.{field.salesforce} refers to {', '.join(seen['referenceTo'])} in the org, "
            f"but {field.references} holds {field.parent_sobject}: name the table of the right object in `references`"
        )


def _check_access(field: Field, mapping: Mapping, seen: _Described) -> Iterator[str]:
    is_update = mapping.key is not None and mapping.key.salesforce == "Id"
    needed = {"updateable": "changed"} if is_update else {"createable": "set on a new record", "updateable": "changed"}
    denied = [act for flag, act in needed.items() if not seen[flag]]
    if denied:
        yield (
            f"{mapping.sobject}.{field.salesforce} is sent, but cannot be {' or '.join(denied)}: "
            "it is computed, set by the system, or read-only for the integration user (field-level security)"
        )


def _check_key(key: Key, sobject: str, described: Dictionary[str, _Described]) -> Iterator[str]:
    seen = described.get(key.salesforce)
    if seen is None:
        yield _is_missing(sobject, key.salesforce, described)
    elif key.salesforce != "Id" and not seen.get("externalId"):
        yield (
            f"{sobject}.{key.salesforce} is the key, but no external id: a repeat would make a second record. "
            "Mark it External ID and Unique in Salesforce, or take another field"
        )
