"""Columns ready for JSON: Python's own types in dtype `object`, with None for empty."""

from __future__ import annotations

from typing import Any

from pandas import Series


def to_json(values: Series[Any]) -> Series[Any]:
    """Return the values as Python's own types, since JSON encoders refuse numpy's; None where missing."""
    return values.astype(object).where(values.notna(), None)
