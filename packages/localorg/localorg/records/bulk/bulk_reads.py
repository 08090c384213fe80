"""Read many records with one statement: which ids exist, and which records hold a value."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, String, Table, bindparam, func, select

from localorg.schema.model import Field
from localorg.storage.conditions import alive, holds, listed


def existing_ids(connection: Connection, table: Table, ids: Iterable[str]) -> set[str]:
    """Return those of the ids whose records are there, and not deleted."""
    found = connection.execute(_existing_ids_statement(table), {"ids": json.dumps(list(ids))})
    return set(found.scalars())


def rows_by_id(connection: Connection, table: Table, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the records, not deleted ones, as they are stored."""
    found = connection.execute(_rows_by_id_statement(table), {"ids": json.dumps(list(ids))})
    return {row["Id"]: dict(row) for row in found.mappings()}


def ids_by_value(connection: Connection, table: Table, field: Field, values: Iterable[Any]) -> dict[Any, list[str]]:
    """Return the ids of the records, not deleted ones, by the value that they hold in the field, in order.

    SQLite compares, so that letters are the same in either case wherever they are in `external_ids.find_ids`.
    """
    wanted = list(values)
    statement = _ids_by_value_statement(table, field)
    found: dict[Any, list[str]] = {}
    for position, record_id in connection.execute(statement, {"values": json.dumps(wanted)}):
        found.setdefault(wanted[position], []).append(record_id)
    return found


@lru_cache(maxsize=256)
def _existing_ids_statement(table: Table) -> Select[Any]:
    return select(table.c["Id"]).where(table.c["Id"].in_(listed("ids")), alive(table))


@lru_cache(maxsize=256)
def _rows_by_id_statement(table: Table) -> Select[Any]:
    return select(table).where(table.c["Id"].in_(listed("ids")), alive(table))


@lru_cache(maxsize=256)
def _ids_by_value_statement(table: Table, field: Field) -> Select[Any]:
    given = func.json_each(bindparam("values", type_=String)).table_valued("key", "value")
    joined = given.join(table, holds(table, field, given.c.value))
    return select(given.c.key, table.c["Id"]).select_from(joined).where(alive(table)).order_by(table.c["Id"])
