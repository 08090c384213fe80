"""SQL conditions that fit the table of any object."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, String, and_, bindparam, func, literal, select, true

from localorg.schema.model import Field


def among(column: ColumnElement[Any], values: Iterable[str]) -> ColumnElement[bool]:
    """Return whether the column holds one of the values, of which there may be more than SQLite takes parameters."""
    wanted = func.json_each(literal(json.dumps(list(values)))).table_valued("value")
    return column.in_(select(wanted.c.value))


def holds(table: FromClause, field: Field, value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether the field of a row holds the value by which records are found, in any case unless it is exact."""
    column = table.c[field.name]
    if not field.is_exact_key:
        return column == value
    return and_(column == value, column.collate("BINARY") == value)  # the first finds the row by the index


def listed(parameter: str) -> Select[Any]:
    """Select the values of a parameter, a list as JSON: `among` for cached statements."""
    return select(func.json_each(bindparam(parameter, type_=String)).table_valued("value", name=parameter).c.value)


def alive(table: FromClause) -> ColumnElement[bool]:
    """Return whether a row is not deleted; objects without IsDeleted hold no deleted rows."""
    return table.c["IsDeleted"] == 0 if "IsDeleted" in table.c else true()
