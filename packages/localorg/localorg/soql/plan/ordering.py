"""Turn ORDER BY into SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import ColumnElement, nulls_first, nulls_last

from localorg.soql.functions.function_calls import to_operand
from localorg.soql.plan.operands import Operand, Role
from localorg.soql.plan.scope import Scope
from localorg.soql.plan.sort_keys import sort_keys
from localorg.soql.syntax import tree

Sql = ColumnElement[Any]


def to_ordering(scope: Scope, orderings: Iterable[tree.Ordering]) -> tuple[Sql, ...]:
    """Return the order of a query for records: nulls first in both directions, unless they are wanted last.

    Raises:
        OrgError: INVALID_FIELD for a field that cannot be sorted by, MALFORMED_QUERY for an aggregate.
    """

    def convert(written: tree.Operand) -> Operand:
        operand = to_operand(scope, written)
        if operand.is_aggregate:
            raise scope.context.errors.malformed(f"unexpected token: '{operand.name}'", written.at)
        return operand

    return tuple(sql for ordering in orderings for sql in directed(to_keys(scope, ordering, convert), ordering))


def to_keys(scope: Scope, ordering: tree.Ordering, convert: Callable[[tree.Operand], Operand]) -> tuple[Sql, ...]:
    """Return the values that one entry of ORDER BY sorts by; raises as `to_ordering`."""
    operand = convert(ordering.operand)
    at = ordering.operand.at
    if operand.role in (Role.SHOWN, Role.LABEL):
        raise scope.context.errors.malformed(f"{operand.name} can not be used in an ORDER BY clause", at)
    if operand.role is Role.FIELD and operand.resolved is not None and not operand.resolved.field.is_sortable:
        raise scope.context.errors.not_possible(operand.name, "sorted", at)
    return sort_keys(operand)


def directed(keys: Iterable[Sql], ordering: tree.Ordering) -> tuple[Sql, ...]:
    """Return the sort keys in the direction that is written."""
    wanted = (key.desc() if ordering.is_descending else key.asc() for key in keys)
    return tuple(nulls_last(key) if ordering.is_nulls_last else nulls_first(key) for key in wanted)
