"""Reasons of rejects: what was seen, where, and what to do, for the person who corrects the record. Pure."""

from __future__ import annotations

from typing import Any

from pandas import Series

from closedwon.mapping.model import Field, Mapping, ValueMap
from closedwon.mapping.spelling import did_you_mean

_LONGEST_QUOTE = 80
NUL_SHOWN = "␀"


def explain(value: str | None, field: Field, mapping: Mapping) -> str:
    """Return the reason for which this value of this field keeps its record out of the warehouse."""
    if value is None:
        return (
            f"{field.salesforce} is empty, but {mapping.file}, line {field.line}, requires it. "
            f"Fill it in Salesforce, or take `required` out of {mapping.file}, then release the record."
        )
    if field.values is not None:
        return _explain_label(value, field, field.values, mapping)
    if "\0" in value:
        return (
            f"{field.salesforce} = '{_quote(value)}' holds a NUL character, which Postgres cannot store. "
            "Remove it in Salesforce, then release the record."
        )
    return (
        f"{field.salesforce} = '{_quote(value)}' is not {field.kind.expected}, as `type: {field.type}` in "
        f"{mapping.file}, line {field.line}, says. Correct it in Salesforce, or the type in {mapping.file}, "
        "then release the record."
    )


def to_printable(texts: Series[Any]) -> Series[Any]:
    """Return the texts with NUL shown as its symbol: quarantine is a table of Postgres, which cannot store NUL."""
    return texts.str.replace("\0", NUL_SHOWN, regex=False)


def _explain_label(label: str, field: Field, values: ValueMap, mapping: Mapping) -> str:
    return (
        f"{field.salesforce} = '{_quote(label)}' is not one of the {len(values.codes)} mapped labels of {mapping.file}"
        f"{did_you_mean(label, values.codes)}. "
        f"Correct it in Salesforce, or add the label to {values.file}, then release the record."
    )


def _quote(value: str) -> str:
    shown = value.replace("\0", NUL_SHOWN)
    return shown if len(shown) <= _LONGEST_QUOTE else f"{shown[:_LONGEST_QUOTE]}…"
