"""Turn WHERE and HAVING into SQL.

SOQL has two truth values where SQL has three: `!=` and `NOT` let records through whose field is empty. An empty text
is the same as null. Texts are compared without regard to case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, not_, or_

from localorg.soql.functions.function_calls import to_operand
from localorg.soql.plan.operands import Operand, Role
from localorg.soql.plan.scope import Scope
from localorg.soql.syntax import tree
from localorg.soql.where.comparisons import compare, is_member
from localorg.soql.where.semi_joins import check_place, in_subquery

Sql = ColumnElement[bool]
ToOperand = Callable[[tree.Operand], Operand]


def to_where(scope: Scope, condition: tree.Condition, depth: int = 0) -> Sql:
    """Return the SQL of WHERE.

    Args:
        depth: how many queries this one stands in as a semi-join.

    Raises:
        OrgError: a field, operator or value that does not fit.
    """
    check_place(scope, condition)

    def filtered(written: tree.Operand) -> Operand:
        return _to_filtered(scope, written)

    def joined(membership: tree.Membership, members: tree.Query) -> Sql:
        operand = filtered(membership.operand)
        inner, selected = in_subquery(scope, operand, membership, members, depth)
        conditions = [] if members.where is None else [to_where(inner, members.where, depth + 1)]
        found = selected.where(*conditions).select_from(inner.source)
        sql = operand.sql
        return sql.in_(found) if membership.operator == "IN" else or_(sql.is_(None), sql.not_in(found))

    return to_condition(scope, condition, filtered, joined)


def to_condition(
    scope: Scope,
    condition: tree.Condition,
    mean: ToOperand,
    joined: Callable[[tree.Membership, tree.Query], Sql],
) -> Sql:
    """Return the SQL of a condition; `mean` resolves its operands, `joined` its semi-joins."""

    def convert(condition: tree.Condition) -> Sql:
        match condition:
            case tree.AllOf(conditions):
                return and_(*map(convert, conditions))
            case tree.AnyOf(conditions):
                return or_(*map(convert, conditions))
            case tree.Negation(inner):
                return not_(func.coalesce(convert(inner), literal(0)))
            case tree.Comparison():
                return compare(scope, mean(condition.operand), condition.operator, condition.value)
            case tree.Membership(_, _, tree.Query() as members):
                return joined(condition, members)
            case tree.Membership(_, operator, tuple() as members):
                return is_member(scope, mean(condition.operand), operator, members)
            case _:
                raise AssertionError(condition)

    return convert(condition)


def _to_filtered(scope: Scope, written: tree.Operand) -> Operand:
    operand = to_operand(scope, written)
    errors = scope.context.errors
    if operand.is_aggregate:
        raise errors.malformed("Aggregate functions are not allowed in WHERE clauses", written.at)
    if operand.role is Role.SHOWN:
        raise errors.malformed(f"{operand.name} can not be used in a WHERE clause", written.at)
    resolved = operand.resolved
    if resolved is not None and resolved.field.is_compound:
        message = "Address fields can only be filtered using Distance expressions"
        raise errors.at(written.at, "INVALID_FIELD", message)
    if resolved is not None and not resolved.field.is_filterable:
        raise errors.not_possible(operand.name, "filtered", written.at)
    if operand.kind == "boolean":
        # A parent that is not there has all its boxes unchecked.
        sql: ColumnElement[Any] = func.coalesce(operand.sql, literal(0))
        return replace(operand, sql=sql) if resolved is not None and len(resolved.names) > 1 else operand
    return operand
