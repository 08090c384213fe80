"""Conditions on the rows of any object's table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Table, func, literal, select


def among(column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
    """Whether the column holds one of the values, of which there may be more than SQLite takes parameters."""
    wanted = func.json_each(literal(json.dumps(list(values)))).table_valued("value")
    return column.in_(select(wanted.c.value))


def alive(table: Table) -> ColumnElement[bool]:
    """Whether a row is not deleted; objects without IsDeleted hold no deleted rows."""
    return table.c["IsDeleted"] == 0 if "IsDeleted" in table.c else table.c["Id"].is_not(None)
