"""Columns ready for JSON: Python's own types in dtype `object`, with None for empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from pandas import Series


def to_json(values: Series[Any]) -> Series[Any]:
    """Return the values as Python's own types, since JSON encoders refuse numpy's; None where missing."""
    return values.astype(object).where(values.notna(), None)


def convert_values(values: Series[Any], convert: Callable[[Any], Any]) -> Series[Any]:
    """Return what `convert` makes of each value, of dtype `object`; None where missing.

    A column has few distinct values: each is converted once, not once per row.
    """
    positions, distinct = values.factorize()
    # The last one stands for the position -1, which is that of missing values.
    converted = np.empty(len(distinct) + 1, dtype=object)
    converted[:-1] = [convert(value) for value in distinct.tolist()]
    return Series(converted[positions], index=values.index, dtype=object)
