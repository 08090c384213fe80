"""Rows of other tables that a mapping finds by their values: which they are, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Dictionary

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    column,
    literal,
    select,
    table,
)

from closedwon.mapping.model import Field, Mapping
from closedwon.warehouse.folding import find_collation, fold
from closedwon.warehouse.postgres_catalog import Held, HeldColumn

_WANTED = {"is_active": True, "is_deleted": False}
"""What a row must not contradict to be found, where its table has such a column."""


def foundable_rows(field: Field, held: Held) -> tuple[FromClause, list[ColumnElement[bool]]]:
    """Return the table that a field looks in, and the conditions that a row must meet to be found."""
    (name,) = field.references
    schema, bare = name.split(".")
    marks = [mark for mark in _WANTED if _is_mark(held.columns[name].get(mark))]
    names = dict.fromkeys(["id", *field.find_by.values(), *field.default, *marks])
    rows = table(bare, *map(column, names), schema=schema)
    return rows, [rows.c[mark].is_distinct_from(not _WANTED[mark]) for mark in marks]


def find_defaults(connection: Connection, field: Field, held: Held) -> Sequence[int]:
    """Return the ids of the rows that the field's default names, at most two."""
    rows, conditions = foundable_rows(field, held)
    collation = find_collation(connection)
    named = ((rows.c[name], literal(value)) for name, value in field.default.items())
    agree = [fold(ours, collation) == fold(wanted, collation) for ours, wanted in named]
    return connection.scalars(select(rows.c.id).where(*agree, *conditions).limit(2)).all()


def find_lookup_findings(connection: Connection, mapping: Mapping, held: Held) -> Iterator[str]:
    """Yield a message for each look-up without its table or columns, or whose default is no row or several."""
    for field in (field for field in mapping.received if field.is_looked_up):
        where, (name,) = f"{mapping.file}, line {field.line}", field.references
        columns = held.columns.get(name)
        missing = [one for one in ("id", *field.find_by.values(), *field.default) if one not in (columns or {})]
        if columns is None:
            yield f"{where}: there is no table {name}, in which {field.column} is looked up. Make it, or name another."
        elif missing:
            yield f"{where}: {name}, in which {field.column} is looked up, has no column {' and none '.join(missing)}."
        elif field.default and len(found := find_defaults(connection, field, held)) != 1:
            yield f"{where}: {_say_default(field, len(found))}"


def reference_schemas(mappings: Iterable[Mapping]) -> set[str]:
    """Return the schemas of the tables that the mappings look rows up in."""
    fields = (field for mapping in mappings for field in mapping.received if field.is_looked_up)
    return {name.split(".")[0] for field in fields for name in field.references}


def _is_mark(seen: HeldColumn | None) -> bool:
    return seen is not None and seen.type == "boolean"


def _say_default(field: Field, found: int) -> str:
    (name,) = field.references
    named = in_words(field.default)
    seen = f"the default of {field.column} is {'several active rows' if found else 'no active row'} of {name} ({named})"
    if found:
        return f"{seen}, so that nobody can say which one is meant. Leave one, or name more columns in `default`."
    return f"{seen}, so that records without a match could not be written. Insert one into {name} with {named}."


def in_words(default: Dictionary[str, str]) -> str:
    """Return what a default names, as `email = 'desk@example.com'`."""
    return " and ".join(f"{name} = '{value}'" for name, value in default.items())
