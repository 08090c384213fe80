"""Resolve field paths from one object to SQL, and collect the joins that they need."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, func, literal

from localorg.schema.model import TEXT_TYPES, Field, SObject
from localorg.soql.plan.query_context import NARROWED, Parent, QueryContext, Reach, Resolved
from localorg.soql.syntax.tree import Path

HIGHEST_PARENT = 5
_TYPE_OF_PARENT = Field("Type", "picklist", "Type")


class Scope:
    """Resolves paths from one object, and collects the joins that they need."""

    def __init__(self, context: QueryContext, sobject: SObject, alias: str | None = None) -> None:
        self.context = context
        self.sobject = sobject
        self.table = context.table_of(sobject)
        self._aliases: dict[str, tuple[str, ...]] = {(alias or sobject.name).lower(): ()}
        self._parents: dict[tuple[str, ...], tuple[Parent, ...]] = {}
        self._source: FromClause = self.table
        self.computing: list[Field] = []
        """The computed fields that are being worked out, from the outermost."""
        self._sees_all = False

    @property
    def source(self) -> FromClause:
        """Return the table with all joins made so far."""
        return self._source

    def alive(self) -> list[ColumnElement[bool]]:
        """Return the conditions that leave out deleted records, where the query wants that, and those not visible
        yet.
        """
        return self.context.alive(self.sobject, self.table)

    def resolve(self, path: Path) -> Resolved:
        """Return the field at the end of a path.

        Raises:
            OrgError: INVALID_FIELD, for a relationship or a field that does not exist.
        """
        *relationships, name = self.without_alias(path.names)
        reach = self.root
        for relationship in relationships:
            reach = self.follow(reach, relationship, path)
        return self.field(reach, name, path)

    def resolve_for_system(self, path: Path) -> Resolved:
        """Resolve a path for formulas and rules, which see what is hidden from the user, and reach further up."""
        seen, self._sees_all = self._sees_all, True
        try:
            reach = self.root
            for relationship in path.names[:-1]:
                reach = self._follow(reach, relationship, path)
            return self.field(reach, path.names[-1], path)
        finally:
            self._sees_all = seen

    @property
    def root(self) -> Reach:
        """Return the object that every path begins at."""
        return Reach((Parent(self.sobject, self.table),))

    def follow(self, reach: Reach, name: str, path: Path) -> Reach:
        """Follow one relationship further, and join it.

        Raises:
            OrgError: INVALID_FIELD; `path` is what the query's writer is shown.
        """
        if len(reach.names) >= HIGHEST_PARENT:
            message = f"A query can follow at most {HIGHEST_PARENT} relationships from child to parent"
            raise self.context.errors.malformed(message, path.at)
        return self._follow(reach, name, path)

    def field(self, reach: Reach, name: str, path: Path) -> Resolved:
        """Return a field of the objects reached; raise as `follow` does."""
        spelled = tuple(n for n in reach.names if not n.startswith(NARROWED))
        return self._field_of(reach.parents, name, spelled, path)

    def add_alias(self, alias: str, names: tuple[str, ...]) -> None:
        """Add another name for a chain of relationships, which paths may begin with."""
        self._aliases[alias.lower()] = names

    def without_alias(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of a path, from the object on."""
        chain = self._aliases.get(names[0].lower())
        if chain is None or len(names) == 1 or self.sobject.relationship(names[0]) is not None:
            return names
        return (*chain, *names[1:])

    def rolled_up(self, sobject: SObject) -> Scope:
        """Return a scope of the children whose fields a computed field of this one sums up."""
        inner = Scope(self.context, sobject)
        inner.computing = self.computing
        return inner

    def _seen(self, sobject: SObject) -> SObject:
        return sobject.seen_by_system() if self._sees_all else sobject

    @property
    def _kept_apart(self) -> tuple[str, ...]:
        """Return a prefix for joins to hidden objects, so that no path of the user's finds them."""
        return ("",) if self._sees_all and self.context.schema.hidden else ()

    def _follow(self, reach: Reach, name: str, path: Path) -> Reach:
        ids_by_value = [(p, r) for p in reach.parents if (r := self._seen(p.sobject).relationship(name)) is not None]
        if not ids_by_value:
            raise self.context.errors.unknown_parent(name, path.at)
        _, reference = ids_by_value[0]
        names = (*reach.names, reference.relationship or name)
        key = (*self._kept_apart, *names)
        if key not in self._parents:
            foreign_key = _either([holder.table.c[held.name] for holder, held in ids_by_value])
            self._parents[key] = self._join_targets(foreign_key, reference, name, path)
        return Reach(self._parents[key], names, reference)

    def _join_targets(
        self, foreign_key: ColumnElement[Any], reference: Field, name: str, path: Path
    ) -> tuple[Parent, ...]:
        schema = self.context.schema.seen_by_system() if self._sees_all else self.context.schema
        targets = [t for to in reference.reference_to if (t := schema.find(to)) is not None]
        if not targets:
            raise self.context.errors.unknown_parent(name, path.at)
        joined = []
        for target in targets:
            table = self.context.table_of(target)
            condition = and_(table.c["Id"] == foreign_key, *self.context.alive(target, table))
            self._source = self._source.outerjoin(table, condition)
            joined.append(Parent(target, table))
        return tuple(joined)

    def _field_of(self, parents: tuple[Parent, ...], name: str, spelled: tuple[str, ...], path: Path) -> Resolved:
        if len(parents) > 1 and name.lower() == "type":
            kinds = case(*((p.table.c["Id"].is_not(None), literal(p.sobject.name)) for p in parents))
            return Resolved(kinds, _TYPE_OF_PARENT, parents[0].sobject, (*spelled, "Type"))
        ids_by_value = [(p, found) for p in parents if (found := self._seen(p.sobject).find(name)) is not None]
        if not ids_by_value:
            entity = parents[0].sobject.name if len(parents) == 1 else "Name"
            raise self.context.errors.unknown_field(name, entity, path.at)
        parent, field = ids_by_value[0]
        columns = [
            self.context.compute(self, p, f, spelled) if f.is_computed else p.table.c[f.name]
            for p, f in ids_by_value
            if not f.is_compound
        ]
        sql = _either(columns) if columns else parent.table.c["Id"]
        if len(columns) > 1 and field.type in TEXT_TYPES:
            sql = sql.collate("NOCASE")
        return Resolved(sql, field, parent.sobject, (*spelled, field.name))


def _either(columns: list[Any]) -> ColumnElement[Any]:
    """Return the one of several columns that is not null: a polymorphic relationship leads to one object only."""
    return columns[0] if len(columns) == 1 else func.coalesce(*columns)
