"""Quick ways to read values that come in their usual form; whatever else there is goes the long way of `values`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from localorg.schema.model import Field

Reader = Callable[[str], Any]
"""The stored value, or None where the text has another form, or is wrong."""

KNOWN_AT_MOST = 20_000
YEARS = range(1700, 4001)
"""Those that dates may be in."""
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.0+)?Z", re.ASCII)


def text_reader(field: Field, trim: Callable[[str], str]) -> Reader:
    """Reads texts in ASCII, which need no search for what UTF-8 cannot hold."""
    longest = field.length

    def read(value: str) -> str | None:
        return text if value.isascii() and 0 < len(text := trim(value)) <= longest else None

    return read


def plain_reader(field: Field) -> Reader | None:
    """A reader for the types whose long way is long."""
    make = _READERS.get(field.type)
    return make(field) if make else None


class Remembered(dict[str, Any]):
    """What texts are read as, each of them once; for columns in which the same ones come again and again."""

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


def _double_reader(field: Field) -> Reader:
    places = rf"(\.[0-9]{{0,{field.scale}}})?" if field.scale else r"\.?0*"
    matches = re.compile(rf"[+-]?[0-9]{{1,{max(field.precision - field.scale, 1)}}}{places}").fullmatch
    return lambda value: float(value) if matches(value) else None


def _integer_reader(field: Field) -> Reader:
    matches = re.compile(rf"[+-]?[0-9]{{1,{max(field.digits, 1)}}}").fullmatch
    return lambda value: int(value) if matches(value) else None


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


_READERS: dict[str, Callable[[Field], Reader]] = {
    "double": _double_reader,
    "currency": _double_reader,
    "percent": _double_reader,
    "int": _integer_reader,
    "datetime": _datetime_reader,
}
