"""Fields and functions wherever a query may name them: in SELECT, WHERE, GROUP BY, HAVING and ORDER BY."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func

from localorg.schema.model import NUMBER_TYPES
from localorg.soql import syntax
from localorg.soql.scope import Resolved, Scope


@dataclass(frozen=True)
class Operand:
    """A field or a function's result.

    `kind` is the Salesforce type of its values; `name` is how the answer and messages call it.
    """

    sql: ColumnElement[Any]
    kind: str
    name: str
    resolved: Resolved | None = None

    @property
    def is_aggregate(self) -> bool:
        return self.resolved is None


@dataclass(frozen=True)
class _Aggregate:
    to_sql: Callable[[ColumnElement[Any]], ColumnElement[Any]]
    kind: str | None
    """None: that of the field."""
    only_numbers: bool = False


_AGGREGATES = {
    "COUNT": _Aggregate(func.count, "int"),
    "COUNT_DISTINCT": _Aggregate(lambda sql: func.count(sql.distinct()), "int"),
    "SUM": _Aggregate(func.sum, None, only_numbers=True),
    "AVG": _Aggregate(func.avg, "double", only_numbers=True),
    "MIN": _Aggregate(func.min, None),
    "MAX": _Aggregate(func.max, None),
}


def to_operand(scope: Scope, operand: syntax.Operand) -> Operand:
    """The SQL and type of a field or of an aggregate.

    Raises:
        OrgError: INVALID_FIELD for what does not exist or cannot be aggregated; MALFORMED_QUERY for other functions.
    """
    if isinstance(operand, syntax.Path):
        resolved = scope.resolve(operand)
        return Operand(resolved.sql, resolved.field.type, resolved.name, resolved)
    return _to_aggregate(scope, operand)


def is_aggregate(operand: syntax.Operand | syntax.Query) -> bool:
    """Whether this makes a query an aggregate query even without GROUP BY."""
    return isinstance(operand, syntax.Call) and operand.name in _AGGREGATES


def _to_aggregate(scope: Scope, call: syntax.Call) -> Operand:
    faults = scope.world.faults
    aggregate = _AGGREGATES.get(call.name)
    if aggregate is None or len(call.arguments) != 1 or not isinstance(call.arguments[0], syntax.Path):
        raise faults.malformed(f"unexpected token: '{call.name}'", call.at)
    resolved = scope.resolve(call.arguments[0])
    field = resolved.field
    counts = call.name in ("COUNT", "COUNT_DISTINCT") and field.is_filterable and field.is_stored
    if not counts and not field.is_aggregatable:
        raise faults.not_possible(resolved.name, "aggregated", call.at)
    if aggregate.only_numbers and field.type not in NUMBER_TYPES:
        raise faults.not_possible(resolved.name, "aggregated", call.at)
    sql = aggregate.to_sql(resolved.sql)
    return Operand(sql, aggregate.kind or field.type, f"{call.name}({resolved.name})")
