"""Turn a syntax tree into a plan: look up every name, check Salesforce's rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, func, select

from localorg.schema.model import Child, Field, SObject
from localorg.soql.functions.aggregates import is_aggregate
from localorg.soql.plan.clauses import check_clauses, in_scope
from localorg.soql.plan.grouping import plan_aggregates
from localorg.soql.plan.ordering import to_ordering
from localorg.soql.plan.query_context import QueryContext
from localorg.soql.plan.query_plan import Children, CountPlan, Plan, RecordPlan
from localorg.soql.plan.scope import Scope
from localorg.soql.plan.selection import Selection
from localorg.soql.syntax import tree
from localorg.soql.where.conditions import to_where
from localorg.storage.tables import ROW

DEEPEST_CHILDREN = 5
MOST_CHILDREN = 20


def plan_query(context: QueryContext, query: tree.Query) -> Plan:
    """Return the plan of a query as a client sent it.

    Raises:
        OrgError: INVALID_TYPE, INVALID_FIELD, MALFORMED_QUERY and others, in Salesforce's shape.
    """
    sobject = context.schema.find(query.source.name)
    if sobject is None or query.source.within:
        raise context.errors.unknown_object(".".join((*query.source.within, query.source.name)), query.source.at)
    scope = Scope(context, sobject, query.source.alias)
    _add_parents(scope, query)
    check_clauses(scope, query)
    if _is_count(query):
        return _plan_count(scope, query)
    if query.group_by or any(isinstance(c, tree.Column) and is_aggregate(c.operand) for c in query.columns):
        return plan_aggregates(scope, query, to_conditions(scope, query))
    return plan_records(scope, query)


def plan_records(scope: Scope, query: tree.Query, depth: int = 1) -> RecordPlan:
    """Return the plan of a query, or child subquery, that answers with records."""
    if query.group_by or query.having:
        raise scope.context.errors.malformed("GROUP BY and HAVING are for aggregate queries only", query.source.at)
    selection = Selection(scope)
    for column in query.columns:
        match column:
            case tree.Query():
                selection.add_children(_plan_children(scope, query, column, depth + 1), column.source.at)
            case tree.TypeOf():
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


def plan_record(context: QueryContext, sobject: SObject, fields: Iterable[Field]) -> RecordPlan:
    """Return the plan to read given fields of records that are found by other means than a query."""
    columns = tuple(tree.Column(tree.Path((field.name,), tree.START), None) for field in fields)
    source = tree.Source(sobject.name, None, tree.START)
    return plan_records(Scope(context, sobject), tree.Query(columns, source))


def to_conditions(scope: Scope, query: tree.Query) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a record must meet."""
    written = () if query.where is None else (to_where(scope, query.where),)
    return (*scope.alive(), *in_scope(scope, query), *written)


def _add_parents(scope: Scope, query: tree.Query) -> None:
    """Add the further entries of FROM, `Contact c, c.Account a`, as aliases of relationships."""
    for source in query.parents:
        path = tree.Path((*source.within, source.name), source.at)
        names = scope.without_alias(path.names)
        if not source.within or names == path.names:
            raise scope.context.errors.unknown_children(".".join(path.names), source.at)
        reach = scope.root
        for name in names:
            reach = scope.follow(reach, name, path)
        scope.add_alias(source.alias or source.name, names)


def _plan_children(scope: Scope, outer: tree.Query, query: tree.Query, depth: int) -> Children:
    errors = scope.context.errors
    if depth > DEEPEST_CHILDREN:
        message = f"SOQL queries can have at most {DEEPEST_CHILDREN} levels of child relationships"
        raise errors.malformed(message, query.source.at)
    if sum(isinstance(column, tree.Query) for column in outer.columns) > MOST_CHILDREN:
        message = f"SOQL queries can have at most {MOST_CHILDREN} child relationships"
        raise errors.malformed(message, query.source.at)
    child = _find_children(scope, query.source)
    inner = Scope(scope.context, child.sobject, query.source.alias)
    check_clauses(inner, query)
    key = child.field.child_relationship or query.source.name
    return Children(key, plan_records(inner, query, depth), inner.table.c[child.field.name])


def _find_children(scope: Scope, source: tree.Source) -> Child:
    """Return the relationship that a child subquery names, alone or behind the name of its parent."""
    names = scope.without_alias((*source.within, source.name))
    child = scope.context.schema.child_relationship(scope.sobject, source.name) if len(names) == 1 else None
    if child is None:
        raise scope.context.errors.unknown_children(".".join((*source.within, source.name)), source.at)
    return child


def _is_count(query: tree.Query) -> bool:
    column = query.columns[0]
    operand: Any = column.operand if isinstance(column, tree.Column) else None
    is_call = isinstance(operand, tree.Call) and operand.name == "COUNT" and not operand.arguments
    return len(query.columns) == 1 and is_call


def _plan_count(scope: Scope, query: tree.Query) -> CountPlan:
    if query.group_by or query.order_by:
        raise scope.context.errors.malformed("COUNT() takes neither GROUP BY nor ORDER BY", query.source.at)
    conditions = to_conditions(scope, query)
    found = select(scope.table.c[ROW]).select_from(scope.source).where(*conditions)
    limited = found.limit(query.limit).offset(query.offset).subquery()
    return CountPlan(scope.sobject, select(func.count()).select_from(limited))
