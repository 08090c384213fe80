"""Kind `time`: a time of day. It has no time zone, so no conversion shifts it."""

from __future__ import annotations

import re
from typing import Any

from pandas import Series

from closedwon.kinds.json_values import convert_values
from closedwon.kinds.kind import Kind, OrgField

_TIME = re.compile(r"((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])(?:\.([0-9]{1,9}))?")
"""Of ours: Postgres writes no fraction where there is none, and also holds 24:00:00, which no org does."""


def _parse(texts: Series[Any]) -> Series[Any]:
    """Return the same times without the `Z`, which Salesforce writes although they have no zone."""
    times = texts.str.removesuffix("Z")
    return times.where(times.str.fullmatch(_TIME.pattern))


def _normal(values: Series[Any], _: OrgField) -> Series[Any]:
    """Return texts at whole milliseconds, which is all that Salesforce keeps."""
    return convert_values(values, _to_text)


def _to_text(value: object) -> str | None:
    found = _TIME.fullmatch(str(value).removesuffix("Z"))
    return f"{found[1]}.{(found[2] or '')[:3]:0<3}Z" if found else None


TIME = Kind(
    name="time",
    org_types=frozenset({"time"}),
    postgres_type="time without time zone",
    staged_type="time without time zone",
    parse=_parse,
    normal=_normal,
    expected="a time of day such as 08:30:00.000Z",
)
