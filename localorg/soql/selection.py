"""The SELECT list: which columns the SQL must fetch, and where each goes in a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement

from localorg.errors import OrgError
from localorg.soql import syntax
from localorg.soql.scope import Resolved, Scope
from localorg.soql.shape import Address, Children, Leaf, Node, Parent
from localorg.storage.tables import ROW


@dataclass
class _Branch:
    """A parent that is still being filled; `identities` as in `Parent`."""

    identities: tuple[tuple[str, int], ...] = ()
    members: dict[str, Leaf | Address | Children | _Branch] = field(default_factory=dict)

    def freeze(self) -> tuple[Node, ...]:
        return tuple(
            Parent(key, member.identities, member.freeze()) if isinstance(member, _Branch) else member
            for key, member in self.members.items()
        )


class Selection:
    """Collects the columns of one SELECT list."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._root = _Branch()
        self._columns: list[ColumnElement[Any]] = [scope.table.c[ROW], scope.table.c["Id"]]
        self._indices: dict[tuple[str, ...], int] = {("Id",): 1}
        self.flat: list[tuple[str, int, str]] = []
        self.has_long_text = False
        self.has_addresses = False

    @property
    def columns(self) -> tuple[ColumnElement[Any], ...]:
        return tuple(self._columns)

    def nodes(self) -> tuple[Node, ...]:
        return self._root.freeze()

    def add(self, column: syntax.Column) -> None:
        """Adds what one entry of the list names.

        Raises:
            OrgError: MALFORMED_QUERY or INVALID_FIELD.
        """
        faults = self._scope.world.faults
        if column.alias is not None:
            raise faults.malformed("only aggregate expressions use field aliasing", column.operand.at)
        if isinstance(column.operand, syntax.Path):
            self._add_path(column.operand, self._scope.resolve(column.operand))
        elif column.operand.name == "FIELDS":
            self._add_fields(column.operand)
        else:
            raise faults.malformed(f"unexpected token: '{column.operand.name}'", column.operand.at)

    def add_children(self, children: Children, at: syntax.Place) -> None:
        """Adds a child subquery under the name of its relationship."""
        if children.key in self._root.members:
            raise self._duplicate(children.key, at)
        self._root.members[children.key] = children

    def _add_fields(self, call: syntax.Call) -> None:
        which = str(call.arguments[0]).upper() if len(call.arguments) == 1 else ""
        if which not in ("ALL", "STANDARD", "CUSTOM"):
            raise self._scope.world.faults.malformed("FIELDS takes ALL, STANDARD or CUSTOM", call.at)
        for found in self._scope.sobject.fields:
            if which == "ALL" or found.custom == (which == "CUSTOM"):
                path = syntax.Path((found.name,), call.at)
                self._add_path(path, self._scope.resolve(path))

    def _add_path(self, path: syntax.Path, resolved: Resolved) -> None:
        branch = self._branch(resolved.names[:-1], path)
        key = resolved.names[-1]
        if key in branch.members:
            raise self._duplicate(resolved.name, path.at)
        if resolved.field.is_stored:
            index = self._index(resolved.names, resolved.sql)
            branch.members[key] = Leaf(key, index, resolved.field.type)
            self.flat.append((resolved.name, index, resolved.field.type))
        else:
            branch.members[key] = self._to_address(path, resolved)
            self.has_addresses = True
        self.has_long_text |= resolved.field.is_long_text

    def _to_address(self, path: syntax.Path, resolved: Resolved) -> Address:
        parts = resolved.sobject.parts_of(resolved.field)
        indices = []
        for name, part in sorted(parts.items()):
            found = self._scope.resolve(syntax.Path((*resolved.names[:-1], part.name), path.at))
            indices.append((name[0].lower() + name[1:], self._index(found.names, found.sql)))
        return Address(resolved.field.name, tuple(indices))

    def _branch(self, names: tuple[str, ...], path: syntax.Path) -> _Branch:
        branch = self._root
        for depth, name in enumerate(names, start=1):
            if name not in branch.members:
                parents, _ = self._scope.parents_of(names[:depth], path)
                identities = tuple(
                    (p.sobject.name, self._index((*names[:depth], p.sobject.name, "Id"), p.table.c["Id"]))
                    for p in parents
                )
                branch.members[name] = _Branch(identities)
            below = branch.members[name]
            if not isinstance(below, _Branch):
                raise self._duplicate(name, path.at)
            branch = below
        return branch

    def _index(self, names: tuple[str, ...], sql: ColumnElement[Any]) -> int:
        if names not in self._indices:
            self._indices[names] = len(self._columns)
            self._columns.append(sql)
        return self._indices[names]

    def _duplicate(self, name: str, at: syntax.Place) -> OrgError:
        return self._scope.world.faults.at(at, "INVALID_FIELD", f"duplicate field selected: {name}")
