"""Columns of the fields that `receive.others` takes in: the table grows when the org's describe has been read."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from closedwon.mapping.model import Mapping
from closedwon.mapping.others import find_others
from closedwon.warehouse.column_sources import find_new_columns, find_sources, mark_ended_columns
from closedwon.warehouse.grow_tables import add_columns, renew_comments
from closedwon.warehouse.mapped_tables import table_of
from closedwon.warehouse.postgres_catalog import read_held
from closedwon.warehouse.prepare import lock_preparation
from closedwon.warehouse.state.unfilled_column import await_full_read


def take_in_others(connection: Connection, mapping: Mapping, describe: Dictionary[str, Any]) -> Mapping:
    """Return the mapping with the org's other fields, and make their columns; as it is without `receive.others`.

    The next import that begins fills a new column in all rows. The column of a field that the org has no longer stays,
    and its comment says so.
    """
    if not mapping.others_line:
        return mapping
    lock_preparation(connection)
    held = read_held(connection, [mapping.table.split(".")[0]])
    columns = held.columns[mapping.table]
    others = find_others(mapping, describe, find_sources(mapping, columns), set(columns))
    whole = replace(mapping, fields=(*mapping.fields, *others))
    # The first task has seen to all other columns, and to what is said of a table that several mappings fill.
    alone = replace(mapping, fields=others)
    table = table_of(alone)
    table.comment = held.comments[mapping.table]
    add_columns(connection, table, held)
    renew_comments(connection, table, held)
    await_full_read(connection, mapping.name, find_new_columns(alone, columns))
    mark_ended_columns(connection, whole, columns)
    return whole
