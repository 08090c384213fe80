"""The days that a date literal means, as the table "Date Formats and Date Literals" of SOQL's reference has it.

The org's zone is UTC, weeks begin on Sunday, and the fiscal year is the calendar year.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

_DAY = timedelta(days=1)


def days_of(name: str, number: int | None, today: date) -> tuple[date, date]:
    """The first and the last day of a literal."""
    if name in ("YESTERDAY", "TODAY", "TOMORROW"):
        day = today + _DAY * ("YESTERDAY", "TODAY", "TOMORROW").index(name) - _DAY
        return day, day
    if name in ("LAST_90_DAYS", "NEXT_90_DAYS"):
        name, number = name.replace("90", "N"), 90
    if name == "LAST_N_DAYS" and number is not None:
        return today - _DAY * number, today
    unit = re.findall("DAY|WEEK|MONTH|QUARTER|YEAR", name)[0]
    first, last = _distances(name, number or 0)
    return _first_day(unit, today, first), _first_day(unit, today, last + 1) - _DAY


def _distances(name: str, number: int) -> tuple[int, int]:
    """The first and the last unit of a literal, counted from the current one."""
    if name.endswith("_AGO"):
        return -number, -number
    if "_N_" in name:
        return (-number, -1) if name.startswith("LAST") else (1, number)
    distance = {"LAST": -1, "THIS": 0, "NEXT": 1}[name[:4]]
    return distance, distance


def _first_day(unit: str, today: date, distance: int) -> date:
    """The first day of the day, week, month, quarter or year that is so far from the current one."""
    if unit == "DAY":
        return today + _DAY * distance
    if unit == "WEEK":
        return today - _DAY * (today.isoweekday() % 7) + _DAY * 7 * distance
    months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    counted = (today.year * 12 + today.month - 1) // months * months + distance * months
    return date(counted // 12, counted % 12 + 1, 1)
