"""Plan the SELECT list: the columns to fetch, and the place of each in a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement

from localorg.errors import OrgError
from localorg.schema.model import Field
from localorg.soql.functions.function_calls import to_operand
from localorg.soql.plan.operands import Operand
from localorg.soql.plan.query_context import Reach, Resolved
from localorg.soql.plan.query_plan import Address, Children, Leaf, Node, Parent, TypedParent
from localorg.soql.plan.scope import Scope
from localorg.soql.syntax import tree
from localorg.storage.tables import ROW


@dataclass
class _Branch:
    """A parent that is still being filled; `identities` as in `Parent`."""

    reach: Reach
    reference: Field | None = None
    identities: tuple[tuple[str, int], ...] = ()
    members: dict[str, Leaf | Address | Children | TypedParent | _Branch] = field(default_factory=dict)

    def freeze(self) -> tuple[Node, ...]:
        return tuple(
            member.to_parent(key) if isinstance(member, _Branch) else member for key, member in self.members.items()
        )

    def to_parent(self, key: str) -> Parent:
        assert self.reference is not None  # noqa: S101
        return Parent(key, self.identities, self.freeze(), self.reference)


class Selection:
    """Collects the columns of one SELECT list."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._errors = scope.context.errors
        self._root = _Branch(scope.root)
        self._columns: list[ColumnElement[Any]] = [scope.table.c[ROW], scope.table.c["Id"]]
        self._indices: dict[tuple[str, ...], int] = {("Id",): 1}
        self._unnamed = 0
        self.flat: list[tuple[str, int, str]] = []
        self.has_long_text = False

    @property
    def columns(self) -> tuple[ColumnElement[Any], ...]:
        return tuple(self._columns)

    def nodes(self) -> tuple[Node, ...]:
        return self._root.freeze()

    def add(self, column: tree.Column) -> None:
        """Add the column of one entry of the list.

        Raises:
            OrgError: MALFORMED_QUERY or INVALID_FIELD.
        """
        operand = column.operand
        if isinstance(operand, tree.Call) and operand.name != "FIELDS":
            self._add_function(operand, column.alias)
        elif column.alias is not None:
            raise self._errors.malformed("only aggregate expressions use field aliasing", operand.at)
        elif isinstance(operand, tree.Path):
            self._add_path(self._root, operand, self._scope.without_alias(operand.names))
        else:
            self._add_fields(operand)

    def add_children(self, children: Children, at: tree.Place) -> None:
        """Add a child subquery under the name of its relationship."""
        if children.key in self._root.members:
            raise self._duplicate(children.key, at)
        self._root.members[children.key] = children

    def add_type_of(self, written: tree.TypeOf) -> None:
        """Add a parent whose fields depend on what it is.

        Raises:
            OrgError: MALFORMED_QUERY where the relationship leads to one object only, or not to the named ones;
                INVALID_FIELD.
        """
        at = written.relationship.at
        names = self._scope.without_alias(written.relationship.names)
        branch = self._branch(names[:-1], written.relationship)
        reach = self._scope.follow(branch.reach, names[-1], written.relationship)
        key, reference = reach.names[-1], reach.reference
        if reference is None or not reference.is_polymorphic:
            raise self._errors.malformed(f"TYPEOF takes a polymorphic relationship, which '{key}' is not", at)
        if key in branch.members:
            raise self._duplicate(key, at)
        branch.members[key] = TypedParent(key, tuple(self._typed(reach, written, reference)))

    def _typed(self, reach: Reach, written: tree.TypeOf, reference: Field) -> list[Parent]:
        key = reach.names[-1]
        rest = {parent.sobject.name: parent for parent in reach.parents}
        targets = {name.lower(): name for name in reference.reference_to}
        found = []
        for when in written.branches:
            name = targets.get(when.sobject.lower())
            if name is None:
                raise self._errors.malformed(f"'{key}' does not lead to '{when.sobject}'", when.at)
            parent = rest.pop(name, None)
            if parent is not None:
                found.append(self._typed_branch(reach.narrowed((parent,)), when.paths, key))
        if written.otherwise and rest:
            found.append(self._typed_branch(reach.narrowed(tuple(rest.values())), written.otherwise, key))
        return found

    def _typed_branch(self, reach: Reach, paths: tuple[tree.Path, ...], key: str) -> Parent:
        branch = self._to_branch(reach)
        for path in paths:
            self._add_path(branch, path, path.names)
        return branch.to_parent(key)

    def _add_function(self, call: tree.Call, alias: str | None) -> None:
        operand = to_operand(self._scope, call)
        if operand.is_aggregate:
            raise self._errors.malformed(f"unexpected token: '{call.name}'", call.at)
        names = operand.resolved.names if operand.resolved and alias is None else (alias or self._next_name(),)
        branch = self._branch(names[:-1], tree.Path(names, call.at))
        self._put(branch, names, operand, call.at)

    def _next_name(self) -> str:
        self._unnamed += 1
        return f"expr{self._unnamed - 1}"

    def _add_fields(self, call: tree.Call) -> None:
        which = str(call.arguments[0]).upper() if len(call.arguments) == 1 else ""
        if which not in ("ALL", "STANDARD", "CUSTOM"):
            raise self._errors.malformed("FIELDS takes ALL, STANDARD or CUSTOM", call.at)
        for found in self._scope.sobject.fields:
            if which == "ALL" or found.custom == (which == "CUSTOM"):
                self._add_path(self._root, tree.Path((found.name,), call.at), (found.name,))

    def _add_path(self, start: _Branch, path: tree.Path, names: tuple[str, ...]) -> None:
        branch = self._branch(names[:-1], path, start)
        resolved = self._scope.field(branch.reach, names[-1], path)
        key = resolved.names[-1]
        if resolved.field.is_compound:
            self._check_new(branch, key, resolved.name, path.at)
            branch.members[key] = self._to_address(branch.reach, path, resolved)
        else:
            self._put(branch, resolved.names, Operand.of(resolved), path.at)
        self.has_long_text |= resolved.field.is_long_text

    def _put(self, branch: _Branch, names: tuple[str, ...], operand: Operand, at: tree.Place) -> None:
        self._check_new(branch, names[-1], ".".join(names), at)
        index = self._index((*branch.reach.names, operand.name), operand.sql)
        source = operand.resolved.field if operand.resolved else None
        branch.members[names[-1]] = Leaf(names[-1], index, operand.kind, source)
        self.flat.append((".".join(names), index, operand.kind))

    def _to_address(self, reach: Reach, path: tree.Path, resolved: Resolved) -> Address:
        parts = resolved.sobject.parts_of(resolved.field)
        indices = []
        for name, part in sorted(parts.items()):
            found = self._scope.field(reach, part.name, path)
            indices.append((name[0].lower() + name[1:], self._index((*reach.names, found.name), found.sql)))
        return Address(resolved.field.name, tuple(indices), resolved.field)

    def _branch(self, names: tuple[str, ...], path: tree.Path, start: _Branch | None = None) -> _Branch:
        branch = start or self._root
        for name in names:
            reach = self._scope.follow(branch.reach, name, path)
            key = reach.names[-1]
            if key not in branch.members:
                branch.members[key] = self._to_branch(reach)
            below = branch.members[key]
            if not isinstance(below, _Branch):
                raise self._duplicate(key, path.at)
            branch = below
        return branch

    def _to_branch(self, reach: Reach) -> _Branch:
        identities = tuple(
            (p.sobject.name, self._index((*reach.names, p.sobject.name, ""), p.table.c["Id"])) for p in reach.parents
        )
        return _Branch(reach, reach.reference, identities)

    def _index(self, names: tuple[str, ...], sql: ColumnElement[Any]) -> int:
        if names not in self._indices:
            self._indices[names] = len(self._columns)
            self._columns.append(sql)
        return self._indices[names]

    def _check_new(self, branch: _Branch, key: str, name: str, at: tree.Place) -> None:
        if key in branch.members:
            raise self._duplicate(name, at)

    def _duplicate(self, name: str, at: tree.Place) -> OrgError:
        return self._errors.at(at, "INVALID_FIELD", f"duplicate field selected: {name}")
