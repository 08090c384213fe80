"""Answers a query from its syntax tree and from records as plain dictionaries: slow, simple, and without SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from typing import Any

from proof_world import QueryContext, Row
from reference_conditions import holds
from reference_values import AGGREGATES, Group, Scope, evaluate, follow, name_of, read, spelled

from localorg.soql.syntax import tree

ROOT = "/services/data/v60.0"


@dataclass(frozen=True)
class Found:
    """All that a query finds, before LIMIT and OFFSET cut it. Records with equal `keys` may come in any order."""

    records: list[Any]
    keys: list[Any]
    start: int
    end: int | None

    @property
    def size(self) -> int:
        return len(self.records[self.start : self.end])


def answer(world: QueryContext, query: tree.Query, *, include_deleted: bool = False) -> Found:
    """What the query finds."""
    source = world.schema.find(query.source.name)
    assert source is not None
    return _find(Scope(world, source.name, query.source.alias, include_deleted), query, None)


def is_count(query: tree.Query) -> bool:
    """Whether this is `SELECT COUNT()`, which answers with a number alone."""
    column = query.columns[0]
    operand = column.operand if isinstance(column, tree.Column) else None
    return isinstance(operand, tree.Call) and operand.name == "COUNT" and not operand.arguments


def is_aggregate(query: tree.Query) -> bool:
    """Whether the query answers with groups."""
    operands = [column.operand for column in query.columns if isinstance(column, tree.Column)]
    return bool(query.group_by) or any(isinstance(o, tree.Call) and o.name in AGGREGATES for o in operands)


def _find(scope: Scope, query: tree.Query, parent: tuple[str, str] | None) -> Found:
    """What the query finds; in a child subquery, among the records whose reference field names the parent's id."""
    rows = [row for row in scope.rows() if parent is None or row.get(parent[0]) == parent[1]]
    groups = [group for group in map(Group, ([row] for row in rows)) if holds(scope, query.where, group)]
    if is_aggregate(query) and not is_count(query):
        levels = [found for totalled in _levels(scope, query) for found in _grouped(scope, query, groups, totalled)]
        groups = [group for group in levels if holds(scope, query.having, group)]
    for ordering in reversed(query.order_by):
        groups.sort(key=lambda group, by=ordering: _sort_key(scope, by, group), reverse=ordering.is_descending)
    keys = [tuple(_sort_key(scope, ordering, group) for ordering in query.order_by) for group in groups]
    start = query.offset or 0
    end = None if query.limit is None else start + query.limit
    return Found([_to_record(scope, query, group) for group in groups], keys, start, end)


def _levels(scope: Scope, query: tree.Query) -> list[frozenset[str]]:
    """For each level of subtotals, the fields over whose values it goes; first none."""
    names = [name_of(scope, operand) for operand in query.group_by]
    if query.subtotals is None:
        return [frozenset()]
    if query.subtotals.text == "ROLLUP":
        return [frozenset(names[length:]) for length in range(len(names), -1, -1)]
    return [frozenset(chosen) for length in range(len(names) + 1) for chosen in combinations(names, length)]


def _grouped(scope: Scope, query: tree.Query, groups: list[Group], totalled: frozenset[str]) -> list[Group]:
    """Groups of records with the same values; where nothing is grouped by, all are one, even if there are none."""
    kept = [operand for operand in query.group_by if name_of(scope, operand) not in totalled]
    rows = [row for group in groups for row in group.rows]
    if not kept:
        return [Group(rows, totalled)]
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(evaluate(scope, operand, Group([row])).compared for operand in kept), []).append(row)
    return [Group(rows, totalled) for rows in found.values()]


def _sort_key(scope: Scope, ordering: tree.Ordering, group: Group) -> Any:
    """Nulls come first in both directions, unless they are wanted last."""
    cell = evaluate(scope, ordering.operand, group)
    is_first = (cell.value is None) != ordering.is_nulls_last
    rank = is_first if ordering.is_descending else not is_first
    return (rank, 0) if cell.value is None else (rank, cell.sorted_by)


def _to_record(scope: Scope, query: tree.Query, group: Group) -> Any:
    if is_count(query):
        return None
    if is_aggregate(query):
        return _to_aggregate(scope, query, group)
    (row,) = group.rows
    record = _with_attributes(scope.sobject, row)
    for column in query.columns:
        match column:
            case tree.Query():
                _add_children(scope, column, row, record)
            case tree.TypeOf():
                _add_by_type(scope, column, row, record)
            case tree.Column(tree.Path(names)):
                _add_field(scope, names, row, record)
    return record


def _to_aggregate(scope: Scope, query: tree.Query, group: Group) -> dict[str, Any]:
    record: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
    unnamed = 0
    for column in query.columns:
        assert isinstance(column, tree.Column)
        key = column.alias
        if key is None and isinstance(column.operand, tree.Path):
            key = spelled(scope, column.operand.names)[-1]
        elif key is None:
            key, unnamed = f"expr{unnamed}", unnamed + 1
        record[key] = _to_json(evaluate(scope, column.operand, group).value)
    return record


def _add_field(scope: Scope, names: tuple[str, ...], row: Row, record: dict[str, Any]) -> None:
    """Puts a field into the record, and the parents that lead to it around it."""
    *relationships, name = spelled(scope, names)
    at: tuple[str, Row] | None = (scope.sobject, row)
    for relationship in relationships:
        at = follow(scope, at, relationship) if at else None
        if at is None:
            record.setdefault(relationship, None)
            return
        record = record.setdefault(relationship, _with_attributes(*at))
    record[name] = _to_json(read(scope, names, row).value)


def _add_by_type(scope: Scope, column: tree.TypeOf, row: Row, record: dict[str, Any]) -> None:
    """The parent with the fields that are chosen for its kind; null where none are."""
    (relationship,) = spelled(scope, (*column.relationship.names, "Id"))[:-1]
    branches = {branch.sobject.lower(): branch.paths for branch in column.branches}
    parent = follow(scope, (scope.sobject, row), relationship)
    paths = branches.get(parent[0].lower(), column.otherwise) if parent else ()
    if not parent or not paths:
        record[relationship] = None
        return
    inner = Scope(scope.world, parent[0], None, scope.include_deleted)
    record[relationship] = _with_attributes(*parent)
    for path in paths:
        _add_field(inner, path.names, parent[1], record[relationship])


def _add_children(scope: Scope, query: tree.Query, row: Row, record: dict[str, Any]) -> None:
    schema = scope.world.schema
    sobject = schema.find(scope.sobject)
    assert sobject is not None
    child = schema.child_relationship(sobject, query.source.name)
    assert child is not None
    inner = Scope(scope.world, child.sobject.name, query.source.alias, scope.include_deleted)
    found = _find(inner, query, (child.field.name, row["Id"]))
    records = found.records[found.start : found.end]
    answered = {"totalSize": len(records), "done": True, "records": records}
    record[child.field.child_relationship or ""] = answered if records else None


def _with_attributes(sobject: str, row: Row) -> dict[str, Any]:
    return {"attributes": {"type": sobject, "url": f"{ROOT}/sobjects/{sobject}/{row['Id']}"}}


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.000+0000"
    return value.isoformat() if isinstance(value, date) else value
