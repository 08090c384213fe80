"""Comparison of a table's columns with the fields that its mapping fills them from, by the columns' comments."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary

from sqlalchemy import Connection, func, select

from closedwon.mapping.model import Mapping
from closedwon.warehouse.ddl import CommentOn
from closedwon.warehouse.mapped_tables import columns_of
from closedwon.warehouse.postgres_catalog import HeldColumn

_ENDED = "Not filled any more since"


def find_new_columns(mapping: Mapping, held: Dictionary[str, HeldColumn]) -> list[str]:
    """Return the columns that the rows of an existing table have no values in, or those of another field.

    Args:
        held: the table's columns before it was changed.
    """
    return [
        column.name
        for field in mapping.received
        for column in columns_of(mapping, field)
        if not _is_filled_from(held.get(column.name), f"Salesforce {mapping.sobject}.{field.salesforce}.")
    ]


def mark_ended_columns(connection: Connection, mapping: Mapping, held: Dictionary[str, HeldColumn]) -> None:
    """Say in the comments of columns that the mapping filled before and fills no longer since when that is so."""
    filled = {name for field in mapping.received for name in field.columns}
    today = connection.scalar(select(func.current_date()))
    for name, seen in held.items():
        comment = seen.comment or ""
        if name not in filled and comment.startswith(f"Salesforce {mapping.sobject}.") and _ENDED not in comment:
            ended = f"{comment} {_ENDED} {today}: no mapping names it."
            connection.execute(CommentOn("COLUMN", f"{mapping.table}.{name}", ended))


def _is_filled_from(seen: HeldColumn | None, source: str) -> bool:
    """Return whether the column's comment begins with this field, and does not say that it is filled no longer."""
    comment = (seen and seen.comment) or ""
    return (comment == source or comment.startswith(f"{source} ")) and _ENDED not in comment
