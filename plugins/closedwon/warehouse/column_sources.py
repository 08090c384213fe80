"""Comparison of a table's columns with the fields that its mapping fills them from, by the columns' comments."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dictionary

from sqlalchemy import Connection, func, select

from closedwon.mapping.model import Field, Mapping
from closedwon.mapping.model.names import SCOPE_COLUMN
from closedwon.warehouse.ddl import CommentOn
from closedwon.warehouse.mapped_tables import SCOPE_COMMENT, WRITTEN_ONCE, columns_of, scope_columns, source_of
from closedwon.warehouse.new_columns import ORIGIN
from closedwon.warehouse.postgres_catalog import HeldColumn

_ENDED = "Not filled any more since"


def find_new_columns(mapping: Mapping, held: Dictionary[str, HeldColumn]) -> list[str]:
    """Return the columns that the rows of an existing table have no values in, or those of another field or condition.

    A column that was written once so far, and is to follow the org now, is among them.

    Args:
        held: the table's columns before it was changed.
    """
    new = [
        column.name
        for field in mapping.received
        for column in columns_of(mapping, field)
        if not _is_filled(held.get(column.name), mapping, field)
    ]
    return [*new, SCOPE_COLUMN] if _has_other_scope(mapping, held.get(SCOPE_COLUMN)) else new


def mark_ended_columns(connection: Connection, mapping: Mapping, held: Dictionary[str, HeldColumn]) -> None:
    """Say in the comments of columns that the mapping filled before and fills no longer since when that is so."""
    filled = {*mapping.new_values, *(name for field in mapping.received for name in field.columns)}
    filled |= {column.name for column in scope_columns(mapping)}
    origins = (f"Salesforce {mapping.sobject}.", ORIGIN, SCOPE_COMMENT)
    today = connection.scalar(select(func.current_date()))
    for name, seen in held.items():
        comment = seen.comment or ""
        if name not in filled and comment.startswith(origins) and _ENDED not in comment:
            ended = f"{comment} {_ENDED} {today}: no mapping names it."
            connection.execute(CommentOn("COLUMN", f"{mapping.table}.{name}", ended))


def find_sources(mapping: Mapping, held: Dictionary[str, HeldColumn]) -> dict[tuple[str, str], str]:
    """Return the columns that fields of the mapping's object fill or have filled, by Salesforce field and type."""
    origin = re.compile(rf"Salesforce {mapping.sobject}\.(\w+)\.(?: |$)")
    found = {name: origin.match(seen.comment or "") for name, seen in held.items()}
    return {(match[1], held[name].type): name for name, match in found.items() if match}


def _is_filled(seen: HeldColumn | None, mapping: Mapping, field: Field) -> bool:
    """Return whether the rows have the field's values, by the column's comment: it names the field, and no end."""
    comment, source = (seen and seen.comment) or "", source_of(mapping, field)
    ends = _ENDED in comment or (WRITTEN_ONCE in comment and not field.is_written_once)
    return (comment == source or comment.startswith(f"{source} ")) and not ends


def _has_other_scope(mapping: Mapping, seen: HeldColumn | None) -> bool:
    """Return whether the rows were marked by another condition than the mapping's, or the table by none so far."""
    comment = (seen and seen.comment) or ""
    if mapping.where is None:
        return comment.startswith(SCOPE_COMMENT) and _ENDED not in comment
    return [comment] != [column.comment for column in scope_columns(mapping)]
