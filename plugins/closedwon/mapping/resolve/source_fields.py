"""Fields that a rule reads: the source's own, and those of records that it refers to. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from closedwon.errors import MappingFault
from closedwon.mapping.model import Field, Mapping
from closedwon.mapping.spelling import did_you_mean

Place = tuple[str | int, ...]
"""A place in the rule's file, as keys and list positions."""


@dataclass(frozen=True)
class Parent:
    """A row that the source's row refers to."""

    reference: Field
    mapping: Mapping


@dataclass(frozen=True)
class SourceField:
    """A field that a rule reads: the source's own, or a parent's."""

    field: Field
    parent: Parent | None


def find_field(mapping: Mapping, name: str) -> Field | None:
    """Return the received field of that name; None where there is none."""
    return next((field for field in mapping.received if field.salesforce == name), None)


def find_path(path: str, source: Mapping, mappings: Sequence[Mapping]) -> SourceField | str:
    """Return the field at a path, such as `Amount` or `Account.Type`, or what speaks against the path.

    A line of the source's mapping for the path itself comes first. Otherwise the part before the dot is the name that
    queries give a reference: `Account` for AccountId, `Launch__r` for Launch__c.
    """
    own, (relation, _, name) = find_field(source, path), path.partition(".")
    if own is not None or not name:
        return SourceField(own, None) if own is not None else say_unmapped(path, source)
    references = _references_of(source)
    if relation not in references:
        hint = did_you_mean(relation, references)
        return f"{source.file} receives no reference {relation}{hint}: add a line for it there, such as {relation}Id"
    reference = references[relation]
    parents = [mapping for mapping in mappings if mapping.received and mapping.table in reference.references]
    found = ((find_field(mapping, name), mapping) for mapping in parents)
    fields = [SourceField(field, Parent(reference, mapping)) for field, mapping in found if field is not None]
    if not fields:
        return say_unmapped(name, parents[0]) if parents else _say_no_rows(path, reference, source)
    return fields[0]


def find_unfit_path(
    key: str, path: str, kinds: Collection[str], source: Mapping, mappings: Sequence[Mapping]
) -> str | None:
    """Return what speaks against reading a field for a key of the rule, which takes these kinds; None for nothing."""
    found = find_path(path, source, mappings)
    if isinstance(found, str):
        return found
    if found.field.type in kinds:
        return None
    return f"`{key}` takes fields of type {' or '.join(sorted(kinds))}, but {path} is {found.field.type}"


def demand_path(path: str, source: Mapping, mappings: Sequence[Mapping]) -> SourceField:
    """Return the field at a path.

    Raises:
        MappingFault: it cannot be found.
    """
    found = find_path(path, source, mappings)
    if isinstance(found, str):
        raise MappingFault(found)
    return found


def find_tables(path: str, source: Mapping) -> tuple[str, ...]:
    """Return the tables that hold the field at a path, beside the source's own; none for the source's own fields."""
    relation, _, name = path.partition(".")
    reference = _references_of(source).get(relation) if name and find_field(source, path) is None else None
    return reference.references if reference is not None else ()


def say_unmapped(name: str, mapping: Mapping) -> str:
    """Return the finding for a field that its object's mapping does not receive."""
    hint = did_you_mean(name, [field.salesforce for field in mapping.received])
    return f"{mapping.file} does not receive {mapping.sobject}.{name}{hint}: add a line for it there"


def _say_no_rows(path: str, reference: Field, source: Mapping) -> str:
    tables = " and ".join(reference.references)
    seen = f"{reference.salesforce} refers to {tables}, which no mapping receives"
    return f"{seen}: add a line for {path} to {source.file}"


def _references_of(source: Mapping) -> dict[str, Field]:
    return {_to_relation(field.salesforce): field for field in source.converted if field.references}


def _to_relation(name: str) -> str:
    return f"{name.removesuffix('__c')}__r" if name.endswith("__c") else name.removesuffix("Id")
