"""Date literals: the days that `TODAY`, `LAST_MONTH` or `NEXT_N_QUARTERS:2` mean on a given day.

The org's time zone is UTC, its weeks begin on Sunday and its fiscal year is the calendar year.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

Days = tuple[date, date]
"""The first day, and the day after the last."""

_DAY = timedelta(days=1)


def days_of(name: str, number: int | None, today: date) -> Days | None:
    """Return the days of a literal, or None where there is no such literal.

    Args:
        name: upper case, without the number: `LAST_N_DAYS`.
        number: what stands after the colon.
    """
    if number is None:
        return _days_of_plain(name, today)
    return _days_of_numbered(name, number, today)


def _days_of_plain(name: str, today: date) -> Days | None:
    if name in _SINGLE_DAYS:
        day = today + _DAY * _SINGLE_DAYS[name]
        return day, day + _DAY
    if name == "LAST_90_DAYS":
        return today - 90 * _DAY, today + _DAY
    if name == "NEXT_90_DAYS":
        return today + _DAY, today + 91 * _DAY
    found = re.fullmatch(r"(LAST|THIS|NEXT)_(?:FISCAL_)?(WEEK|MONTH|QUARTER|YEAR)", name)
    if found is None:
        return None
    offset = {"LAST": -1, "THIS": 0, "NEXT": 1}[found[1]]
    step = _STEPS[found[2]]
    return step(today, offset), step(today, offset + 1)


def _days_of_numbered(name: str, number: int, today: date) -> Days | None:
    found = re.fullmatch(r"(LAST|NEXT)_N_(?:FISCAL_)?(DAY|WEEK|MONTH|QUARTER|YEAR)S", name)
    if found is not None:
        step = _STEPS[found[2]]
        if found[1] == "NEXT":
            return step(today, 1), step(today, number + 1)
        # The last n days reach up to today; the last n weeks, months and so on end before the current one.
        return step(today, -number), step(today, 1 if found[2] == "DAY" else 0)
    found = re.fullmatch(r"N_(?:FISCAL_)?(DAY|WEEK|MONTH|QUARTER|YEAR)S_AGO", name)
    if found is not None:
        step = _STEPS[found[1]]
        return step(today, -number), step(today, 1 - number)
    return None


def _day(today: date, offset: int) -> date:
    return today + _DAY * offset


def _week(today: date, offset: int) -> date:
    days_since_sunday = (today.weekday() + 1) % 7
    return today + _DAY * (7 * offset - days_since_sunday)


def _month(today: date, offset: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + offset, 12)
    return date(year, month + 1, 1)


def _quarter(today: date, offset: int) -> date:
    return _month(today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), 3 * offset)


def _year(today: date, offset: int) -> date:
    return date(today.year + offset, 1, 1)


_SINGLE_DAYS = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
_STEPS: dict[str, Callable[[date, int], date]] = {
    "DAY": _day,
    "WEEK": _week,
    "MONTH": _month,
    "QUARTER": _quarter,
    "YEAR": _year,
}
