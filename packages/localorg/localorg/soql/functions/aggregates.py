"""COUNT, SUM, AVG, MIN and MAX."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Float, func

from localorg.schema.model import NUMBER_TYPES
from localorg.soql.functions.currencies import has_currencies, to_corporate
from localorg.soql.plan.operands import Operand, Role, field_of
from localorg.soql.plan.scope import Scope
from localorg.soql.plan.sort_keys import first_of
from localorg.soql.syntax import tree


@dataclass(frozen=True)
class _Aggregate:
    to_sql: Callable[[Operand], ColumnElement[Any]]
    kind: str | None
    """None: that of the field."""
    only_numbers: bool = False


def _distinct(operand: Operand) -> ColumnElement[Any]:
    sql = operand.folded if operand.is_folded else operand.sql
    return func.count(sql.distinct())


def _sum(operand: Operand) -> ColumnElement[Any]:
    return func.sum(operand.sql) if operand.kind == "int" else func.decimal_sum(operand.sql, type_=Float())


def _extreme(pick: Any) -> Callable[[Operand], ColumnElement[Any]]:
    return lambda operand: first_of(operand, pick) if operand.is_folded else pick(operand.sql)


_AGGREGATES = {
    "COUNT": _Aggregate(lambda operand: func.count(operand.sql), "int"),
    "COUNT_DISTINCT": _Aggregate(_distinct, "int"),
    "SUM": _Aggregate(_sum, None, only_numbers=True),
    "AVG": _Aggregate(lambda operand: func.decimal_avg(operand.sql, type_=Float()), "double", only_numbers=True),
    "MIN": _Aggregate(_extreme(func.min), None),
    "MAX": _Aggregate(_extreme(func.max), None),
}
AGGREGATES = frozenset(_AGGREGATES)


def to_aggregate(scope: Scope, call: tree.Call) -> Operand:
    """Return an aggregate of a field; of amounts in several currencies, in the corporate one.

    Raises:
        OrgError: INVALID_FIELD for a field that cannot be aggregated so.
    """
    aggregate = _AGGREGATES[call.name]
    operand = field_of(scope, call)
    assert operand.resolved is not None  # noqa: S101
    field = operand.resolved.field
    counts = call.name in ("COUNT", "COUNT_DISTINCT") and field.is_filterable and not field.is_compound
    is_number = field.type in NUMBER_TYPES
    if (not counts and not field.is_aggregatable) or (aggregate.only_numbers and not is_number):
        raise scope.context.errors.not_possible(operand.name, "aggregated", call.at)
    if field.type == "currency" and has_currencies(scope, operand.resolved.sobject):
        operand = replace(operand, sql=to_corporate(scope, operand.resolved))
    kind = aggregate.kind or field.type
    return Operand(aggregate.to_sql(operand), kind, f"{call.name}({operand.name})", operand.resolved, Role.AGGREGATE)


def is_aggregate(operand: tree.Operand | tree.Value) -> bool:
    """Return whether the operand makes a query an aggregate query even without GROUP BY: an aggregate, or FORMAT of
    one.
    """
    if not isinstance(operand, tree.Call):
        return False
    return operand.name in _AGGREGATES or any(is_aggregate(argument) for argument in operand.arguments)
