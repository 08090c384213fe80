"""Resolution of a rule's further conditions: paths to fields; what cannot be resolved is a finding. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from closedwon.mapping.model import Condition, Mapping, Rule
from closedwon.mapping.resolve.source_fields import Place, SourceField, demand_path, find_path, find_tables


@dataclass(frozen=True)
class ResolvedCondition(SourceField):
    """A further condition and the field that it tests."""

    condition: Condition


def check_conditions(rule: Rule, source: Mapping, mappings: Sequence[Mapping]) -> Iterator[tuple[Place, str]]:
    """Yield findings where a condition does not fit the mappings, each with its place in the rule's file."""
    for position, condition in enumerate(rule.only_if):
        found = find_path(condition.field, source, mappings)
        if isinstance(found, str):
            yield ("only_if", position, "field"), found
            continue
        for key, message in condition.find_unfit(found.field):
            yield ("only_if", position, key), message


def list_paths(rule: Rule) -> list[str]:
    """Return the fields that a rule names as paths: those of its conditions, of its lead and of its dates."""
    return [*(one.field for one in rule.only_if), *(path for path in (rule.lead, rule.dates_from) if path)]


def find_path_tables(rule: Rule, mappings: Sequence[Mapping]) -> set[str]:
    """Return the tables of the records, beside the source's, that hold fields which the rule names as paths."""
    sources = [mapping for mapping in mappings if mapping.received and mapping.sobject == rule.source]
    return {table for source in sources for path in list_paths(rule) for table in find_tables(path, source)}


def resolve_conditions(rule: Rule, source: Mapping, mappings: Sequence[Mapping]) -> tuple[ResolvedCondition, ...]:
    """Return the conditions with their fields.

    Raises:
        MappingFault: a field cannot be found; `check_conditions` reports the same.
    """
    found = [demand_path(condition.field, source, mappings) for condition in rule.only_if]
    pairs = zip(found, rule.only_if, strict=True)
    return tuple(ResolvedCondition(one.field, one.parent, condition) for one, condition in pairs)
