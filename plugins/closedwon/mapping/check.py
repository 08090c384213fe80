"""Check of a mapping against the org's describe of its object, before any record is read or written. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import replace
from typing import Any

from closedwon.kinds import KINDS
from closedwon.mapping.currency import check_amounts, has_several
from closedwon.mapping.model import Field, Key, Mapping
from closedwon.mapping.model.value_map import fold_label
from closedwon.mapping.spelling import did_you_mean

COMPOUND = frozenset({"address", "location"})

_Described = Dictionary[str, Any]


def check_mapping(mapping: Mapping, describe: Dictionary[str, Any]) -> list[str]:
    """Return the findings where the mapping does not fit the org, each as `accounts.yaml:12: ...`; empty if it fits.

    Args:
        describe: the response of `/sobjects/<object>/describe`, which leaves out fields that are hidden from the
            integration user.
    """
    described = {field["name"]: field for field in describe["fields"]}
    in_use = {field.line: field for field in (*mapping.received, *mapping.sent)}
    findings = [
        f"{mapping.file}:{line}: {finding}"
        for line, field in sorted(in_use.items())
        for finding in _check_line(field, mapping, described)
    ]
    findings += check_amounts(mapping, described)
    if mapping.sent and mapping.send is not None:
        findings += [
            f"{mapping.file}: {finding}" for finding in _check_key(mapping.send.key, mapping.sobject, described)
        ]
    return findings


def _check_line(field: Field, mapping: Mapping, described: Dictionary[str, _Described]) -> Iterator[str]:
    """Yield the findings about each field of the org that a line names; those of `find_by` are read as texts."""
    if field.is_looked_up and "." not in field.salesforce and field.salesforce not in described:
        yield _is_missing(mapping.sobject, field.salesforce, described)
    read = replace(field, type="text", references=(), find_by={}) if field.is_looked_up else field
    for source in (read if name == field.salesforce else replace(read, salesforce=name) for name in field.sources):
        yield from _check_field(source, mapping, described)


def hold_back_amounts(mapping: Mapping, describe: Dictionary[str, Any]) -> tuple[Mapping, list[str]]:
    """Return the mapping without the amounts that it sends to an org of several currencies, and a finding for each.

    Such an org takes an amount for one in the record's currency, and the warehouse does not know which one that is: GBP
    1,000 would become EUR 1,000.
    """
    described = {field["name"]: field for field in describe["fields"]}
    if not has_several(describe):
        return mapping, []
    amounts = [field for field in mapping.sent if described[field.salesforce]["type"] == "currency"]
    findings = [
        f"{mapping.file}:{field.line}: {mapping.sobject}.{field.salesforce} is not sent: the org has several "
        f"currencies, and {field.column} has none. The other fields are sent. "
        "Take the line out, or write `direction: none`, to end this warning."
        for field in amounts
    ]
    return replace(mapping, fields=tuple(field for field in mapping.fields if field not in amounts)), findings


def _check_field(field: Field, mapping: Mapping, described: Dictionary[str, _Described]) -> Iterator[str]:
    if "." in field.salesforce:
        yield from _check_path(field, mapping, described)
        return
    seen = described.get(field.salesforce)
    if seen is None and field.currency is not None:
        return
    if seen is None:
        yield _is_missing(mapping.sobject, field.salesforce, described)
    elif seen["type"] in COMPOUND:
        yield _is_compound(mapping.sobject, field.salesforce, described)
    else:
        yield from _check_type(field, mapping.sobject, seen)
        yield from _check_labels(field, mapping.sobject, seen)
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
    loss = field.kind.find_loss(seen)
    if seen["type"] == "base64":
        yield (
            f"{sobject}.{field.salesforce} is base64, the content of a file, which is no value of a row and cannot be "
            "mapped: take it out; the fields that describe the file, such as its name and size, can be"
        )
    elif seen["type"] not in field.kind.org_types:
        fitting = _fitting(seen)
        remedy = f"write `type: {fitting}`" if fitting else "it cannot be mapped: take it out"
        yield f"{sobject}.{field.salesforce} is {seen['type']} in the org, but {field.type} in the mapping: {remedy}"
    elif loss:
        yield (
            f"{sobject}.{field.salesforce} has {loss} in the org, "
            f"but is {field.type} in the mapping: write `type: {_fitting(seen)}`"
        )
    elif field.kind.is_reference:
        yield from _check_parents(field, sobject, seen["referenceTo"])


def _fitting(seen: _Described) -> str:
    """Return the kinds that can hold the org's field without loss, worded for the end of a sentence."""
    kinds = (kind for kind in KINDS.values() if seen["type"] in kind.org_types and not kind.find_loss(seen))
    return " or ".join(kind.name for kind in kinds)


def _check_parents(field: Field, sobject: str, targets: Sequence[str]) -> Iterator[str]:
    refers = f"{sobject}.{field.salesforce} refers to {', '.join(targets)} in the org"
    for parent, table in field.parents.items():
        if parent not in targets:
            yield f"{refers}, but {table} holds {parent}: name the table of the right object in `references`"
    if len(targets) > 1 and not field.is_polymorphic:
        yield (
            f"{refers}, but to one table in the mapping: write `references: [{', '.join(field.references)}]`, a list "
            "of the tables of those that are received; records of other objects then arrive with the link empty and "
            "their id kept"
        )


def _check_labels(field: Field, sobject: str, seen: _Described) -> Iterator[str]:
    """Yield a finding if the value map lists texts that people see, while records hold other ones for them."""
    choices = seen.get("picklistValues") or []
    held = {fold_label(choice["value"]) for choice in choices}
    values_of = {fold_label(choice["label"]): choice["value"] for choice in choices if choice.get("label")}
    listed = field.values.codes if field.values else ()
    wrong = [label for label in listed if fold_label(label) not in held and fold_label(label) in values_of]
    if field.values and wrong:
        pairs = ", ".join(f"'{values_of[fold_label(label)]}' for '{label}'" for label in wrong)
        yield (
            f"{field.values.file} lists what people see of {sobject}.{field.salesforce}, but records hold its API "
            f"values, so that no record would match: write {pairs}"
        )


def _check_access(field: Field, mapping: Mapping, seen: _Described) -> Iterator[str]:
    is_update = mapping.send is not None and mapping.send.key.salesforce == "Id"
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
