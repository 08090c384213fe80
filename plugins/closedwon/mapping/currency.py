"""The currency of an object's amounts: the default of its mapping file, or in a multi-currency org the record's. Pure.

An org has several currencies where its describe has the field CurrencyIsoCode. The column of `receive.currency` is
filled from that field there; in an org of one currency, which has no such field, it is the default in every row.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import replace
from typing import Any

from closedwon.mapping.model import Currency, Field, Mapping

CODE = "CurrencyIsoCode"

SEVERAL = "Salesforce Account with Multicurrency: ON"
"""What people read in place of the default, where the org has several currencies."""


def to_field(currency: Currency, line: int) -> Field:
    """Return the field that fills the column of `receive.currency`."""
    return Field(CODE, currency.column, "text", "receive", currency=currency, line=line)


def has_several(describe: Dictionary[str, Any]) -> bool:
    """Return whether the org has several currencies, so that each record of the object has its own."""
    return any(field["name"] == CODE for field in describe["fields"])


def to_readable(mapping: Mapping, describe: Dictionary[str, Any]) -> Mapping:
    """Return the mapping without the record's currency if the org has one: it cannot be asked for it."""
    if has_several(describe):
        return mapping
    return replace(mapping, fields=tuple(field for field in mapping.fields if field.currency is None))


def check_amounts(mapping: Mapping, described: Dictionary[str, Dictionary[str, Any]]) -> Iterator[str]:
    """Yield the finding for a currency of no amounts.

    Args:
        described: the fields of the org's describe by name.
    """
    received = {name for field in mapping.received for name in field.sources}
    is_of_amounts = any(seen["type"] == "currency" for name, seen in described.items() if name in received)
    if mapping.currency is not None and not is_of_amounts:
        yield (
            f"{mapping.file}:{mapping.currency.line}: `receive.currency` says in which currency the amounts are, but "
            f"no amount of {mapping.sobject} is received, which would be of the type currency in the org: take it out"
        )


def in_words(field: Field, mapping: Mapping, *, is_several: bool) -> str:
    """Return what the column holds at present, for its comment and for the log."""
    if field.currency is None:
        raise ValueError(f"{field.column} holds no currency")
    if is_several:
        return f"{SEVERAL}. {field.column} is each record's own currency."
    return f"{field.column} is {field.currency.default} in every row, the default of {mapping.file}."
