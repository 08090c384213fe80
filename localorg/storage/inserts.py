"""Many new rows of one table, written by the driver itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import sqlite

_DIALECT = sqlite.dialect()


def insert_records(connection: Connection, table: Table, records: Sequence[Mapping[str, Any]]) -> None:
    """Inserts records that all have the same keys in the same order.

    Columns that are null in all of them are left out, because most records fill few of the many fields of their object;
    and the driver takes the rows as they are, where SQLAlchemy would look at each parameter of each row.
    """
    if not records:
        return
    columns = list(zip(*(record.values() for record in records), strict=True))
    named = dict(zip(records[0], columns, strict=True))
    # In the order of the table, which is that of the compiled statement; hidden fields come last in records.
    in_order = [(column.name, named[column.name]) for column in table.columns if column.name in named]
    filled = [(name, values) for name, values in in_order if values.count(None) < len(values)]
    rows = list(zip(*(values for _, values in filled), strict=True))
    connection.exec_driver_sql(_insert_statement(table, tuple(name for name, _ in filled)), rows)


@lru_cache(maxsize=256)
def _insert_statement(table: Table, names: tuple[str, ...]) -> str:
    return str(insert(table).compile(dialect=_DIALECT, column_keys=names))
