"""The comment of the column of `receive.currency`: whether it holds the default, or each record's own currency."""

from __future__ import annotations

from sqlalchemy import Connection, text

from closedwon.mapping.currency import in_words
from closedwon.mapping.model import Mapping
from closedwon.warehouse.ddl import CommentOn
from closedwon.warehouse.mapped_tables import columns_of, source_of
from closedwon.warehouse.state.unfilled_column import await_full_read

_HELD = text("""
    SELECT col_description(attrelid, attnum) FROM pg_attribute
     WHERE attrelid = to_regclass(:table) AND attname = :column""")


def note_currency(connection: Connection, mapping: Mapping, *, is_several: bool) -> None:
    """Say in the column's comment what it holds; where that has changed, let the next import read all records.

    A new default changes no record in the org, and neither need the day on which an org gets several currencies.

    Args:
        mapping: its table has all of its columns.
    """
    field = mapping.currency
    if field is None:
        return
    comment = f"{source_of(mapping, field)} {in_words(field, mapping, is_several=is_several)}"
    held = connection.execute(_HELD, {"table": mapping.table, "column": field.column}).scalar_one()
    if held != comment:
        connection.execute(CommentOn("COLUMN", f"{mapping.table}.{field.column}", comment))
    (made,) = columns_of(mapping, field)
    if held not in (comment, made.comment):
        await_full_read(connection, mapping.name, [field.column])
