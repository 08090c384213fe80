"""Whether a condition holds for a record, or for a group: yes or no, never "unknown" as in SQL."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from reference_dates import days_of
from reference_texts import fold, is_like, to_text
from reference_values import Cell, Group, Scope, evaluate

from localorg.ids import to_id18
from localorg.schema.model import ID_TYPES
from localorg.soql.syntax import tree

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}


def holds(scope: Scope, condition: tree.Condition | None, group: Group) -> bool:
    """Whether the condition is true of the group."""
    match condition:
        case None:
            return True
        case tree.AllOf(conditions):
            return all(holds(scope, inner, group) for inner in conditions)
        case tree.AnyOf(conditions):
            return any(holds(scope, inner, group) for inner in conditions)
        case tree.Negation(inner):
            return not holds(scope, inner, group)
        case tree.Comparison(operand, operator, value):
            return _compares(scope, evaluate(scope, operand, group), operator, value)
        case tree.Membership():
            return _is_member(scope, condition, evaluate(scope, condition.operand, group))
    raise AssertionError(condition)


def _compares(scope: Scope, cell: Cell, operator: str, value: tree.Value) -> bool:
    if operator == "LIKE":
        assert isinstance(value, tree.Text)
        return cell.value is not None and is_like(cell.value, value.raw)
    if isinstance(value, tree.DateLiteral):
        return _compares_days(scope, cell, operator, value)
    have, wanted = cell.compared, _to_value(cell, value)
    if operator in ("=", "!="):
        return (have == wanted) == (operator == "=")
    return have is not None and wanted is not None and _ORDERED[operator](have, wanted)


def _compares_days(scope: Scope, cell: Cell, operator: str, literal: tree.DateLiteral) -> bool:
    """A literal is a span of days: `=` is within, `<` before, `>` after, and `<=` is before or within."""
    if cell.value is None:
        return operator == "!="
    day = cell.value.date() if isinstance(cell.value, datetime) else cell.value
    first, last = days_of(literal.name, literal.number, scope.world.now.date())
    is_within = first <= day <= last
    return {
        "=": is_within,
        "!=": not is_within,
        "<": day < first,
        "<=": day <= last,
        ">": day > last,
        ">=": day >= first,
    }[operator]


def _to_value(cell: Cell, value: tree.Value) -> Any:
    """A literal, as `Cell.compared` has values of the field's type. The empty text is null."""
    match value:
        case tree.Null():
            return False if cell.kind == "boolean" else None
        case tree.Text(raw) if cell.kind in ID_TYPES:
            return to_id18(raw)
        case tree.Text(raw):
            text = to_text(raw)
            return (text if cell.field.case_sensitive else fold(text)) or None
        case tree.DateLiteral():
            raise AssertionError(value)
    return value.value


def _is_member(scope: Scope, membership: tree.Membership, cell: Cell) -> bool:
    members = membership.members
    is_positive = membership.operator in ("IN", "INCLUDES")
    if isinstance(members, tree.Query):
        return (cell.value in _selected(scope, members)) == is_positive
    if membership.operator in ("INCLUDES", "EXCLUDES"):
        return any(_includes(cell, member) for member in members) == is_positive
    return any(_compares(scope, cell, "=", member) for member in members) == is_positive


def _includes(cell: Cell, member: tree.Value) -> bool:
    """`'A;B'` asks for both."""
    assert isinstance(member, tree.Text)
    chosen = {fold(entry) for entry in (cell.value or "").split(";")}
    return all(fold(entry.strip()) in chosen for entry in to_text(member.raw).split(";"))


@lru_cache(maxsize=8)
def _selected(scope: Scope, query: tree.Query) -> frozenset[str]:
    """What a semi-join's query finds; nulls in it are nothing."""
    source = scope.world.schema.find(query.source.name)
    assert source is not None
    inner = Scope(scope.world, source.name, query.source.alias, scope.include_deleted)
    column = query.columns[0]
    assert isinstance(column, tree.Column)
    groups = [group for group in map(Group, ([row] for row in inner.rows())) if holds(inner, query.where, group)]
    cells = [evaluate(inner, column.operand, group) for group in groups]
    return frozenset(cell.value for cell in cells if cell.value is not None)
