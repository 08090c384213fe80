"""Where the warehouse holds what a rule names: Salesforce fields become columns, labels become codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass

from closedwon.mapping.model import Catalog, Field, FieldType, Mapping, OneTimeField, Rule
from closedwon.mapping.spelling import did_you_mean

NEEDED = ("name", "client_name")
"""Where a rule fills these and there is nothing to fill them from, the project waits: it must have title and client."""


@dataclass(frozen=True)
class Parent:
    """A row that the source's row refers to."""

    reference: Field
    mapping: Mapping


@dataclass(frozen=True)
class Filling:
    """A project column and the field that fills it when the project is made: the source's own, or a parent's."""

    once: OneTimeField
    field: Field
    parent: Parent | None

    @property
    def column(self) -> str:
        return self.once.column

    @property
    def is_needed(self) -> bool:
        return self.column in NEEDED


@dataclass(frozen=True)
class Source:
    """A rule, and what its Salesforce names stand for in the warehouse."""

    rule: Rule
    mapping: Mapping
    trigger: Field
    fillings: tuple[Filling, ...]
    template_field: Field | None
    client: str | None
    """Column of the source's table that holds the client's row id; None for a source without an account."""

    @property
    def wanted(self) -> frozenset[str]:
        """The codes of the trigger's field, as text, at which a project is made."""
        return frozenset(_to_code(self.trigger, label) for label in self.rule.trigger.values)

    @property
    def templates(self) -> dict[str, str]:
        """Code of the template field to template name."""
        field = self.template_field
        return {_to_code(field, label): name for label, name in self.rule.templates.items()} if field else {}


def find_source(catalog: Catalog, rule: Rule) -> Source:
    """The rule with its columns; the loader has made sure that a mapping receives every field that a rule names.

    Where several of the source's references lead to one object, the first in its mapping file is the parent.
    """
    mapping = _mapping_of(catalog, rule.source)
    return Source(
        rule=rule,
        mapping=mapping,
        trigger=_field(mapping, rule.trigger.field),
        fillings=tuple(_find_filling(catalog, mapping, once) for once in rule.once),
        template_field=_field(mapping, rule.template_field) if rule.template_field else None,
        client=_find_client(catalog, mapping),
    )


def check_source(source: Source, project_columns: Dictionary[str, Collection[FieldType]]) -> Iterator[str]:
    """What is wrong with a rule, each with file, line and remedy.

    Args:
        project_columns: the project columns that a rule may fill, each with the types of fields that fit.
    """
    rule = source.rule
    times = Counter(once.column for once in rule.once)
    if not times["name"]:
        yield f"{rule.file}: `once` fills no `name`, and no project can be without. Add a line for it."
    for filling in source.fillings:
        where, column, once = f"{rule.file}:{filling.once.line}", filling.column, filling.once
        if times[column] > 1:
            yield f"{where}: `{column}` is filled {times[column]} times, and only one value can stay. Keep one line."
        if column not in project_columns:
            hint = did_you_mean(column, project_columns)
            columns = ", ".join(project_columns)
            yield f"{where}: a rule cannot fill `{column}` of a project{hint}. Use one of: {columns}."
        elif filling.field.type not in project_columns[column]:
            fitting = " or ".join(sorted(project_columns[column]))
            seen = f"{once.sobject}.{once.field} is {filling.field.type}"
            yield f"{where}: {seen} in its mapping, but `{column}` takes {fitting}. Name another field or column."
    yield from _check_labels(source.trigger, rule.trigger.values, f"{rule.file}: `when`")
    if source.template_field is not None:
        yield from _check_labels(source.template_field, rule.templates, f"{rule.file}: `template`")


def to_label(field: Field, code: str) -> str:
    """The label that people see in Salesforce for one of our codes; the code itself where no one label has it."""
    labels = [label for label, one in field.values.codes.items() if one == code] if field.values else []
    return labels[0] if len(labels) == 1 else code


def _to_code(field: Field, label: str) -> str:
    return field.values.codes.get(label, label) if field.values else label


def _check_labels(field: Field, labels: Collection[str], where: str) -> Iterator[str]:
    known = field.values.codes if field.values else labels
    for label in labels:
        if label not in known and field.values:
            seen = f"{field.salesforce} = '{label}' is not one of the {len(known)} labels of {field.values.file}"
            hint = did_you_mean(label, known)
            yield f"{where}: {seen}{hint}, so the warehouse never holds it. Correct it, or add the label there."


def _mapping_of(catalog: Catalog, sobject: str) -> Mapping:
    return next(mapping for mapping in catalog.inbound if mapping.sobject == sobject)


def _field(mapping: Mapping, name: str) -> Field:
    return next(field for field in mapping.received if field.salesforce == name)


def _find_filling(catalog: Catalog, source: Mapping, once: OneTimeField) -> Filling:
    if once.sobject == source.sobject:
        return Filling(once, _field(source, once.field), None)
    mapping = _mapping_of(catalog, once.sobject)
    reference = next(field for field in source.received if field.references == mapping.table)
    return Filling(once, _field(mapping, once.field), Parent(reference, mapping))


def _find_client(catalog: Catalog, source: Mapping) -> str | None:
    if source.sobject == "Account":
        return "id"
    accounts = {mapping.table for mapping in catalog.inbound if mapping.sobject == "Account"}
    return next((field.column for field in source.received if field.references in accounts), None)
