"""One FROM with the parents that its paths reach: API names in, SQL expressions out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, func, literal

from localorg.schema.model import TEXT_TYPES, Field, Schema, SObject
from localorg.soql.faults import QueryFaults
from localorg.soql.syntax import Path


@dataclass
class World:
    """What every part of one query is resolved against."""

    schema: Schema
    alias_of: Callable[[SObject, int], FromClause]
    """The table of an object as it stands the n-th time in the query."""
    faults: QueryFaults
    include_deleted: bool
    now: datetime
    _used: Counter[str] = field(default_factory=Counter)

    def table_of(self, sobject: SObject) -> FromClause:
        """The table of an object, under another name each time."""
        self._used[sobject.name] += 1
        return self.alias_of(sobject, self._used[sobject.name] - 1)


@dataclass(frozen=True)
class Resolved:
    """A path that was found: its SQL, its field, and the names in the schema's own spelling."""

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


_TYPE_OF_PARENT = Field("Type", "picklist", "Type")


class Scope:
    """Resolves paths from one object, and collects the joins that they need."""

    def __init__(self, world: World, sobject: SObject, alias: str | None = None) -> None:
        self.world = world
        self.sobject = sobject
        self.table = world.table_of(sobject)
        self._alias = (alias or sobject.name).lower()
        self._parents: dict[tuple[str, ...], tuple[Parent, ...]] = {}
        self._source: FromClause = self.table

    @property
    def source(self) -> FromClause:
        """The table with all joins made so far."""
        return self._source

    def alive(self) -> list[ColumnElement[bool]]:
        """The condition that leaves out deleted records, where the query wants that."""
        if self.world.include_deleted or not self.sobject.is_recycled:
            return []
        return [self.table.c["IsDeleted"] == 0]

    def resolve(self, path: Path) -> Resolved:
        """The field at the end of a path.

        Raises:
            OrgError: INVALID_FIELD, for a relationship or a field that does not exist.
        """
        names = self._without_alias(path.names)
        parents, spelled = self.parents_of(names[:-1], path)
        return self._field_of(parents, names[-1], spelled, path)

    def parents_of(self, names: tuple[str, ...], path: Path) -> tuple[tuple[Parent, ...], tuple[str, ...]]:
        """The objects at the end of a chain of relationships, joined, and the chain as the schema spells it."""
        parents: tuple[Parent, ...] = (Parent(self.sobject, self.table),)
        spelled: tuple[str, ...] = ()
        for name in names:
            parents, relationship = self._join(parents, spelled, name, path)
            spelled += (relationship,)
        return parents, spelled

    def _without_alias(self, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(names) > 1 and names[0].lower() == self._alias and self.sobject.relationship(names[0]) is None:
            return names[1:]
        return names

    def _join(
        self, parents: tuple[Parent, ...], spelled: tuple[str, ...], name: str, path: Path
    ) -> tuple[tuple[Parent, ...], str]:
        holders = [(p, reference) for p in parents if (reference := p.sobject.relationship(name)) is not None]
        if not holders:
            raise self.world.faults.unknown_parent(name, path.at)
        relationship = holders[0][1].relationship or name
        key = (*spelled, relationship)
        if key not in self._parents:
            foreign_key = _either([holder.table.c[reference.name] for holder, reference in holders])
            self._parents[key] = self._join_targets(foreign_key, holders[0][1], name, path)
        return self._parents[key], relationship

    def _join_targets(
        self, foreign_key: ColumnElement[Any], reference: Field, name: str, path: Path
    ) -> tuple[Parent, ...]:
        targets = [t for to in reference.reference_to if (t := self.world.schema.find(to)) is not None]
        if not targets:
            raise self.world.faults.unknown_parent(name, path.at)
        joined = []
        for target in targets:
            table = self.world.table_of(target)
            condition = table.c["Id"] == foreign_key
            if target.is_recycled and not self.world.include_deleted:
                condition = and_(condition, table.c["IsDeleted"] == 0)
            self._source = self._source.outerjoin(table, condition)
            joined.append(Parent(target, table))
        return tuple(joined)

    def _field_of(self, parents: tuple[Parent, ...], name: str, spelled: tuple[str, ...], path: Path) -> Resolved:
        if len(parents) > 1 and name.lower() == "type":
            kinds = case(*((p.table.c["Id"].is_not(None), literal(p.sobject.name)) for p in parents))
            return Resolved(kinds, _TYPE_OF_PARENT, parents[0].sobject, (*spelled, "Type"))
        holders = [(p, found) for p in parents if (found := p.sobject.find(name)) is not None]
        if not holders:
            entity = parents[0].sobject.name if len(parents) == 1 else "Name"
            raise self.world.faults.unknown_field(name, entity, path.at)
        parent, field = holders[0]
        columns = [p.table.c[f.name] for p, f in holders if f.is_stored]
        sql = _either(columns) if columns else parent.table.c["Id"]
        if len(columns) > 1 and field.type in TEXT_TYPES:
            sql = sql.collate("NOCASE")
        return Resolved(sql, field, parent.sobject, (*spelled, field.name))


def _either(columns: list[Any]) -> ColumnElement[Any]:
    """The one of several columns that is not null: only one object of a polymorphic relationship is there."""
    return columns[0] if len(columns) == 1 else func.coalesce(*columns)
