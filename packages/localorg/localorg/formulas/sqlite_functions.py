"""Python functions that formulas and aggregates call by name from SQLite.

None stands for what Salesforce shows as #Error!, and for null. Nothing raises: an error would stop the whole query.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import wraps
from typing import Any

from localorg.number_texts import to_number_text
from localorg.timestamps import to_stamp

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_FAILURES = (ArithmeticError, ValueError, TypeError, re.error)


def install(connection: sqlite3.Connection) -> None:
    """Register the functions on one connection."""
    for name, (count, function) in _FUNCTIONS.items():
        connection.create_function(name, count, _null_safe(function), deterministic=True)
    connection.create_aggregate("decimal_sum", 1, _DecimalSum)
    connection.create_aggregate("decimal_avg", 1, _DecimalAverage)


class _DecimalSum:
    """Adds numbers by their decimal digits: 0.1, 0.2 and 0.3 are 0.6. None where there are none."""

    def __init__(self) -> None:
        self._total = Decimal(0)
        self._count = 0

    def step(self, number: Any, /) -> None:
        if number is not None:
            self._total += Decimal(repr(number))
            self._count += 1

    def finalize(self) -> Any:
        return float(self._total) if self._count else None


class _DecimalAverage(_DecimalSum):
    def finalize(self) -> Any:
        return float(self._total / self._count) if self._count else None


def _null_safe(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function so that it returns None for an argument of None, or where there is no result."""

    @wraps(function)
    def call(*arguments: Any) -> Any:
        if None in arguments:
            return None
        try:
            return function(*arguments)
        except _FAILURES:
            return None

    return call


def _round(number: float, digits: float) -> float:
    """Round half up, by the digits that a person sees: 1.005 becomes 1.01."""
    return float(Decimal(repr(number)).quantize(Decimal(1).scaleb(-int(digits)), rounding=ROUND_HALF_UP))


def _text(number: float) -> str:
    written = format(Decimal(repr(number)).normalize(), "f")
    return "0" if written == "-0" else written


def _value(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text.strip()) else None


def _ceiling(number: float) -> float:
    """Round away from zero, as Salesforce rounds up negative numbers."""
    return math.copysign(math.ceil(abs(number)), number)


def _floor(number: float) -> float:
    """Round towards zero, as Salesforce rounds down negative numbers."""
    return float(math.trunc(number))


def _power(base: float, exponent: float) -> float | None:
    result = base**exponent
    return result if isinstance(result, float) and math.isfinite(result) else None


def _date(year: float, month: float, day: float) -> str:
    return date(int(year), int(month), int(day)).isoformat()


def _datevalue(text: str) -> str:
    return date.fromisoformat(text[:10]).isoformat()


def _shift(moment: str, days: float) -> str:
    """Shift a date by whole days, a date and time also by parts of a day."""
    if len(moment) > len("2026-01-02"):
        return to_stamp(datetime.fromisoformat(moment) + timedelta(days=days))
    return (date.fromisoformat(moment) + timedelta(days=math.trunc(days))).isoformat()


def _days(later: str, earlier: str) -> float:
    """Return the days between two dates, or with their parts between two points in time."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)) / timedelta(days=1)


def _matches(text: str, pattern: str) -> bool:
    return re.fullmatch(pattern, text) is not None


_FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "formula_round": (2, _round),
    "number_text": (1, to_number_text),
    "formula_text": (1, _text),
    "formula_value": (1, _value),
    "formula_upper": (1, str.upper),
    "formula_lower": (1, str.lower),
    "formula_ceiling": (1, _ceiling),
    "formula_floor": (1, _floor),
    "formula_mod": (2, math.fmod),
    "formula_power": (2, _power),
    "formula_date": (3, _date),
    "formula_datevalue": (1, _datevalue),
    "formula_shift": (2, _shift),
    "formula_days": (2, _days),
    "formula_matches": (2, _matches),
}
