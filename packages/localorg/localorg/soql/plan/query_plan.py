"""Plan of a query: the SQL to run, and the shape of its records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, select

from localorg.schema.model import Field, SObject
from localorg.soql.run.value_formats import to_json
from localorg.storage.conditions import listed
from localorg.storage.tables import ROW

Row = Sequence[Any]


@dataclass(frozen=True)
class Leaf:
    """A value of its own, in column `index` of the row. `field` is the one that it is read from, if it is of one."""

    key: str
    index: int
    kind: str
    field: Field | None = None
    is_aggregate: bool = False

    def value(self, row: Row) -> Any:
        return to_json(self.kind, row[self.index])


@dataclass(frozen=True)
class Address:
    """A compound field: an object of its parts in alphabetical order, null where all of them are."""

    key: str
    parts: tuple[tuple[str, int], ...]
    field: Field

    def value(self, row: Row) -> dict[str, Any] | None:
        found = {name: row[index] for name, index in self.parts}
        return found if any(value is not None for value in found.values()) else None


@dataclass(frozen=True)
class Parent:
    """A parent record. `identities` pairs each object that it may be of with the column of its id."""

    key: str
    identities: tuple[tuple[str, int], ...]
    nodes: tuple[Node, ...]
    reference: Field


@dataclass(frozen=True)
class TypedParent:
    """A parent whose fields depend on what it is; null where it is none of these."""

    key: str
    branches: tuple[Parent, ...]


@dataclass(frozen=True)
class Children:
    """A child subquery, run for all the parents of a page at once."""

    key: str
    plan: RecordPlan
    foreign_key: ColumnElement[Any]
    """The column of the children that names the parent."""


Node = Leaf | Address | Parent | TypedParent | Children


@dataclass(frozen=True)
class CountPlan:
    """`SELECT COUNT()`: only a number, no records."""

    entity: SObject
    statement: Select[Any]

    @property
    def sobject(self) -> str:
        return self.entity.name


@dataclass(frozen=True)
class AggregatePlan:
    """An aggregate query, whose records have no fields but these."""

    entity: SObject
    statement: Select[Any]
    leaves: tuple[Leaf, ...]
    is_grouped: bool

    @property
    def sobject(self) -> str:
        return self.entity.name


@dataclass(frozen=True)
class RecordPlan:
    """A query for records, in two steps: which rows, in order; and later, page by page, what is in them."""

    entity: SObject
    table: FromClause
    source: FromClause
    columns: tuple[ColumnElement[Any], ...]
    """The first is the row's key, the second the record's id."""
    nodes: tuple[Node, ...]
    flat: tuple[tuple[str, int, str], ...]
    """For CSV: each field's path, its column and its type."""
    conditions: tuple[ColumnElement[bool], ...]
    ordering: tuple[ColumnElement[Any], ...]
    limit: int | None
    offset: int | None
    has_long_text: bool

    @property
    def sobject(self) -> str:
        return self.entity.name

    @property
    def is_sorted(self) -> bool:
        """Return whether the query asks for an order; the order of the rows' keys is always the last to decide."""
        return len(self.ordering) > 1

    @property
    def has_addresses(self) -> bool:
        return _has_addresses(self.nodes)

    def keys_statement(self) -> Select[Any]:
        """Select the keys of the rows that the query finds, in its order."""
        statement = select(self.table.c[ROW]).select_from(self.source).where(*self.conditions)
        return statement.order_by(*self.ordering).limit(self.limit).offset(self.offset)

    @cached_property
    def rows_statement(self) -> Select[Any]:
        """Select the rows of which the parameter `keys` has the keys, as JSON; in the order of keys, unless sorted."""
        labelled = (sql.label(f"c{number}") for number, sql in enumerate(self.columns))
        statement = select(*labelled).select_from(self.source).where(self.table.c[ROW].in_(listed("keys")))
        return statement if self.is_sorted else statement.order_by(self.table.c[ROW])


Plan = CountPlan | AggregatePlan | RecordPlan


def _has_addresses(nodes: Sequence[Node]) -> bool:
    return any(isinstance(n, Address) or (isinstance(n, Parent) and _has_addresses(n.nodes)) for n in nodes)
