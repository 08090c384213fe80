"""Date functions: CALENDAR_MONTH(CloseDate), DAY_ONLY(convertTimezone(CreatedDate)).

The org's time zone is UTC and its fiscal year the calendar year, so that converting changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func

from localorg.soql.plan.operands import Operand, Role, field_of
from localorg.soql.plan.scope import Scope
from localorg.soql.syntax import tree

Sql = ColumnElement[Any]


def to_date_part(scope: Scope, call: tree.Call) -> Operand:
    """Return the date function of a field.

    Raises:
        OrgError: INVALID_FIELD where the field has no such part.
    """
    inner = call.arguments[0] if len(call.arguments) == 1 else None
    is_converted = isinstance(inner, tree.Call) and inner.name == "CONVERTTIMEZONE"
    field = field_of(scope, inner if isinstance(inner, tree.Call) and is_converted else call)
    kinds = ("datetime",) if is_converted or call.name in _OF_MOMENTS else ("date", "datetime")
    if field.kind not in kinds:
        raise scope.context.errors.not_possible(field.name, f"used in {call.name}", call.at)
    name = f"{call.name}({field.name})"
    kind = "date" if call.name == "DAY_ONLY" else "int"
    return Operand(DATE_PARTS[call.name](field.sql), kind, name, None, Role.DATE_PART)


def _digits(start: int, length: int) -> Callable[[Sql], Sql]:
    return lambda sql: cast(func.substr(sql, start, length), Integer)


def _day(sql: Sql) -> Sql:
    return func.substr(sql, 1, 10)


def _counted(form: str) -> Callable[[Sql], Sql]:
    return lambda sql: cast(func.strftime(form, _day(sql)), Integer)


_year, _month, _day_of_month, _hour = _digits(1, 4), _digits(6, 2), _digits(9, 2), _digits(12, 2)
_day_of_year, _day_of_week = _counted("%j"), _counted("%w")


def _quarter(sql: Sql) -> Sql:
    return (_month(sql) + 2) // 3


DATE_PARTS: dict[str, Callable[[Sql], Sql]] = {
    "CALENDAR_YEAR": _year,
    "CALENDAR_QUARTER": _quarter,
    "CALENDAR_MONTH": _month,
    "FISCAL_YEAR": _year,
    "FISCAL_QUARTER": _quarter,
    "FISCAL_MONTH": _month,
    "DAY_IN_YEAR": _day_of_year,
    "DAY_IN_MONTH": _day_of_month,
    "DAY_IN_WEEK": lambda sql: _day_of_week(sql) + 1,
    "WEEK_IN_YEAR": lambda sql: (_day_of_year(sql) + 6) // 7,
    "WEEK_IN_MONTH": lambda sql: (_day_of_month(sql) + 6) // 7,
    "DAY_ONLY": _day,
    "HOUR_IN_DAY": _hour,
}
_OF_MOMENTS = frozenset({"DAY_ONLY", "HOUR_IN_DAY"})
