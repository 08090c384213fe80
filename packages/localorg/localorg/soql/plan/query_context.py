"""The context of one query, and what its paths resolve to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select

from localorg.schema.model import Field, Schema, SObject
from localorg.soql.syntax.query_errors import QueryErrors
from localorg.storage.conditions import alive

NARROWED = "<"
"""Begins the name of a chain that only some of the parents count in; no relationship is called so."""


@dataclass
class QueryContext:
    """Everything that the parts of one query are resolved against."""

    schema: Schema
    alias_of: Callable[[SObject, int], FromClause]
    """The table of an object as it stands the n-th time in the query."""
    errors: QueryErrors
    compute: Callable[..., ColumnElement[Any]]
    """The SQL of a computed field, see `computed_fields.to_computed`; handed in, as that resolves paths in turn."""
    include_deleted: bool
    now: datetime
    unseen: Callable[[SObject], Select[Any] | None] = lambda _: None
    """Selects the ids of the records of an object that are written but not visible yet, where there are such."""
    user_id: str = ""
    """Who asks: whose records are `mine`, and in whose currency amounts are converted."""
    _used: Counter[str] = field(default_factory=Counter)

    def table_of(self, sobject: SObject) -> FromClause:
        """Return the table of an object, under another name each time."""
        self._used[sobject.name] += 1
        return self.alias_of(sobject, self._used[sobject.name] - 1)

    def seen(self, sobject: SObject, table: FromClause) -> list[ColumnElement[bool]]:
        """Return the condition that leaves out records that are not visible yet."""
        unseen = self.unseen(sobject)
        return [] if unseen is None else [table.c["Id"].not_in(unseen)]

    def alive(self, sobject: SObject, table: FromClause) -> list[ColumnElement[bool]]:
        """Return the same, and the condition that leaves out deleted records, unless they are wanted."""
        seen = self.seen(sobject, table)
        return seen if self.include_deleted else [alive(table), *seen]


@dataclass(frozen=True)
class Resolved:
    """A resolved path: its SQL, its field, and the names as the schema spells them."""

    sql: ColumnElement[Any]
    field: Field
    sobject: SObject
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True)
class Parent:
    """One object that a relationship may lead to, as joined. A polymorphic relationship has several."""

    sobject: SObject
    table: FromClause


@dataclass(frozen=True)
class Reach:
    """The end of a chain of relationships: the objects there, and the chain as the schema spells it."""

    parents: tuple[Parent, ...]
    names: tuple[str, ...] = ()
    reference: Field | None = None
    """The field that the last relationship follows."""

    def narrowed(self, parents: tuple[Parent, ...]) -> Reach:
        """Return the same for some of the parents only. Its chain differs, so that it is joined separately."""
        kinds = "|".join(parent.sobject.name for parent in parents)
        return Reach(parents, (*self.names, f"{NARROWED}{kinds}"), self.reference)
