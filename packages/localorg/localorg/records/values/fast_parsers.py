"""Parse values in their usual form quickly; all others go through `stored_values`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from localorg.schema.model import Field

Reader = Callable[[str], Any]
"""The stored value, or None where the text has another form, or is wrong."""

_Number = tuple[Callable[[str], object], Callable[[str], float]]
"""Tests whether a text is a number of the field in its usual form, and converts it."""

KNOWN_AT_MOST = 20_000
YEARS = range(1700, 4001)
"""Those that dates may be in."""
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.0+)?Z", re.ASCII)


def fast_text_parser(field: Field, trim: Callable[[str], str]) -> Reader:
    """Return a parser of ASCII texts, which cannot hold what UTF-8 lacks."""
    longest = field.length

    def read(value: str) -> str | None:
        return text if value.isascii() and 0 < len(text := trim(value)) <= longest else None

    return read


def fast_parser(field: Field) -> Reader | None:
    """Return a fast parser, for types whose conversion is slow."""
    make = _READERS.get(field.type)
    return make(field) if make else None


class CachedParser(dict[str, Any]):
    """A cache of parsed texts, for columns in which the same few values repeat."""

    def __init__(self, convert: Callable[[Any], Any], known: Mapping[str, Any] = MappingProxyType({})) -> None:
        super().__init__(known)
        self._convert = convert
        self._known = known

    def __missing__(self, text: str) -> Any:
        if len(self) >= KNOWN_AT_MOST:
            self.clear()
            self.update(self._known)
        self[text] = self._convert(text)
        return self[text]


def fast_number_parser(field: Field) -> Callable[[Sequence[str]], list[Any] | None] | None:
    """Return a parser of many numbers at once, if all have their usual form; None for other types."""
    if field.type not in _NUMBERS:
        return None
    matches, to_number = _NUMBERS[field.type](field)
    return lambda values: list(map(to_number, values)) if all(map(matches, values)) else None


def _to_double(field: Field) -> _Number:
    return re.compile(rf"[+-]?[0-9]{{1,{max(field.precision - field.scale, 1)}}}(\.[0-9]{{0,20}})?").fullmatch, float


def _to_integer(field: Field) -> _Number:
    return re.compile(rf"[+-]?[0-9]{{1,{max(field.digits, 1)}}}").fullmatch, int


def _number_reader(field: Field) -> Reader:
    matches, to_number = _NUMBERS[field.type](field)
    return lambda value: to_number(value) if matches(value) else None


def _datetime_reader(_field: Field) -> Reader:
    def read(value: str) -> str | None:
        if not _UTC.fullmatch(value):
            return None
        try:
            moment = datetime.fromisoformat(value[:19])
        except ValueError:
            return None
        return value[:19] + ".000Z" if moment.year in YEARS else None

    return read


_NUMBERS: dict[str, Callable[[Field], _Number]] = {
    "double": _to_double,
    "currency": _to_double,
    "percent": _to_double,
    "int": _to_integer,
}
_READERS: dict[str, Callable[[Field], Reader]] = {
    **dict.fromkeys(_NUMBERS, _number_reader),
    "datetime": _datetime_reader,
}
