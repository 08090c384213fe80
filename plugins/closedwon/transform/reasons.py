"""Reasons of rejects: what was seen, where, and what to do, for the person who corrects the record. Pure."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from closedwon.mapping.model import Currency, Field, Mapping, ValueMap
from closedwon.mapping.spelling import did_you_mean

NUL_SHOWN = "␀"
_LONGEST_QUOTE = 80
_REASONS_LISTED = 5
_THEN = "the next import then takes it in."


def explain(value: str | None, field: Field, mapping: Mapping) -> str:
    """Return the reason for which this value of this field keeps its record out of the warehouse."""
    if value is None:
        return (
            f"{' and '.join(field.sources)} {'are' if field.otherwise else 'is'} empty, but {mapping.file}, "
            f"line {field.line}, requires {'one of them' if field.otherwise else 'it'}. "
            f"Fill it in Salesforce, or take `required` out of {mapping.file}; {_THEN}"
        )
    if field.currency is not None:
        return _explain_currency(value, field.currency, field, mapping)
    if field.values is not None:
        return _explain_label(value, field, field.values, mapping)
    if "\0" in value:
        return (
            f"{field.salesforce} = '{quote(value)}' holds a NUL character, which Postgres cannot store. "
            f"Remove it in Salesforce; {_THEN}"
        )
    return (
        f"{field.salesforce} = '{quote(value)}' is not {field.kind.expected}, as `type: {field.type}` in "
        f"{mapping.file}, line {field.line}, says. Correct it in Salesforce, or the type in {mapping.file}; "
        f"{_THEN}"
    )


def sum_up(rejects: DataFrame, mapping: Mapping) -> list[str]:
    """Return what rejects have in common, the most frequent reason first, each with one of its records.

    Values may be personal, and this is for logs: only labels, which the mapping lists, are shown.

    Args:
        rejects: `salesforce_id`, `field`, `value` and `reason`, at least one.
    """
    labelled = {name for field in mapping.received if field.values or field.currency for name in field.sources}
    shared = [
        reason if name in labelled or pd.isna(value) else reason.replace(f"'{quote(value)}'", "'...'", 1)
        for name, value, reason in zip(rejects["field"], rejects["value"], rejects["reason"], strict=True)
    ]
    found = rejects.groupby(shared)["salesforce_id"].agg(["nunique", "min"]).sort_values("nunique", ascending=False)
    lines = [f"- {number} records, such as {first}: {reason}" for reason, number, first in found.itertuples()]
    others = len(lines) - _REASONS_LISTED
    return lines[:_REASONS_LISTED] + ([f"- and {others} reasons more"] if others > 0 else [])


def to_printable(texts: Series[Any]) -> Series[Any]:
    """Return the texts with NUL shown as its symbol: quarantine is a table of Postgres, which cannot store NUL."""
    return texts.str.replace("\0", NUL_SHOWN, regex=False)


def _explain_label(label: str, field: Field, values: ValueMap, mapping: Mapping) -> str:
    return (
        f"{field.salesforce} = '{quote(label)}' is not one of the {len(values.codes)} mapped labels of {mapping.file}"
        f"{did_you_mean(label, values.codes)}. "
        f"Correct it in Salesforce, or add the label to {values.file}; {_THEN}"
    )


def _explain_currency(code: str, currency: Currency, field: Field, mapping: Mapping) -> str:
    return (
        f"{field.salesforce} = '{quote(code)}' is none of our currencies ({', '.join(currency.codes)}), and no amount "
        f"is converted. Add it to `known` of `receive.currency` in {mapping.file}, line {field.line}; {_THEN}"
    )


def quote(value: str) -> str:
    """Return the beginning of a value, in a form that Postgres can store."""
    shown = value.replace("\0", NUL_SHOWN)
    return shown if len(shown) <= _LONGEST_QUOTE else f"{shown[:_LONGEST_QUOTE]}…"
