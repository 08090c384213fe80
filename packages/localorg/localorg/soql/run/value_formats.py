"""Convert values from SQLite to JSON, and to the words of FORMAT()."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from localorg.timestamps import to_json_stamp

JSON_FORMS: dict[str, Callable[[Any], Any]] = {"boolean": bool, "datetime": to_json_stamp}
"""Types whose form in SQLite differs from that in JSON."""

FORMATTED = "formatted "
"""Before a type: its values as people read them. Behind it may stand how many decimals a number has."""


def to_json(kind: str, value: Any) -> Any:
    """Return the value as JSON has it."""
    if value is None:
        return None
    if kind.startswith(FORMATTED):
        return _to_words(kind.removeprefix(FORMATTED), value)
    form = JSON_FORMS.get(kind)
    return value if form is None else form(value)


def _to_words(kind: str, value: Any) -> str:
    """Return a value as FORMAT() writes it for a user in the United States, as all users of the org are."""
    name, _, decimals = kind.partition(" ")
    match name:
        case "date":
            return _to_day(date.fromisoformat(value))
        case "datetime":
            moment = datetime.fromisoformat(value)
            return f"{_to_day(moment.date())}, {moment.hour % 12 or 12}:{moment:%M %p}"
        case "currency":
            code, _, amount = str(value).rpartition(" ")
            return f"{code} {float(amount):,.2f}" if code else f"${float(amount):,.2f}"
        case "percent":
            return f"{_to_number(value, decimals)}%"
        case "int" | "double":
            return _to_number(value, decimals)
        case _:
            return str(value)


def _to_day(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _to_number(value: float, decimals: str) -> str:
    text = f"{value:,.{int(decimals or 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
