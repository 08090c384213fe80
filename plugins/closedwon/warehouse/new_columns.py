"""Columns that no field fills: a new row gets a value there, `receive.new` of a mapping file, and keeps it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, cast, literal

from closedwon.kinds import KINDS
from closedwon.mapping.model import Mapping
from closedwon.mapping.model.receive import NewValue
from closedwon.warehouse.postgres_type import PostgresType

ORIGIN = "Set by the import in rows that it makes"
"""How the comment of such a column begins."""


def to_new_columns(mapping: Mapping) -> list[Column[Any]]:
    """Return the columns, of the type that each value has in the mapping file."""
    return [
        Column(name, PostgresType(type_of(value)), comment=f"{ORIGIN}: {_in_words(value)}; ours since then.")
        for name, value in mapping.new_values.items()
    ]


def to_new_values(mapping: Mapping) -> dict[str, ColumnElement[Any]]:
    """Return by column what is inserted with a new row."""
    return {
        name: cast(literal(value, PostgresType(type_of(value))), PostgresType(type_of(value)))
        for name, value in mapping.new_values.items()
    }


def type_of(value: NewValue) -> str:
    """Return the type in Postgres of a column for such values."""
    kind = "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
    return KINDS[kind].postgres_type


def _in_words(value: NewValue) -> str:
    return str(value).lower() if isinstance(value, bool) else f"'{value}'" if isinstance(value, str) else str(value)
