"""Which tables a new mapping can refer to."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass

from closedwon.mapping.model import Mapping


@dataclass(frozen=True)
class Parents:
    """The received tables by object, as seen from one of them."""

    table: str
    """The table that refers to them."""
    tables: Dictionary[str, str]
    """By Salesforce object: those that it can refer to, itself among them."""
    circular: frozenset[str]
    """The objects whose tables refer to it, directly or through others: it cannot refer back."""


def find_parents(mappings: Iterable[Mapping], sobject: str, table: str) -> Parents:
    """Return the tables that a mapping of this object and table can refer to."""
    others = [mapping for mapping in mappings if mapping.received and mapping.table != table]
    below = _tables_below(others, table)
    tables = {mapping.sobject: mapping.table for mapping in others if mapping.table not in below}
    circular = {mapping.sobject for mapping in others if mapping.table in below} - tables.keys()
    return Parents(table, tables | {sobject: table}, frozenset(circular - {sobject}))


def _tables_below(mappings: Iterable[Mapping], table: str) -> set[str]:
    refers = {mapping.table: {one for field in mapping.fields for one in field.references} for mapping in mappings}
    below: set[str] = set()
    found = {table}
    while found:
        found = {child for child, parents in refers.items() if parents & found} - below
        below |= found
    return below
