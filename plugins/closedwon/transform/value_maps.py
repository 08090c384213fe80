"""Translation of picklist labels to our codes and back, a whole column at a time. Pure."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from typing import Any

from pandas import Series

from closedwon.mapping.model import Quarantine, ValueMap


def to_codes(labels: Series[Any], values: ValueMap, fallback: str | Quarantine | None) -> Series[Any]:
    """Return our codes for the labels; an unlisted one becomes the fallback, or missing if the fallback is no code."""
    codes = _translate(labels, values.codes)
    return codes.mask(codes.isna() & labels.notna(), fallback) if isinstance(fallback, str) else codes


def to_labels(codes: Series[Any], values: ValueMap) -> Series[Any]:
    """Return the labels for our codes, missing where no label has the code; the value map is one-to-one."""
    return _translate(codes, {code: label for label, code in values.codes.items()})


def _translate(texts: Series[Any], table: Dictionary[str, str]) -> Series[Any]:
    # A column has few distinct texts: each is looked up once, not once per row.
    positions, distinct = texts.factorize()
    translated = Series(distinct).map(table).astype("str")
    return Series(translated.array.take(positions, allow_fill=True), index=texts.index)
