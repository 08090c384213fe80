"""Compute formula and roll-up summary fields in SQL, inside the query that names them.

That is why they move no stamp, and why TODAY() changes a record that nobody wrote.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, String, cast, func, select, type_coerce

from localorg.formulas.parse import parse_formula
from localorg.formulas.syntax import FormulaError
from localorg.formulas.to_sql import to_sql
from localorg.formulas.values import FormulaContext, PriorValues, Value, to_column
from localorg.schema.model import NUMBER_TYPES, Field
from localorg.schema.rollups_and_rules import Summary
from localorg.soql.functions.currencies import CODE, has_currencies, rate_of, to_corporate
from localorg.soql.plan.query_context import Parent
from localorg.soql.plan.scope import Scope
from localorg.soql.syntax.tree import START, Path
from localorg.storage.conditions import alive

Sql = ColumnElement[Any]


def to_computed(scope: Scope, parent: Parent, field: Field, spelled: tuple[str, ...]) -> Sql:
    """Return the SQL of a computed field of a parent, which stands at the end of the relationships `spelled`.

    Raises:
        FormulaError: the definition is wrong, or computes the field from itself.
        OrgError: it names a field that does not exist.
    """
    if field in scope.computing:
        raise FormulaError(f"the field refers to itself: {' > '.join(f.name for f in (*scope.computing, field))}")
    scope.computing.append(field)
    try:
        if field.summary is not None:
            return _to_summary(scope, parent, field, field.summary)
        return to_column(evaluate(scope, field.formula or "", spelled, blanks_are_zero=field.blanks_are_zero), field)
    finally:
        scope.computing.pop()


def evaluate(
    scope: Scope,
    formula: str,
    spelled: tuple[str, ...] = (),
    *,
    blanks_are_zero: bool = True,
    before: PriorValues | None = None,
) -> Value:
    """Return the value of a formula for the records of a scope, or for those behind relationships of theirs.

    Raises:
        FormulaError, OrgError: as `to_computed`.
    """

    def find(names: tuple[str, ...]) -> tuple[Sql, Field]:
        resolved = scope.resolve_for_system(Path((*spelled, *names), START))
        if resolved.field.is_compound:
            raise FormulaError(f"Field {resolved.name} may not be used in this type of formula")
        return resolved.sql, resolved.field

    return to_sql(parse_formula(formula), FormulaContext(find, scope.context.now, blanks_are_zero, before))


def _to_summary(scope: Scope, parent: Parent, field: Field, summary: Summary) -> Sql:
    """Return a subquery over the children that are not deleted; where there are none, a sum or a count is 0."""
    child = scope.context.schema.seen_by_system().find(summary.sobject)
    reference = child.find(summary.reference) if child else None
    if child is None or reference is None or parent.sobject.name not in reference.reference_to:
        raise FormulaError(f"{summary.sobject}.{summary.reference} does not refer to {parent.sobject.name}")
    inner = scope.rolled_up(child)
    counted = inner.table.c["Id"] if summary.field is None else _summed_up(inner, summary.field, field)
    is_child = inner.table.c[reference.name] == parent.table.c["Id"]
    conditions = [is_child, alive(inner.table), *scope.context.seen(child, inner.table)]
    if summary.where is not None:
        wanted = evaluate(inner, summary.where)
        if wanted.kind != "boolean":
            raise FormulaError(f"the filter of a summary must be true or false, not {wanted.kind}")
        conditions.append(wanted.sql)
    found = select(_OPERATIONS[summary.operation](counted)).select_from(inner.source).where(*conditions)
    rolled_up = type_coerce(
        found.correlate(parent.table).scalar_subquery(), Float() if field.type in NUMBER_TYPES else String()
    )
    return rolled_up * rate_of(scope, parent.table.c[CODE]) if _is_converted(inner, field) else rolled_up


def _summed_up(inner: Scope, name: str, field: Field) -> Sql:
    resolved = inner.resolve_for_system(Path((name,), START))
    is_number = field.type in NUMBER_TYPES
    if is_number != (resolved.field.type in NUMBER_TYPES):
        raise FormulaError(f"the field is {field.type}, but what it sums up is {resolved.field.type}")
    if _is_converted(inner, field):
        return to_corporate(inner, resolved)
    return cast(resolved.sql, Float) if is_number else resolved.sql


def _is_converted(inner: Scope, field: Field) -> bool:
    """Return whether a summary adds amounts in several currencies, to show them in that of its own record."""
    return field.type == "currency" and has_currencies(inner, inner.sobject)


_OPERATIONS: dict[str, Any] = {
    "sum": lambda sql: func.coalesce(func.decimal_sum(sql), 0.0),
    "count": func.count,
    "min": func.min,
    "max": func.max,
}
