"""Operands: fields and function results, with SQL and type."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from sqlalchemy import ColumnElement, func

from localorg.schema.model import TEXT_TYPES
from localorg.soql.plan.query_context import Resolved
from localorg.soql.plan.scope import Scope
from localorg.soql.syntax import tree


class Role(Enum):
    """The kind of an operand; each kind may stand in some clauses only."""

    FIELD = auto()
    AGGREGATE = auto()
    DATE_PART = auto()
    DISTANCE = auto()
    SHOWN = auto()
    """A value made ready for people: selected, and neither filtered nor sorted by."""
    LABEL = auto()


@dataclass(frozen=True)
class Operand:
    """A field or a function's result.

    `kind` is the Salesforce type of its values; `name` is how messages call it; `resolved` is the field that it is, or
    that it shows in another form.
    """

    sql: ColumnElement[Any]
    kind: str
    name: str
    resolved: Resolved | None = None
    role: Role = Role.FIELD
    at: tree.Place = tree.START
    """Where the query names it; errors about its value or operator point there."""

    @classmethod
    def of(cls, resolved: Resolved) -> Operand:
        return cls(resolved.sql, resolved.field.type, resolved.name, resolved)

    @property
    def is_aggregate(self) -> bool:
        return self.role is Role.AGGREGATE

    @property
    def is_folded(self) -> bool:
        """Return whether its values are texts that are compared case-insensitively."""
        is_exact = self.resolved is not None and self.resolved.field.case_sensitive
        return self.kind in TEXT_TYPES and not is_exact

    @property
    def folded(self) -> ColumnElement[Any]:
        """Return its texts in upper case, by which they are compared and sorted."""
        # A COLLATE within the argument would count for the result.
        return func.fold(self.sql).collate("BINARY")


def field_of(scope: Scope, call: tree.Call) -> Operand:
    """Return the field that is the one argument of a function.

    Raises:
        OrgError: MALFORMED_QUERY where there is none, or more.
    """
    if len(call.arguments) != 1 or not isinstance(call.arguments[0], tree.Path):
        raise scope.context.errors.malformed(f"unexpected token: '{call.name}'", call.at)
    return Operand.of(scope.resolve(call.arguments[0]))
