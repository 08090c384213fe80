"""Translation of picklist labels to our codes and back, a whole column at a time. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from pandas import DataFrame, Series

from closedwon.mapping.model import Mapping, Quarantine, ValueMap
from closedwon.transform.sources import read_values


def to_codes(labels: Series[Any], values: ValueMap, fallback: str | Quarantine | None) -> Series[Any]:
    """Return our codes for the labels; an unlisted one becomes the fallback, or missing if the fallback is no code."""
    codes = _translate(labels, values.find_code)
    return codes.mask(codes.isna() & labels.notna(), fallback) if isinstance(fallback, str) else codes


def to_labels(codes: Series[Any], values: ValueMap) -> Series[Any]:
    """Return the labels for our codes, missing where no label has the code; the value map is one-to-one."""
    return _translate(codes, {code: label for label, code in values.codes.items()}.get)


def count_fallbacks(page: DataFrame, mapping: Mapping) -> Counter[tuple[str, str]]:
    """Return how many records of a page hold a label that took the field's fallback, by column and label.

    Args:
        page: all texts, as from `pages.read_page`.
    """
    found: Counter[tuple[str, str]] = Counter()
    for field in mapping.received:
        if field.values and not isinstance(field.fallback, Quarantine):
            for label, records in read_values(page, field).value_counts().items():
                if field.values.find_code(str(label)) is None:
                    found[field.column, str(label)] += records
    return found


def explain_fallback(mapping: Mapping, column: str, label: str, records: int) -> str:
    """Return which label took the fallback in how many records, and what to do if that is not meant."""
    field = next(field for field in mapping.received if field.column == column)
    file = field.values.file if field.values else mapping.file
    became = f"'{field.fallback}'" if field.fallback else "empty"
    return (
        f"{mapping.name}: {' or '.join(field.sources)} = '{label}' is not in {file}, so that {field.column} is "
        f"{became} by `fallback` in {records} records. Add the label there if it means something else."
    )


def _translate(texts: Series[Any], translate: Callable[[str], str | None]) -> Series[Any]:
    # A column has few distinct texts: each is looked up once, not once per row.
    positions, distinct = texts.factorize()
    translated = Series(distinct).map(translate).astype("str")
    return Series(translated.array.take(positions, allow_fill=True), index=texts.index)
