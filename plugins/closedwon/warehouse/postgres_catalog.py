"""Existing tables, columns and comments of the warehouse, read from Postgres's catalog in one statement."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

_RELATIONS = text(
    """
    SELECT n.nspname || '.' || c.relname AS relation, c.relkind IN ('r', 'p', 'f') AS is_table,
           obj_description(c.oid, 'pg_class') AS about,
           EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgname = 'keep_unlinked_update') AS keeps_unlinked,
           a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, col_description(c.oid, a.attnum) AS comment
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE n.nspname = ANY (:schemas)
     ORDER BY c.oid, a.attnum
    """
)


@dataclass(frozen=True)
class HeldColumn:
    """An existing column, with its type as Postgres writes it."""

    type: str
    comment: str | None


@dataclass(frozen=True)
class Held:
    """The existing relations of some schemas; names as `schema.name`."""

    columns: Dictionary[str, Dictionary[str, HeldColumn]]
    """By table, then by column."""
    comments: Dictionary[str, str | None]
    """Comment of each table."""
    keeping_unlinked: frozenset[str]
    """Tables with the triggers for links that people write."""
    other_names: frozenset[str]
    """Names of views, indexes and sequences, which no table can have."""


def read_held(connection: Connection, schemas: Sequence[str]) -> Held:
    """Return the tables, columns, comments and other names in these schemas."""
    columns: dict[str, dict[str, HeldColumn]] = {}
    comments: dict[str, str | None] = {}
    keeping_unlinked, other_names = set[str](), set[str]()
    for row in connection.execute(_RELATIONS, {"schemas": list(schemas)}):
        if not row.is_table:
            other_names.add(row.relation)
            continue
        comments[row.relation] = row.about
        if row.keeps_unlinked:
            keeping_unlinked.add(row.relation)
        of_table = columns.setdefault(row.relation, {})
        if row.name is not None:
            of_table[row.name] = HeldColumn(row.type, row.comment)
    return Held(columns, comments, frozenset(keeping_unlinked), frozenset(other_names))
