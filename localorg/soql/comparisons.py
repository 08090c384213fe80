"""One field against values: what fits the field's type, and the SQL for it."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_

from localorg.errors import OrgError
from localorg.ids import to_id18
from localorg.schema.model import ID_TYPES, NUMBER_TYPES, TEXT_TYPES
from localorg.soql import syntax
from localorg.soql.dates import days_of
from localorg.soql.operands import Operand
from localorg.soql.scope import World
from localorg.soql.texts import BadEscape, to_pattern, to_text
from localorg.stamps import to_midnight, to_stamp

Sql = ColumnElement[bool]

_ORDERED: dict[str, Callable[[Any, Any], Any]] = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}
_SOAP_NAMES = {"datetime": "dateTime"}


def compare(world: World, operand: Operand, operator: str, value: syntax.Value) -> Sql:
    """The SQL of `operand operator value`.

    Raises:
        OrgError: INVALID_FIELD where the value's type is not the field's, INVALID_QUERY_FILTER_OPERATOR where the
            operator is not for the type or the value is no id. Wordings from memory of the API, not recorded.
    """
    if operator == "LIKE":
        return _like(world, operand, value)
    if isinstance(value, syntax.DateLiteral):
        return _compare_days(world, operand, operator, value)
    return _compare_plain(operand.sql, operator, _to_plain(world, operand, value))


def is_member(world: World, operand: Operand, operator: str, members: Iterable[syntax.Value]) -> Sql:
    """The SQL of IN, NOT IN, INCLUDES and EXCLUDES with a list of values.

    Raises:
        OrgError: as `compare`.
    """
    if operator in ("INCLUDES", "EXCLUDES"):
        return _includes(world, operand, operator, members)
    literals = [m for m in members if isinstance(m, syntax.DateLiteral)]
    plain = [_to_plain(world, operand, m) for m in members if not isinstance(m, syntax.DateLiteral)]
    spans = [_compare_days(world, operand, "=", m) for m in literals]
    inside = or_(_in(operand.sql, plain), *spans)
    return inside if operator == "IN" else func.coalesce(inside, literal(0)) == 0


def _in(sql: ColumnElement[Any], values: list[Any]) -> Sql:
    present = [value for value in values if value is not None]
    if any(_is_beyond_ascii(value) for value in present):
        found: Sql = func.fold(sql).in_([value.casefold() for value in present])
    else:
        found = sql.in_(present)
    return or_(sql.is_(None), found) if len(present) < len(values) else found


def _compare_plain(sql: ColumnElement[Any], operator: str, value: Any) -> Sql:
    if _is_beyond_ascii(value):
        sql, value = func.fold(sql), value.casefold()
    if operator == "=":
        return sql.is_(None) if value is None else sql == value
    if operator == "!=":
        return sql.is_not(None) if value is None else sql.is_distinct_from(value)
    return _ORDERED[operator](sql, value)  # type: ignore[no-any-return]


def _is_beyond_ascii(value: Any) -> bool:
    """Whether SQLite's NOCASE, which folds only ASCII, would not do."""
    return isinstance(value, str) and not value.isascii()


def _like(world: World, operand: Operand, value: syntax.Value) -> Sql:
    if operand.kind not in TEXT_TYPES:
        raise _bad_operator(world, operand, value)
    if not isinstance(value, syntax.Text):
        raise _bad_type(world, operand, value)
    pattern = _unescape(world, value, to_pattern)
    if _is_beyond_ascii(pattern):
        return func.fold(operand.sql).like(pattern.casefold(), escape="\\")
    return operand.sql.like(pattern, escape="\\")


def _includes(world: World, operand: Operand, operator: str, members: Iterable[syntax.Value]) -> Sql:
    if operand.kind != "multipicklist":
        raise _bad_operator(world, operand, next(iter(members)))
    listed = literal(";") + operand.sql + literal(";")
    choices = []
    for member in members:
        wanted = (_to_plain(world, operand, member) or "").split(";")
        choices.append(and_(*(listed.contains(f";{entry.strip()};", autoescape=True) for entry in wanted)))
    included = func.coalesce(or_(*choices), literal(0))
    return included == (1 if operator == "INCLUDES" else 0)


def _compare_days(world: World, operand: Operand, operator: str, literal_: syntax.DateLiteral) -> Sql:
    try:
        span = days_of(literal_.name, literal_.number, world.now.date())
    except (OverflowError, ValueError) as error:
        raise world.faults.malformed(f"{literal_.name}:{literal_.number} is out of range", literal_.at) from error
    if span is None:
        raise world.faults.malformed(f"unexpected token: '{literal_.name}'", literal_.at)
    if operand.kind not in ("date", "datetime"):
        raise _bad_type(world, operand, literal_)
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


def _to_plain(world: World, operand: Operand, value: syntax.Value) -> Any:
    """The value as SQLite holds it; None for null and for the empty text."""
    kind = operand.kind
    plain: Any = None
    match value:
        case syntax.Null():
            pass
        case syntax.Text() if kind in TEXT_TYPES:
            plain = _unescape(world, value, to_text) or None
        case syntax.Text() if kind in ID_TYPES:
            plain = _to_id(world, value)
        case syntax.Number(number) if kind in NUMBER_TYPES:
            plain = number
        case syntax.Boolean(truth) if kind == "boolean":
            plain = int(truth)
        case syntax.Date(day) if kind == "date":
            plain = day.isoformat()
        case syntax.DateTime(moment) if kind == "datetime":
            plain = to_stamp(moment)
        case _:
            raise _bad_type(world, operand, value)
    return plain


def _to_id(world: World, value: syntax.Text) -> str | None:
    if not value.raw:
        return None
    record_id = to_id18(value.raw)
    if record_id is None:
        raise world.faults.at(value.at, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value.raw}")
    return record_id


def _unescape(world: World, value: syntax.Text, convert: Callable[[str], str]) -> str:
    try:
        return convert(value.raw)
    except BadEscape as fault:
        raise world.faults.malformed(str(fault), value.at) from fault


def _bad_type(world: World, operand: Operand, value: syntax.Value) -> OrgError:
    quotes = "should be" if operand.kind in TEXT_TYPES | ID_TYPES else "should not be"
    kind = "string" if operand.kind in TEXT_TYPES else _SOAP_NAMES.get(operand.kind, operand.kind)
    message = (
        f"value of filter criterion for field '{operand.name}' must be of type {kind} and {quotes} enclosed in quotes"
    )
    return world.faults.at(value.at, "INVALID_FIELD", message)


def _bad_operator(world: World, operand: Operand, value: syntax.Value) -> OrgError:
    return world.faults.at(value.at, "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {operand.kind} field")
