"""Kind `datetime`: a point in time, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
from pandas import Series

from closedwon.kinds.date import YEARS
from closedwon.kinds.json_values import convert_values
from closedwon.kinds.kind import Kind, OrgField

SENT_FORM = "%Y-%m-%dT%H:%M:%S.000+0000"
"""The form in which a datetime is sent to Salesforce, for a time in UTC."""


def parse_datetime(texts: Series[Any]) -> Series[Any]:
    """Return times in UTC, from `...000+0000` (REST) and `...000Z` (Bulk API 2.0); missing for one without zone."""
    # What Salesforce sends ends in one of these; a regular expression takes as long as the conversion itself.
    is_zoned = texts.str.endswith(("Z", "+0000"))
    if texts[~is_zoned].notna().any():
        is_zoned |= texts.str.contains("[+-][0-9]{2}:?[0-9]{2}$")
    readable = texts.where(is_zoned & texts.str.contains("T", regex=False))
    return pd.to_datetime(readable, format="ISO8601", utc=True, errors="coerce").dt.as_unit("us")


def _normal(values: Series[Any], _: OrgField) -> Series[Any]:
    """Return texts in UTC at whole seconds, which is all that Salesforce keeps."""
    return convert_values(values, _to_text)


def _to_text(value: object) -> str | None:
    """Return the time as it is sent; None for what no calendar or no org holds."""
    try:
        moment = datetime.fromisoformat(str(value))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.strftime(SENT_FORM) if moment.year in YEARS else None


def _parse_bound(bound: object) -> datetime | None:
    if not isinstance(bound, str):
        return None
    try:
        moment = datetime.fromisoformat(bound)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


DATETIME = Kind(
    name="datetime",
    org_types=frozenset({"datetime"}),
    postgres_type="timestamp with time zone",
    staged_type="timestamp with time zone",
    parse=parse_datetime,
    normal=_normal,
    expected="a time with a zone such as 2026-01-31T12:00:00.000+0000",
    parse_bound=_parse_bound,
    bound_expected="a datetime such as 2026-01-31T00:00:00Z",
    limits=("1700-01-01T00:00:00Z", "4000-12-31T23:59:59Z"),
)
