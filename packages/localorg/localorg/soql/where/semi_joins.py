"""Semi-joins, `Id IN (SELECT AccountId FROM Contact)`: where they may stand, and what they may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, select

from localorg.schema.model import ID_TYPES
from localorg.soql.plan.operands import Operand
from localorg.soql.plan.scope import Scope
from localorg.soql.syntax import tree

_MOST = 2
_DEEPEST = 1
_NOT_WITH_OR = "Semi join sub-selects are not allowed with the 'OR' operator"
_ONLY_AT_TOP = (
    "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions."
)


def check_place(scope: Scope, condition: tree.Condition) -> None:
    """Refuse semi-joins where Salesforce takes none.

    Raises:
        OrgError: MALFORMED_QUERY, for a semi-join beside OR or deeper than the first level, and for a third one.
    """
    errors = scope.context.errors
    top = condition.conditions if isinstance(condition, tree.AllOf) else (condition,)
    if isinstance(condition, tree.AnyOf) and (found := next(_semi_joins(condition), None)):
        raise errors.malformed(_NOT_WITH_OR, found.operand.at)
    joins = [c for c in top if _is_semi_join(c) and isinstance(c, tree.Membership)]
    for other in top:
        if not _is_semi_join(other) and (deep := next(_semi_joins(other), None)):
            raise errors.malformed(_ONLY_AT_TOP, deep.operand.at)
    if len(joins) > _MOST:
        raise errors.malformed(f"Maximum {_MOST} semi join sub-selects are allowed", joins[_MOST].operand.at)


def in_subquery(
    scope: Scope, operand: Operand, membership: tree.Membership, query: tree.Query, depth: int
) -> tuple[Scope, Select[Any]]:
    """Return the scope of the inner query, and its ids without what its own WHERE asks for.

    Raises:
        OrgError: MALFORMED_QUERY or INVALID_TYPE, where the query is none that a semi-join takes.
    """
    errors = scope.context.errors
    if operand.kind not in ID_TYPES or membership.operator not in ("IN", "NOT IN"):
        message = f"The left operand of '{membership.operator}' with a nested query must be an Id or a reference"
        raise errors.malformed(message, membership.operand.at)
    if depth > _DEEPEST:
        raise errors.malformed("Nesting of semi join sub-selects is not supported", query.source.at)
    sobject = scope.context.schema.find(query.source.name)
    if sobject is None or query.source.within:
        raise errors.unknown_object(query.source.name, query.source.at)
    if sobject.name == scope.sobject.name:
        raise errors.malformed("The inner and outer selects should not be on the same object type", query.source.at)
    path = _selected(scope, query)
    inner = Scope(scope.context, sobject, query.source.alias)
    selected = inner.resolve(path)
    if selected.field.type not in ID_TYPES:
        message = f"Semi join sub-selects can only query id fields, cannot use: '{selected.name}'"
        raise errors.malformed(message, path.at)
    if len(selected.names) > 1:
        raise errors.malformed(f"Semi join sub-selects cannot use relationship fields: '{selected.name}'", path.at)
    return inner, select(selected.sql).where(*inner.alive(), selected.sql.is_not(None))


def _selected(scope: Scope, query: tree.Query) -> tree.Path:
    errors = scope.context.errors
    has_more = query.group_by or query.having or query.order_by or query.purposes or query.scope
    if has_more or query.limit is not None or query.offset is not None:
        message = "Semi join sub-selects take neither GROUP BY, HAVING, ORDER BY, LIMIT nor OFFSET"
        raise errors.malformed(message, query.source.at)
    column = query.columns[0]
    if len(query.columns) != 1 or not isinstance(column, tree.Column):
        raise errors.malformed("Semi join sub-selects can only query one field", query.source.at)
    if not isinstance(column.operand, tree.Path):
        message = f"Semi join sub-selects can only query id fields, cannot use: '{column.operand.name}'"
        raise errors.malformed(message, column.operand.at)
    return column.operand


def _is_semi_join(condition: tree.Condition) -> bool:
    return isinstance(condition, tree.Membership) and isinstance(condition.members, tree.Query)


def _semi_joins(condition: tree.Condition) -> Iterator[tree.Membership]:
    """Yield the semi-joins within a condition, without recursion: conditions may nest deeper than Python calls."""
    waiting = [condition]
    while waiting:
        match waiting.pop():
            case tree.AllOf(conditions) | tree.AnyOf(conditions):
                waiting.extend(conditions)
            case tree.Negation(inner):
                waiting.append(inner)
            case tree.Membership(members=tree.Query()) as found:
                yield found
