"""Whether formulas, summaries and rules make sense together with the schema that they are defined in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from localorg.errors import OrgError
from localorg.formulas.syntax import FormulaFault
from localorg.records.rules import check_rule
from localorg.schema.fields import SchemaFault
from localorg.schema.model import Schema, SObject
from localorg.soql.scope import Scope
from localorg.soql.syntax import Path, Place
from localorg.soql.world import World


def check_definitions(schema: Schema, world_of: Callable[[Schema], World]) -> None:
    """Nothing, if every formula can be computed.

    Raises:
        SchemaFault: one cannot; with its place and the reason.
    """
    for sobject in schema.objects:
        for place, check in _checks(sobject):
            try:
                check(world_of(schema))
            except (FormulaFault, OrgError) as fault:
                told = fault.message.rpartition("\n")[2] if isinstance(fault, OrgError) else str(fault)
                raise SchemaFault(f"{sobject.name}: {place}: {told}") from fault


def _checks(sobject: SObject) -> Iterator[tuple[str, Callable[[World], object]]]:
    for field in sobject.fields:
        if field.is_computed:
            path = Path((field.name,), Place(1, 1))
            yield field.name, lambda world, path=path: Scope(world, sobject).resolve(path)  # type: ignore[misc]
    for rule in sobject.rules:
        yield rule.name, lambda world, rule=rule: check_rule(world, sobject, rule)  # type: ignore[misc]
