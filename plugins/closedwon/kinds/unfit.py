"""Values of ours that a field of the org cannot hold: found before anything is sent."""

from __future__ import annotations

from typing import Any

from pandas import DataFrame, Series

UNFIT_COLUMNS = ("code", "reason")
"""`code` is that of `sync.plan`; `reason` goes on where a message has named the value: "is not a number"."""

UNREADABLE = "UNREADABLE_VALUE"
TOO_LONG = "STRING_TOO_LONG"
OUT_OF_RANGE = "NUMBER_OUTSIDE_VALID_RANGE"


def to_unfit(code: str, reasons: Series[str]) -> DataFrame:
    """Return the reasons with their code; the index is that of the rows."""
    return DataFrame({"code": code, "reason": reasons}, index=reasons.index, columns=list(UNFIT_COLUMNS))


def find_unread(values: Series[Any], normal: Series[Any], expected: str) -> DataFrame:
    """Return the values that have no normal form.

    Args:
        values: ours, as the warehouse holds them.
        normal: the same in normal form.
        expected: as `Kind.expected`.
    """
    unread = values[values.notna() & normal.isna()]
    return to_unfit(UNREADABLE, Series(f"is not {expected}", index=unread.index, dtype=object))
