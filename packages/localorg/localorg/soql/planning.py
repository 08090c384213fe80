"""From a syntax tree to a plan: every name looked up, every rule of Salesforce's checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, func, select

from localorg.schema.model import Child, Field, SObject
from localorg.soql import syntax
from localorg.soql.aggregates import is_aggregate
from localorg.soql.clauses import check_clauses, in_scope
from localorg.soql.conditions import to_where
from localorg.soql.grouping import plan_aggregates
from localorg.soql.ordering import to_ordering
from localorg.soql.plan import Children, CountPlan, Plan, RecordPlan
from localorg.soql.scope import Scope
from localorg.soql.selection import Selection
from localorg.soql.world import World
from localorg.storage.tables import ROW

DEEPEST_CHILDREN = 5
MOST_CHILDREN = 20


def plan_query(world: World, query: syntax.Query) -> Plan:
    """The plan of a query as a client sent it.

    Raises:
        OrgError: INVALID_TYPE, INVALID_FIELD, MALFORMED_QUERY and others, in Salesforce's shape.
    """
    sobject = world.schema.find(query.source.name)
    if sobject is None or query.source.within:
        raise world.faults.unknown_object(".".join((*query.source.within, query.source.name)), query.source.at)
    scope = Scope(world, sobject, query.source.alias)
    _add_parents(scope, query)
    check_clauses(scope, query)
    if _is_count(query):
        return _plan_count(scope, query)
    if query.group_by or any(isinstance(c, syntax.Column) and is_aggregate(c.operand) for c in query.columns):
        return plan_aggregates(scope, query, to_conditions(scope, query))
    return plan_records(scope, query)


def plan_records(scope: Scope, query: syntax.Query, depth: int = 1) -> RecordPlan:
    """The plan of a query, or child subquery, that answers with records."""
    if query.group_by or query.having:
        raise scope.world.faults.malformed("GROUP BY and HAVING are for aggregate queries only", query.source.at)
    selection = Selection(scope)
    for column in query.columns:
        match column:
            case syntax.Query():
                selection.add_children(_plan_children(scope, query, column, depth + 1), column.source.at)
            case syntax.TypeOf():
                selection.add_type_of(column)
            case _:
                selection.add(column)
    return RecordPlan(
        entity=scope.sobject,
        table=scope.table,
        columns=selection.columns,
        nodes=selection.nodes(),
        flat=tuple(selection.flat),
        conditions=to_conditions(scope, query),
        ordering=(*to_ordering(scope, query.order_by), scope.table.c[ROW]),
        source=scope.source,
        limit=query.limit,
        offset=query.offset,
        has_long_text=selection.has_long_text,
    )


def plan_record(world: World, sobject: SObject, fields: Iterable[Field]) -> RecordPlan:
    """The plan to read given fields of records that are found by other means than a query."""
    columns = tuple(syntax.Column(syntax.Path((field.name,), syntax.START), None) for field in fields)
    source = syntax.Source(sobject.name, None, syntax.START)
    return plan_records(Scope(world, sobject), syntax.Query(columns, source))


def to_conditions(scope: Scope, query: syntax.Query) -> tuple[ColumnElement[bool], ...]:
    """What a record must fulfil to be found."""
    written = () if query.where is None else (to_where(scope, query.where),)
    return (*scope.alive(), *in_scope(scope, query), *written)


def _add_parents(scope: Scope, query: syntax.Query) -> None:
    """Takes the further entries of FROM, `Contact c, c.Account a`, as other names for relationships."""
    for source in query.parents:
        path = syntax.Path((*source.within, source.name), source.at)
        names = scope.without_alias(path.names)
        if not source.within or names == path.names:
            raise scope.world.faults.unknown_children(".".join(path.names), source.at)
        reach = scope.root
        for name in names:
            reach = scope.follow(reach, name, path)
        scope.add_alias(source.alias or source.name, names)


def _plan_children(scope: Scope, outer: syntax.Query, query: syntax.Query, depth: int) -> Children:
    faults = scope.world.faults
    if depth > DEEPEST_CHILDREN:
        message = f"SOQL queries can have at most {DEEPEST_CHILDREN} levels of child relationships"
        raise faults.malformed(message, query.source.at)
    if sum(isinstance(column, syntax.Query) for column in outer.columns) > MOST_CHILDREN:
        message = f"SOQL queries can have at most {MOST_CHILDREN} child relationships"
        raise faults.malformed(message, query.source.at)
    child = _find_children(scope, query.source)
    inner = Scope(scope.world, child.sobject, query.source.alias)
    check_clauses(inner, query)
    key = child.field.child_relationship or query.source.name
    return Children(key, plan_records(inner, query, depth), inner.table.c[child.field.name])


def _find_children(scope: Scope, source: syntax.Source) -> Child:
    """The relationship that a child subquery names, alone or behind the name of its parent."""
    names = scope.without_alias((*source.within, source.name))
    child = scope.world.schema.child_relationship(scope.sobject, source.name) if len(names) == 1 else None
    if child is None:
        raise scope.world.faults.unknown_children(".".join((*source.within, source.name)), source.at)
    return child


def _is_count(query: syntax.Query) -> bool:
    column = query.columns[0]
    operand: Any = column.operand if isinstance(column, syntax.Column) else None
    is_call = isinstance(operand, syntax.Call) and operand.name == "COUNT" and not operand.arguments
    return len(query.columns) == 1 and is_call


def _plan_count(scope: Scope, query: syntax.Query) -> CountPlan:
    if query.group_by or query.order_by:
        raise scope.world.faults.malformed("COUNT() takes neither GROUP BY nor ORDER BY", query.source.at)
    conditions = to_conditions(scope, query)
    found = select(scope.table.c[ROW]).select_from(scope.source).where(*conditions)
    limited = found.limit(query.limit).offset(query.offset).subquery()
    return CountPlan(scope.sobject, select(func.count()).select_from(limited))
