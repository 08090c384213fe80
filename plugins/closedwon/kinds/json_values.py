"""Values as JSON has them: Python's own types in a column of dtype `object`, with None for empty."""

from __future__ import annotations

from typing import Any

from pandas import Series


def to_json(values: Series[Any]) -> Series[Any]:
    """Return the values as plain Python values, which numpy's own are not to a JSON encoder; None where missing."""
    return values.astype(object).where(values.notna(), None)
