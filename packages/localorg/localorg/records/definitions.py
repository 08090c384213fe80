"""Whether formulas, summaries and rules make sense together with the schema that they are defined in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from localorg.errors import OrgError
from localorg.formulas.syntax import FormulaFault
from localorg.records.rules import check_rule
from localorg.schema.form import SchemaFault
from localorg.schema.model import Schema, SObject
from localorg.soql.scope import Scope
from localorg.soql.syntax import START, Path
from localorg.soql.world import World


def check_definitions(schema: Schema, world_of: Callable[[Schema], World]) -> None:
    """Nothing, if every formula can be computed.

    Raises:
        SchemaFault: one cannot; with its place and the reason.
    """
    for sobject in schema.objects:
        for place, check in _checks(sobject):
            try:
                check(Scope(world_of(schema), sobject))
            except (FormulaFault, OrgError) as fault:
                told = fault.message.rpartition("\n")[2] if isinstance(fault, OrgError) else str(fault)
                raise SchemaFault(f"{sobject.name}: {place}: {told}") from fault


def _checks(sobject: SObject) -> Iterator[tuple[str, Callable[[Scope], object]]]:
    """What is looked at by name, each in a scope of its own."""
    for field in sobject.fields:
        if field.is_computed:
            yield field.name, partial(Scope.resolve, path=Path((field.name,), START))
    for rule in sobject.rules:
        yield rule.name, partial(check_rule, rule=rule)
