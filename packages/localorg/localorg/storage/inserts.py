"""Insert many rows of one table through the driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Integer, Table, insert
from sqlalchemy.dialects import sqlite

_DIALECT = sqlite.dialect()


def insert_records(connection: Connection, table: Table, records: Mapping[str, Sequence[Any]]) -> None:
    """Insert records, given as columns: by the name of a field, its values record by record.

    Columns that are null in all of them are left out, because most records fill few of the many fields of their object;
    and the driver takes the rows as they are, where SQLAlchemy would look at each parameter of each row.
    """
    # In the order of the table, which is that of the compiled statement; hidden fields come last in records.
    in_order = [(column.name, records[column.name]) for column in table.columns if column.name in records]
    filled = [(name, values) for name, values in in_order if values.count(None) < len(values)]
    rows = list(zip(*(_plain(table, name, values) for name, values in filled), strict=True))
    if not rows:
        return
    connection.exec_driver_sql(_insert_statement(table, tuple(name for name, _ in filled)), rows)


def _plain(table: Table, name: str, values: Sequence[Any]) -> Sequence[Any]:
    """Return booleans as numbers; the driver would look for an adapter for each boolean."""
    if not isinstance(table.c[name].type, Integer):
        return values
    return [None if value is None else int(value) for value in values]


@lru_cache(maxsize=256)
def _insert_statement(table: Table, names: tuple[str, ...]) -> str:
    return str(insert(table).compile(dialect=_DIALECT, column_keys=names))
