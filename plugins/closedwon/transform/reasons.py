"""Why a record cannot become a row: what was seen, where, and what to do, for the person who corrects it."""

from __future__ import annotations

from closedwon.mapping.model import Field, Mapping, ValueMap
from closedwon.mapping.spelling import did_you_mean

_LONGEST_QUOTE = 80
_NUL_SHOWN = "␀"

_SHOULD_BE = {
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "date": "a date such as 2026-01-31",
    "datetime": "a time with a zone such as 2026-01-31T12:00:00.000+0000",
    "reference": "a Salesforce id of 15 or 18 characters",
}


def explain(value: str | None, field: Field, mapping: Mapping) -> str:
    """The reason for which this value of this field keeps its record out of the warehouse."""
    if value is None:
        return (
            f"{field.salesforce} is empty, but {mapping.file}, line {field.line}, requires it. "
            f"Fill it in Salesforce, or take `required` out of {mapping.file}, then release the record."
        )
    if field.values is not None:
        return _explain_label(value, field, field.values, mapping)
    if field.type in ("text", "picklist"):
        return (
            f"{field.salesforce} = '{_quote(value)}' holds a NUL character, which Postgres cannot store. "
            "Remove it in Salesforce, then release the record."
        )
    return (
        f"{field.salesforce} = '{_quote(value)}' is not {_SHOULD_BE[field.type]}, as `type: {field.type}` in "
        f"{mapping.file}, line {field.line}, says. Correct it in Salesforce, or the type in {mapping.file}, "
        "then release the record."
    )


def to_printable(value: str | None) -> str | None:
    """The value with NUL shown as its symbol: quarantine is a table of Postgres, which cannot store the character."""
    return value.replace("\0", _NUL_SHOWN) if value is not None else None


def _explain_label(label: str, field: Field, values: ValueMap, mapping: Mapping) -> str:
    return (
        f"{field.salesforce} = '{_quote(label)}' is not one of the {len(values.codes)} mapped labels of {mapping.file}"
        f"{did_you_mean(label, values.codes)}. "
        f"Correct it in Salesforce, or add the label to {values.file}, then release the record."
    )


def _quote(value: str) -> str:
    shown = value.replace("\0", _NUL_SHOWN)
    return shown if len(shown) <= _LONGEST_QUOTE else f"{shown[:_LONGEST_QUOTE]}…"
