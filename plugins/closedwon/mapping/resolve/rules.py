"""Resolution of rules: Salesforce fields to columns, labels to codes; what cannot be resolved is a finding. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from closedwon.errors import MappingFault
from closedwon.kinds import KINDS
from closedwon.mapping.model import Field, Mapping, OneTimeField, Rule, TriggerKind
from closedwon.mapping.model.project_columns import NEEDED_COLUMNS, fillable_columns
from closedwon.mapping.model.triggers import find_several, find_unknown_labels
from closedwon.mapping.resolve.conditions import ResolvedCondition, check_conditions, list_paths, resolve_conditions
from closedwon.mapping.resolve.source_fields import (
    Parent,
    Place,
    SourceField,
    demand_path,
    find_field,
    find_unfit_path,
    say_unmapped,
)
from closedwon.mapping.spelling import did_you_mean


@dataclass(frozen=True)
class Filling(SourceField):
    """A project column and the field that fills it when the project is made."""

    once: OneTimeField

    @property
    def column(self) -> str:
        """Return the name of the project column."""
        return self.once.column

    @property
    def is_needed(self) -> bool:
        """Return whether a project cannot be made while this column's value is missing."""
        return self.column in NEEDED_COLUMNS


@dataclass(frozen=True)
class ResolvedRule:
    """A rule, with its Salesforce names resolved to columns and codes of the warehouse."""

    rule: Rule
    mapping: Mapping
    """The mapping that receives the source."""
    trigger: Field
    conditions: tuple[ResolvedCondition, ...]
    earlier: tuple[ResolvedRule, ...]
    """The rules that come first, with their triggers and conditions."""
    later: frozenset[str]
    """The names of the rules that come after it: what they have made a project of before it picked it, they keep."""
    fillings: tuple[Filling, ...]
    lead: SourceField | None
    dates_from: SourceField | None
    template_field: Field | None
    client: str | None
    """Column of the source's table that holds the client's row id; None for a source without an account."""

    @property
    def wanted(self) -> frozenset[str]:
        """Return the values of the trigger's column, as text, that pick a record."""
        return self.rule.when.wanted(self.trigger)

    @property
    def read(self) -> tuple[SourceField, ...]:
        """Return the fields that conditions and new projects read, beside the trigger and the template's field."""
        others = (one for one in (self.lead, self.dates_from) if one is not None)
        return (*self.conditions, *(one for rule in self.earlier for one in rule.conditions), *self.fillings, *others)

    @property
    def templates(self) -> dict[str, str]:
        """Return the template names by code of the template field."""
        field, choice = self.template_field, self.rule.template
        if field is None or choice is None:
            return {}
        return {field.to_code(label): name for label, name in choice.values.items()}


def check_rule(rule: Rule, mappings: Sequence[Mapping]) -> Iterator[tuple[Place, str]]:
    """Yield findings where a rule does not fit the mappings, each with its place in the rule's file."""
    source = _find_source(rule, mappings)
    if source is None:
        yield ("source",), _say_not_received(rule.source, mappings)
        return
    yield from _check_when(rule.when, source)
    yield from check_conditions(rule, source, mappings)
    yield from _check_paths(rule, source, mappings)
    yield from _check_template(rule, source)
    yield from _check_once(rule, source, mappings)


def find_needed_objects(rule: Rule) -> set[str]:
    """Return the Salesforce objects that mappings must receive for the rule to work."""
    return {rule.source, *(once.sobject for once in rule.once)}


def resolve_rule(rule: Rule, mappings: Sequence[Mapping], rules: Sequence[Rule]) -> ResolvedRule:
    """Return the rule with its names resolved to columns and codes.

    Where several of the source's references lead to one object, the first in its mapping file is the parent.

    Args:
        mappings: all that are received.
        rules: all that are sound; among them those that the rule comes after, and that come after it.

    Raises:
        MappingFault: the rule names an object or field that no mapping receives, or that does not fit; `check_rule`
            reports the same.
    """
    if found := [message for _, message in check_rule(rule, mappings)]:
        raise MappingFault("\n".join(f"{rule.file}: {message}" for message in found))
    source = _demand_mapping(_find_source(rule, mappings), rule.source, mappings)
    return ResolvedRule(
        rule=rule,
        mapping=source,
        trigger=_demand_field(source, rule.when.field),
        conditions=resolve_conditions(rule, source, mappings),
        earlier=tuple(resolve_rule(replace(one, after=()), mappings, ()) for one in rules if one.name in rule.after),
        later=frozenset(one.name for one in rules if rule.name in one.after),
        fillings=tuple(_to_filling(once, source, mappings) for once in rule.once),
        lead=demand_path(rule.lead, source, mappings) if rule.lead else None,
        dates_from=demand_path(rule.dates_from, source, mappings) if rule.dates_from else None,
        template_field=_demand_field(source, rule.template.field) if rule.template else None,
        client=_find_client(source, mappings),
    )


def _check_when(when: TriggerKind, source: Mapping) -> Iterator[tuple[Place, str]]:
    field = find_field(source, when.field)
    if field is None:
        yield ("when", "field"), say_unmapped(when.field, source)
        return
    if field.is_written_once:
        seen = f"{source.file} has `write: once` for {source.sobject}.{field.salesforce}, line {field.line}"
        yield ("when", "field"), f"{seen}, so that no change of it would ever be seen: take it out there"
    for message in when.find_unfit(field):
        yield ("when", when.key), message


def _check_paths(rule: Rule, source: Mapping, mappings: Sequence[Mapping]) -> Iterator[tuple[Place, str]]:
    texts = {"text"} | KINDS["text"].also_holds
    for key, path, kinds in (("lead", rule.lead, texts), ("dates_from", rule.dates_from, {"date"})):
        if path and (message := find_unfit_path(key, path, kinds, source, mappings)):
            yield (key,), message


def _check_template(rule: Rule, source: Mapping) -> Iterator[tuple[Place, str]]:
    if rule.template is None:
        return
    field = find_field(source, rule.template.field)
    if field is None:
        yield ("template", "field"), say_unmapped(rule.template.field, source)
        return
    for message in find_several(field):
        yield ("template", "field"), message
    for label in rule.template.values:
        for message in find_unknown_labels(field, (label,)):
            yield ("template", "values", label), message


def _check_once(rule: Rule, source: Mapping, mappings: Sequence[Mapping]) -> Iterator[tuple[Place, str]]:
    seen: Counter[str] = Counter()
    for position, once in enumerate(rule.once):
        seen[once.column] += 1
        if seen[once.column] == 2:
            yield ("once", position, "column"), f"`{once.column}` is filled a second time, and only one value can stay"
        for key, message in _check_filling(once, source, mappings):
            yield ("once", position, key), message
    if not seen["name"]:
        yield ("once",), "`once` fills no `name`, and no project can be without: add a line for it"


def _check_filling(once: OneTimeField, source: Mapping, mappings: Sequence[Mapping]) -> Iterator[tuple[str, str]]:
    columns = fillable_columns(mappings)
    if once.column not in columns:
        hint = did_you_mean(once.column, columns)
        yield "column", f"a rule cannot fill `{once.column}` of a project{hint}. Use one of: {', '.join(columns)}"
    mapping = _find_filled_from(once, source, mappings)
    if mapping is None:
        yield "sobject", _say_not_received(once.sobject, mappings)
        return
    if mapping is not source and _find_reference(source, mapping) is None:
        yield (
            "sobject",
            (
                f"no field of {source.file} refers to {mapping.table}, so that a record of {source.sobject} has no "
                f"{once.sobject}: map the reference there, or name a field of {source.sobject}"
            ),
        )
    field = find_field(mapping, once.field)
    if field is None:
        yield "field", say_unmapped(once.field, mapping)
    elif once.column in columns and field.type not in columns[once.column]:
        fitting = " or ".join(columns[once.column])
        seen = f"{once.sobject}.{once.field} is {field.type} in {mapping.file}"
        yield "field", f"{seen}, but `{once.column}` takes {fitting}: name another field or column"


def _say_not_received(sobject: str, mappings: Sequence[Mapping]) -> str:
    received = [mapping.sobject for mapping in mappings if mapping.received]
    hint = did_you_mean(sobject, received)
    return f"no mapping receives {sobject}{hint}, so no record of it is ever looked at: add a mapping file for it"


def _to_filling(once: OneTimeField, source: Mapping, mappings: Sequence[Mapping]) -> Filling:
    mapping = _demand_mapping(_find_filled_from(once, source, mappings), once.sobject, mappings)
    reference = None if mapping is source else _find_reference(source, mapping)
    parent = Parent(reference, mapping) if reference else None
    return Filling(_demand_field(mapping, once.field), parent, once)


def _find_source(rule: Rule, mappings: Sequence[Mapping]) -> Mapping | None:
    """Return the mapping of the rule's source; of several, the first that receives the fields that the rule reads."""
    found = _find_mappings(mappings, rule.source)
    fields = {rule.when.field, *([rule.template.field] if rule.template else [])}
    fields |= {path for path in list_paths(rule) if "." not in path}
    fitting = [mapping for mapping in found if fields <= {field.salesforce for field in mapping.received}]
    return next(iter([*fitting, *found]), None)


def _find_filled_from(once: OneTimeField, source: Mapping, mappings: Sequence[Mapping]) -> Mapping | None:
    """Return the mapping of the object that fills a column; of several, the first that the source refers to."""
    if once.sobject == source.sobject:
        return source
    found = _find_mappings(mappings, once.sobject)
    parents = [mapping for mapping in found if _find_reference(source, mapping)]
    return next(iter([*parents, *found]), None)


def _find_mappings(mappings: Sequence[Mapping], sobject: str) -> list[Mapping]:
    return [mapping for mapping in mappings if mapping.received and mapping.sobject == sobject]


def _find_reference(source: Mapping, parent: Mapping) -> Field | None:
    return next((field for field in source.received if parent.table in field.references), None)


def _find_client(source: Mapping, mappings: Sequence[Mapping]) -> str | None:
    if source.sobject == "Account":
        return "id"
    accounts = {mapping.table for mapping in mappings if mapping.received and mapping.sobject == "Account"}
    return next((field.column for field in source.received if accounts & set(field.references)), None)


def _demand_mapping(mapping: Mapping | None, sobject: str, mappings: Sequence[Mapping]) -> Mapping:
    if mapping is None:
        raise MappingFault(_say_not_received(sobject, mappings))
    return mapping


def _demand_field(mapping: Mapping, name: str) -> Field:
    field = find_field(mapping, name)
    if field is None:
        raise MappingFault(say_unmapped(name, mapping))
    return field
