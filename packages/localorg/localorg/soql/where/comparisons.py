"""Compare a field with values: check that they fit its type, and return the SQL."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, false, func, literal, or_

from localorg.schema.model import TEXT_TYPES
from localorg.soql.functions.currencies import has_currencies, rate_of, to_corporate
from localorg.soql.plan.operands import Operand
from localorg.soql.plan.query_context import QueryContext
from localorg.soql.plan.scope import Scope
from localorg.soql.syntax import tree
from localorg.soql.syntax.string_literals import to_pattern
from localorg.soql.where.date_literals import days_of
from localorg.soql.where.literals import bad_operator, bad_type, to_plain, unescape
from localorg.storage.case_folding import fold
from localorg.timestamps import to_midnight

Sql = ColumnElement[bool]

_ORDERED = frozenset({"<", "<=", ">", ">="})
_OPERATORS: dict[str, Callable[[ColumnElement[Any], Any], Sql]] = {
    "=": operators.eq,
    "!=": lambda sql, value: sql.is_distinct_from(value),
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}
"""With a value that is not null; what is null is not equal to it."""
_UNORDERED_TYPES = frozenset({"boolean", "multipicklist"})


def compare(scope: Scope, operand: Operand, operator: str, value: tree.Value) -> Sql:
    """Return the SQL of `operand operator value`.

    Raises:
        OrgError: INVALID_FIELD where the value's type is not the field's, INVALID_QUERY_FILTER_OPERATOR where the
            operator is not for the type or the value is no id.
    """
    context = scope.context
    if operator in _ORDERED and operand.kind in _UNORDERED_TYPES:
        raise bad_operator(context, operand)
    if operator == "LIKE":
        return _like(context, operand, value)
    if isinstance(value, tree.DateLiteral):
        return _compare_days(context, operand, operator, value)
    if isinstance(value, tree.Currency):
        return _compare_amount(scope, operand, operator, value)
    return _compare_plain(_collated(operand), operator, to_plain(context, operand, value))


def is_member(scope: Scope, operand: Operand, operator: str, members: Iterable[tree.Value]) -> Sql:
    """Return the SQL of IN, NOT IN, INCLUDES and EXCLUDES with a list of values.

    Raises:
        OrgError: as `compare`.
    """
    context = scope.context
    if operator in ("INCLUDES", "EXCLUDES"):
        return _includes(context, operand, operator, members)
    special = [m for m in members if isinstance(m, tree.DateLiteral | tree.Currency)]
    plain = [to_plain(context, operand, m) for m in members if not isinstance(m, tree.DateLiteral | tree.Currency)]
    spans = [compare(scope, operand, "=", m) for m in special]
    inside = or_(_in(_collated(operand), plain), *spans)
    return inside if operator == "IN" else func.coalesce(inside, literal(0)) == 0


def _collated(operand: Operand) -> Operand:
    """Return the operand, so that its texts compare without regard to case whatever they are computed from."""
    if not operand.is_folded or isinstance(operand.sql, Column):
        return operand
    return replace(operand, sql=operand.sql.collate("NOCASE"))


def _in(operand: Operand, values: list[Any]) -> Sql:
    present = [value for value in values if value is not None]
    if operand.is_folded and not all(value.isascii() for value in present):
        found: Sql = operand.folded.in_([fold(value) for value in present])
    else:
        found = operand.sql.in_(present)
    return or_(operand.sql.is_(None), found) if len(present) < len(values) else found


def _compare_plain(operand: Operand, operator: str, value: Any) -> Sql:
    if value is None and operator in ("=", "!="):
        return operand.sql.is_(None) if operator == "=" else operand.sql.is_not(None)
    if value is None:
        return false()  # nothing is less or more than nothing
    # SQLite's NOCASE, which the index has, folds only ASCII.
    if operand.is_folded and (operator in _ORDERED or not value.isascii()):
        return _OPERATORS[operator](operand.folded, fold(value))
    return _OPERATORS[operator](operand.sql, value)


def _like(context: QueryContext, operand: Operand, value: tree.Value) -> Sql:
    if operand.kind not in TEXT_TYPES or operand.kind in _UNORDERED_TYPES:
        raise bad_operator(context, operand)
    if isinstance(value, tree.Null):
        return false()
    if not isinstance(value, tree.Text):
        raise bad_type(context, operand)
    pattern = unescape(context, value, to_pattern)
    if not pattern.isascii():
        return operand.folded.like(fold(pattern), escape="\\")
    return operand.sql.like(pattern, escape="\\")


def _includes(context: QueryContext, operand: Operand, operator: str, members: Iterable[tree.Value]) -> Sql:
    """Return the SQL of INCLUDES and EXCLUDES: each member is one choice; of a member with semicolons, all entries must
    be selected.
    """
    if operand.kind != "multipicklist":
        raise bad_operator(context, operand)
    listed = literal(";").concat(func.fold(operand.sql)).concat(literal(";"))
    choices = []
    for member in members:
        wanted = (to_plain(context, operand, member) or "").split(";")
        found = [func.instr(listed, f";{fold(entry.strip())};") > 0 for entry in wanted]
        choices.append(and_(*found))
    included = func.coalesce(or_(*choices), literal(0))
    return included == (1 if operator == "INCLUDES" else 0)


def _compare_amount(scope: Scope, operand: Operand, operator: str, value: tree.Currency) -> Sql:
    resolved = operand.resolved
    if resolved is None or operand.kind != "currency":
        raise bad_type(scope.context, operand)
    if not has_currencies(scope, resolved.sobject):
        message = f"amounts of one currency only can be compared in this org, not '{value.code}'"
        raise scope.context.errors.at(value.at, "INVALID_FIELD", message)
    amount = literal(value.value) / rate_of(scope, literal(value.code))
    return _OPERATORS[operator](to_corporate(scope, resolved), amount)


def _compare_days(context: QueryContext, operand: Operand, operator: str, days: tree.DateLiteral) -> Sql:
    try:
        span = days_of(days.name, days.number, context.now.date())
    except (OverflowError, ValueError) as error:
        raise context.errors.malformed(f"{days.name}:{days.number} is out of range", days.at) from error
    if span is None:
        raise context.errors.malformed(f"unexpected token: '{days.name[:100]}'", days.at)
    if operand.kind not in ("date", "datetime"):
        raise bad_type(context, operand)
    to_bound: Callable[[date], str] = to_midnight if operand.kind == "datetime" else date.isoformat
    start, end = (to_bound(day) for day in span)
    sql = operand.sql
    match operator:
        case "=":
            return and_(sql >= start, sql < end)
        case "!=":
            return or_(sql.is_(None), sql < start, sql >= end)
        case "<":
            return sql < start
        case "<=":
            return sql < end
        case ">":
            return sql >= end
        case _:
            return sql >= start
