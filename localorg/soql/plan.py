"""A query resolved against the schema: the SQL to run and the shape of the answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, nulls_first, nulls_last, select

from localorg.schema.model import Field, SObject
from localorg.soql import syntax
from localorg.soql.conditions import to_condition
from localorg.soql.operands import Operand, is_aggregate, to_operand
from localorg.soql.scope import Scope, World
from localorg.soql.selection import Selection
from localorg.soql.shape import Children, Node
from localorg.storage.tables import ROW

LARGEST_OFFSET = 2_000
_FIELDS_LIMIT = 200


@dataclass(frozen=True)
class CountPlan:
    """`SELECT COUNT()`: only a number, no records."""

    sobject: str
    statement: Select[Any]


@dataclass(frozen=True)
class AggregatePlan:
    """An aggregate query; `columns` are the keys of its records with the types of their values."""

    sobject: str
    statement: Select[Any]
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RecordPlan:
    """A query for records, in two steps: which rows, in order; and later, page by page, what is in them."""

    sobject: str
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
    has_addresses: bool

    @property
    def is_sorted(self) -> bool:
        """Whether the query asks for an order; the order of the rows' keys is always the last to decide."""
        return len(self.ordering) > 1

    def keys_statement(self) -> Select[Any]:
        """Selects the keys of the rows that the query finds, in its order."""
        statement = select(self.table.c[ROW]).select_from(self.source).where(*self.conditions)
        return statement.order_by(*self.ordering).limit(self.limit).offset(self.offset)


Plan = CountPlan | AggregatePlan | RecordPlan


def plan_query(world: World, query: syntax.Query) -> Plan:
    """The plan of a query as a client sent it.

    Raises:
        OrgError: INVALID_TYPE, INVALID_FIELD, MALFORMED_QUERY and others, in Salesforce's shape.
    """
    sobject = world.schema.find(query.source.name)
    if sobject is None:
        raise world.faults.unknown_object(query.source.name, query.source.at)
    scope = Scope(world, sobject, query.source.alias)
    _check_offset(world, query)
    if _is_count(query):
        return _plan_count(scope, query)
    if query.group_by or any(isinstance(c, syntax.Column) and is_aggregate(c.operand) for c in query.columns):
        return _plan_aggregates(scope, query)
    return plan_records(scope, query)


def plan_records(scope: Scope, query: syntax.Query) -> RecordPlan:
    """The plan of a query, or child subquery, that answers with records."""
    if query.group_by or query.having:
        raise scope.world.faults.malformed("GROUP BY and HAVING are for aggregate queries only", query.source.at)
    _check_fields_limit(scope, query)
    selection = Selection(scope)
    for column in query.columns:
        if isinstance(column, syntax.Query):
            selection.add_children(_plan_children(scope, column), column.source.at)
        else:
            selection.add(column)
    return RecordPlan(
        sobject=scope.sobject.name,
        table=scope.table,
        columns=selection.columns,
        nodes=selection.nodes(),
        flat=tuple(selection.flat),
        conditions=_conditions(scope, query),
        ordering=(*_ordering(scope, query, None), scope.table.c[ROW]),
        source=scope.source,
        limit=query.limit,
        offset=query.offset,
        has_long_text=selection.has_long_text,
        has_addresses=selection.has_addresses,
    )


def plan_record(world: World, sobject: SObject, fields: Iterable[Field]) -> RecordPlan:
    """The plan to read given fields of records that are found by other means than a query."""
    at = syntax.Place(1, 1)
    columns = tuple(syntax.Column(syntax.Path((field.name,), at), None) for field in fields)
    return plan_records(Scope(world, sobject), syntax.Query(columns, syntax.Source(sobject.name, None, at)))


def _plan_children(scope: Scope, query: syntax.Query) -> Children:
    world = scope.world
    child = world.schema.child_relationship(scope.sobject, query.source.name)
    if child is None:
        raise world.faults.unknown_children(query.source.name, query.source.at)
    inner = Scope(world, child.sobject, query.source.alias)
    key = child.field.child_relationship or query.source.name
    return Children(key, plan_records(inner, query), inner.table.c[child.field.name])


def _is_count(query: syntax.Query) -> bool:
    column = query.columns[0]
    return (
        len(query.columns) == 1
        and isinstance(column, syntax.Column)
        and isinstance(column.operand, syntax.Call)
        and column.operand.name == "COUNT"
        and not column.operand.arguments
    )


def _plan_count(scope: Scope, query: syntax.Query) -> CountPlan:
    if query.group_by or query.order_by:
        raise scope.world.faults.malformed("COUNT() takes neither GROUP BY nor ORDER BY", query.source.at)
    conditions = _conditions(scope, query)
    found = select(scope.table.c[ROW]).select_from(scope.source).where(*conditions)
    limited = found.limit(query.limit).offset(query.offset).subquery()
    return CountPlan(scope.sobject.name, select(func.count()).select_from(limited))


def _plan_aggregates(scope: Scope, query: syntax.Query) -> AggregatePlan:
    groups = tuple(_to_group(scope, operand) for operand in query.group_by)
    names = {group.name for group in groups}
    columns: list[tuple[str, str]] = []
    selected: list[ColumnElement[Any]] = []
    unnamed = 0
    for column in query.columns:
        operand = _to_grouped(scope, column, names)
        key = column.alias if isinstance(column, syntax.Column) else None
        if key is None and operand.is_aggregate:
            key, unnamed = f"expr{unnamed}", unnamed + 1
        columns.append((key or operand.name.rpartition(".")[2], operand.kind))
        selected.append(operand.sql)
    conditions = _conditions(scope, query)
    having = () if query.having is None else (to_condition(scope, query.having, having=True),)
    ordering = _ordering(scope, query, names)
    statement = select(*(sql.label(f"c{n}") for n, sql in enumerate(selected))).select_from(scope.source)
    statement = statement.where(*conditions).group_by(*(group.sql for group in groups)).having(*having)
    statement = statement.order_by(*ordering).limit(query.limit).offset(query.offset)
    return AggregatePlan(scope.sobject.name, statement, tuple(columns))


def _to_group(scope: Scope, written: syntax.Operand) -> Operand:
    operand = to_operand(scope, written)
    if operand.resolved is None:
        raise scope.world.faults.malformed(f"unexpected token: '{operand.name}'", written.at)
    if not operand.resolved.field.is_groupable:
        raise scope.world.faults.not_possible(operand.name, "grouped", written.at)
    return operand


def _to_grouped(scope: Scope, column: syntax.Column | syntax.Query, names: set[str]) -> Operand:
    """What an aggregate query selects: an aggregate, or one of the fields that it groups by."""
    if isinstance(column, syntax.Query):
        raise scope.world.faults.malformed("Aggregate queries take no child subqueries", column.source.at)
    operand = to_operand(scope, column.operand)
    if not operand.is_aggregate and operand.name not in names:
        message = f"Field must be grouped or aggregated: {operand.name}"
        raise scope.world.faults.malformed(message, column.operand.at)
    return operand


def _conditions(scope: Scope, query: syntax.Query) -> tuple[ColumnElement[bool], ...]:
    written = () if query.where is None else (to_condition(scope, query.where),)
    return (*scope.alive(), *written)


def _ordering(scope: Scope, query: syntax.Query, groups: set[str] | None) -> tuple[ColumnElement[Any], ...]:
    """ORDER BY as SQL. `groups` are the fields that an aggregate query may order by; None in other queries."""
    faults = scope.world.faults
    ordering: list[ColumnElement[Any]] = []
    for written in query.order_by:
        operand = to_operand(scope, written.operand)
        if operand.resolved is None and groups is None:
            raise faults.malformed(f"unexpected token: '{operand.name}'", written.operand.at)
        if operand.resolved is not None and not operand.resolved.field.is_sortable:
            raise faults.not_possible(operand.name, "sorted", written.operand.at)
        if operand.resolved is not None and groups is not None and operand.name not in groups:
            raise faults.malformed(f"Ordered field must be grouped or aggregated: {operand.name}", written.operand.at)
        sql = operand.sql.desc() if written.is_descending else operand.sql.asc()
        ordering.append(nulls_last(sql) if written.is_nulls_last else nulls_first(sql))
    return tuple(ordering)


def _check_offset(world: World, query: syntax.Query) -> None:
    if (query.offset or 0) > LARGEST_OFFSET:
        message = f"Maximum SOQL offset allowed is {LARGEST_OFFSET}"
        raise world.faults.at(query.source.at, "NUMBER_OUTSIDE_VALID_RANGE", message)


def _check_fields_limit(scope: Scope, query: syntax.Query) -> None:
    for column in query.columns:
        operand = column.operand if isinstance(column, syntax.Column) else None
        if not isinstance(operand, syntax.Call) or operand.name != "FIELDS":
            continue
        which = str(operand.arguments[0]).upper() if operand.arguments else ""
        if which in ("ALL", "CUSTOM") and not (query.limit and query.limit <= _FIELDS_LIMIT):
            message = f"The SOQL FIELDS function must have a LIMIT of at most {_FIELDS_LIMIT}"
            raise scope.world.faults.malformed(message, operand.at)
