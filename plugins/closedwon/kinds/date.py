"""Kind `date`: a calendar day. It has no time zone, so no conversion shifts it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from datetime import date as day
from typing import Any

import pandas as pd
from pandas import Series

from closedwon.kinds.json_values import convert_values
from closedwon.kinds.kind import Kind, OrgField


def _parse(texts: Series[Any]) -> Series[Any]:
    """Return each day as a timestamp at midnight without a time zone."""
    readable = texts.where(texts.str.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"))
    return pd.to_datetime(readable, format="ISO8601", errors="coerce").dt.as_unit("s")


YEARS = range(1700, 4001)
"""The years that Salesforce can hold."""

_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9:.+-]*)?")


def _normal(values: Series[Any], _: OrgField) -> Series[Any]:
    return convert_values(values, _to_day)


def _to_day(value: object) -> str | None:
    """Return the day, of a time its day as written; None for what no calendar or no org holds."""
    found = _DAY.fullmatch(str(value))
    if found is None:
        return None
    try:
        return found[1] if day.fromisoformat(found[1]).year in YEARS else None
    except ValueError:
        return None


def _parse_bound(bound: object) -> datetime | None:
    """Return midnight UTC at the start of the day, which is what days are compared as."""
    if not isinstance(bound, str):
        return None
    try:
        return datetime.combine(day.fromisoformat(bound), time(), UTC)
    except ValueError:
        return None


DATE = Kind(
    name="date",
    org_types=frozenset({"date"}),
    postgres_type="date",
    staged_type="date",
    parse=_parse,
    normal=_normal,
    expected="a date such as 2026-01-31 in the years 1700 to 4000",
    parse_bound=_parse_bound,
    bound_expected="a date such as 2026-01-31",
    limits=("1700-01-01", "4000-12-31"),
)
