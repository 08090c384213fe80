"""Check that formulas, roll-up summaries and rules fit the schema that they are defined in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from localorg.errors import OrgError
from localorg.formulas.syntax import FormulaError
from localorg.records.single.rule_violations import check_rule
from localorg.schema.definition_format import SchemaError
from localorg.schema.model import Schema, SObject
from localorg.soql.plan.query_context import QueryContext
from localorg.soql.plan.scope import Scope
from localorg.soql.syntax.tree import START, Path


def check_definitions(schema: Schema, context_of: Callable[[Schema], QueryContext]) -> None:
    """Check that every formula can be computed.

    Raises:
        SchemaError: one cannot; with its place and the reason.
    """
    for sobject in schema.objects:
        for place, check in _checks(sobject):
            try:
                check(Scope(context_of(schema), sobject))
            except (FormulaError, OrgError) as fault:
                reason = fault.message.rpartition("\n")[2] if isinstance(fault, OrgError) else str(fault)
                raise SchemaError(f"{sobject.name}: {place}: {reason}") from fault


def _checks(sobject: SObject) -> Iterator[tuple[str, Callable[[Scope], object]]]:
    """Yield every check by name; each needs a scope of its own."""
    for field in sobject.fields:
        if field.is_computed:
            yield field.name, partial(Scope.resolve, path=Path((field.name,), START))
    for rule in sobject.rules:
        yield rule.name, partial(check_rule, rule=rule)
