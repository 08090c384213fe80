"""Plan aggregate queries: GROUP BY, ROLLUP, CUBE and HAVING."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, null, select, union_all

from localorg.soql.functions.function_calls import to_operand
from localorg.soql.plan.operands import Operand, Role
from localorg.soql.plan.ordering import directed, to_keys
from localorg.soql.plan.query_plan import AggregatePlan, Leaf
from localorg.soql.plan.scope import Scope
from localorg.soql.syntax import tree
from localorg.soql.where.conditions import to_condition

Sql = ColumnElement[Any]
_MOST_TOTALLED = 3


def plan_aggregates(scope: Scope, query: tree.Query, conditions: Sequence[ColumnElement[bool]]) -> AggregatePlan:
    """Return the plan of an aggregate query.

    Raises:
        OrgError: MALFORMED_QUERY where a field is neither grouped nor aggregated; INVALID_FIELD where it cannot be.
    """
    groups = tuple(_to_group(scope, operand) for operand in query.group_by)
    errors = scope.context.errors
    if not groups and query.limit is not None:
        message = "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"
        raise errors.malformed(message, query.source.at)
    levels = _levels(scope, query, groups)
    parts = [_Level(scope, query, groups, kept) for kept in levels]
    selects = [part.to_select(conditions) for part in parts]
    leaves = parts[0].leaves()
    if len(selects) == 1:
        statement = selects[0].order_by(*parts[0].ordering())
    else:
        statement = _united(query, parts[0], selects, len(leaves))
    statement = statement.limit(query.limit).offset(query.offset)
    return AggregatePlan(scope.sobject, statement, leaves, bool(groups))


def _levels(scope: Scope, query: tree.Query, groups: Sequence[Operand]) -> list[frozenset[str]]:
    """Return the fields that each level of subtotals groups by; the finest first."""
    names = [group.name for group in groups]
    if query.subtotals is None:
        return [frozenset(names)]
    if len(names) > _MOST_TOTALLED:
        message = f"{query.subtotals.text} takes at most {_MOST_TOTALLED} fields"
        raise scope.context.errors.malformed(message, query.subtotals.at)
    if query.subtotals.text == "ROLLUP":
        return [frozenset(names[:length]) for length in range(len(names), -1, -1)]
    return [frozenset(kept) for length in range(len(names), -1, -1) for kept in combinations(names, length)]


@dataclass(frozen=True)
class _Level:
    """The query at one level of subtotals: fields that it does not group by are null."""

    scope: Scope
    query: tree.Query
    groups: tuple[Operand, ...]
    kept: frozenset[str]

    def leaves(self) -> tuple[Leaf, ...]:
        found: list[Leaf] = []
        taken: set[str] = set()
        unnamed = 0
        for index, (column, operand) in enumerate(self._columns()):
            key = column.alias
            if key is None and operand.role is not Role.FIELD:
                key, unnamed = f"expr{unnamed}", unnamed + 1
            key = key or operand.name.rpartition(".")[2]
            if key.lower() in taken:
                raise self.scope.context.errors.malformed(f"duplicate alias: {key}", column.operand.at)
            taken.add(key.lower())
            field = operand.resolved.field if operand.resolved else None
            found.append(Leaf(key, index, operand.kind, field, operand.role is not Role.FIELD))
        return tuple(found)

    def to_select(self, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
        columns = [operand.sql.label(f"c{number}") for number, (_, operand) in enumerate(self._columns())]
        keys = [key.label(f"k{number}") for number, key in enumerate(self._keys())]
        having = self._having()
        if self.query.subtotals is not None:
            # Without an aggregate, the level of the grand total would have a row for each record.
            keys.append(func.count().label("size"))
        statement = select(*columns, *keys).select_from(self.scope.source).where(*conditions)
        grouped = [_grouped_by(group) for group in self.groups if group.name in self.kept]
        return statement.group_by(*grouped).having(*having) if grouped or having else statement

    def ordering(self) -> list[Sql]:
        return [sql for ordering in self.query.order_by for sql in directed(self._keys_of(ordering), ordering)]

    def operand(self, written: tree.Operand, called: str = "Field") -> Operand:
        """Resolve an operand: a grouped field, an aggregate, or GROUPING."""
        if isinstance(written, tree.Call) and written.name == "GROUPING":
            return self._to_grouping(written)
        operand = to_operand(self.scope, written)
        if operand.is_aggregate:
            self._check_aggregated(operand, written)
            return operand
        found = next((group for group in self.groups if group.name == operand.name), None)
        if found is None:
            message = f"{called} must be grouped or aggregated: {operand.name}"
            raise self.scope.context.errors.malformed(message)
        return replace(found, sql=_shown(found) if found.name in self.kept else null())

    def _check_aggregated(self, operand: Operand, written: tree.Operand) -> None:
        name = operand.resolved.name if operand.resolved else ""
        if any(group.name == name and group.role is Role.FIELD for group in self.groups):
            argument = written.arguments[0] if isinstance(written, tree.Call) else written
            raise self.scope.context.errors.malformed(f"Grouped field should not be aggregated: {name}", argument.at)

    def _columns(self) -> list[tuple[tree.Column, Operand]]:
        found = []
        for column in self.query.columns:
            if not isinstance(column, tree.Column):
                at = column.source.at if isinstance(column, tree.Query) else column.relationship.at
                message = "Aggregate queries take neither child subqueries nor TYPEOF"
                raise self.scope.context.errors.malformed(message, at)
            found.append((column, self.operand(column.operand)))
        return found

    def _having(self) -> tuple[ColumnElement[bool], ...]:
        if self.query.having is None:
            return ()

        def refuse(membership: tree.Membership, _: tree.Query) -> ColumnElement[bool]:
            message = "Semi join sub-selects are not allowed in HAVING clauses"
            raise self.scope.context.errors.malformed(message, membership.operand.at)

        return (to_condition(self.scope, self.query.having, self.operand, refuse),)

    def _keys(self) -> list[Sql]:
        """Return the sort keys of the rows of all levels; by default, subtotals come after the rows that they total."""
        if self.query.subtotals is None:
            return []
        if self.query.order_by:
            return [key for ordering in self.query.order_by for key in self._keys_of(ordering)]
        keys: list[Sql] = []
        for group in self.groups:
            is_kept = group.name in self.kept
            keys += [literal(0 if is_kept else 1), _grouped_by(group) if is_kept else null()]
        return keys

    def _keys_of(self, ordering: tree.Ordering) -> tuple[Sql, ...]:
        return to_keys(self.scope, ordering, lambda written: self.operand(written, "Ordered field"))

    def _to_grouping(self, call: tree.Call) -> Operand:
        argument = call.arguments[0] if len(call.arguments) == 1 else None
        if self.query.subtotals is None or not isinstance(argument, tree.Path | tree.Call):
            raise self.scope.context.errors.malformed("GROUPING is for fields in GROUP BY ROLLUP or CUBE", call.at)
        name = self.operand(argument).name
        return Operand(literal(0 if name in self.kept else 1), "int", f"GROUPING({name})", None, Role.AGGREGATE)


def _united(query: tree.Query, finest: _Level, selects: Sequence[Select[Any]], width: int) -> Select[Any]:
    rows = union_all(*selects).subquery()
    *columns, _size = rows.c
    shown, keys = columns[:width], iter(columns[width:])
    ordering: list[Sql] = []
    for written in query.order_by:
        count = len(finest._keys_of(written))
        ordering += directed([next(keys) for _ in range(count)], written)
    return select(*shown).order_by(*ordering, *keys)


def _to_group(scope: Scope, written: tree.Operand) -> Operand:
    operand = to_operand(scope, written)
    if operand.role not in (Role.FIELD, Role.DATE_PART):
        raise scope.context.errors.malformed(f"unexpected token: '{operand.name}'", written.at)
    if operand.resolved is not None and not operand.resolved.field.is_groupable:
        raise scope.context.errors.not_possible(operand.name, "grouped", written.at)
    return operand


def _grouped_by(group: Operand) -> Sql:
    return group.folded if group.is_folded else group.sql


def _shown(group: Operand) -> Sql:
    """Return one spelling of the texts of a group, always the same."""
    return func.min(group.sql.collate("BINARY")).collate("NOCASE") if group.is_folded else group.sql
