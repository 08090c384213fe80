"""WHERE and HAVING as SQL.

SOQL has two truth values where SQL has three: `!=` and `NOT` let records through whose field is empty. An empty text
is the same as null. Texts are compared without regard to case.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, not_, or_, select

from localorg.soql import syntax
from localorg.soql.comparisons import compare, is_member
from localorg.soql.operands import Operand, to_operand
from localorg.soql.scope import Scope

Sql = ColumnElement[bool]


def to_condition(scope: Scope, condition: syntax.Condition, *, having: bool = False) -> Sql:
    """The SQL of a condition; only HAVING may use aggregates.

    Raises:
        OrgError: a field, operator or value that does not fit.
    """
    match condition:
        case syntax.AllOf(conditions):
            return and_(*(to_condition(scope, c, having=having) for c in conditions))
        case syntax.AnyOf(conditions):
            return or_(*(to_condition(scope, c, having=having) for c in conditions))
        case syntax.Negation(inner):
            return not_(func.coalesce(to_condition(scope, inner, having=having), literal(0)))
        case syntax.Comparison():
            operand = _to_operand(scope, condition.operand, having)
            return compare(scope.world, operand, condition.operator, condition.value)
        case syntax.Membership():
            operand = _to_operand(scope, condition.operand, having)
            if isinstance(condition.members, syntax.Query):
                return _in_subquery(scope, operand, condition, condition.members)
            return is_member(scope.world, operand, condition.operator, condition.members)


def _to_operand(scope: Scope, written: syntax.Operand, having: bool) -> Operand:
    operand = to_operand(scope, written)
    if operand.is_aggregate and not having:
        raise scope.world.faults.malformed("Aggregate functions are not allowed in WHERE clauses", written.at)
    if operand.resolved is not None and not operand.resolved.field.is_filterable:
        raise scope.world.faults.not_possible(operand.name, "filtered", written.at)
    return operand


def _in_subquery(scope: Scope, operand: Operand, membership: syntax.Membership, members: syntax.Query) -> Sql:
    if operand.kind not in ("id", "reference") or membership.operator not in ("IN", "NOT IN"):
        message = f"The left operand of '{membership.operator}' with a nested query must be an Id or a reference"
        raise scope.world.faults.malformed(message, membership.operand.at)
    selected = _to_subquery(scope, members)
    if membership.operator == "IN":
        return operand.sql.in_(selected)
    return or_(operand.sql.is_(None), operand.sql.not_in(selected))


def _to_subquery(scope: Scope, query: syntax.Query) -> Select[Any]:
    world = scope.world
    sobject = world.schema.find(query.source.name)
    if sobject is None:
        raise world.faults.unknown_object(query.source.name, query.source.at)
    if query.group_by or query.having or query.order_by or query.limit is not None or query.offset is not None:
        message = "Semi join sub-selects take neither GROUP BY, HAVING, ORDER BY, LIMIT nor OFFSET"
        raise world.faults.malformed(message, query.source.at)
    column = query.columns[0]
    if len(query.columns) != 1 or isinstance(column, syntax.Query):
        raise world.faults.malformed("Semi join sub-selects can only query one field", query.source.at)
    inner = Scope(world, sobject, query.source.alias)
    selected = to_operand(inner, column.operand)
    if selected.kind not in ("id", "reference"):
        message = "Semi join sub-selects can only query id fields, cannot use: '{}'"
        raise world.faults.malformed(message.format(selected.name), column.operand.at)
    conditions = [*inner.alive(), selected.sql.is_not(None)]
    if query.where is not None:
        conditions.append(to_condition(inner, query.where))
    return select(selected.sql).select_from(inner.source).where(*conditions)
