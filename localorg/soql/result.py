"""The answer to a query. Which records it holds, and in which order, is settled when the query runs; what is in them is
read page by page, so that a result of any size takes eight bytes a record to hold."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Select, String, bindparam, case, func, select

from localorg.errors import OrgError
from localorg.soql.plan import AggregatePlan, CountPlan, Plan, RecordPlan
from localorg.soql.shape import JSON_FORMS, Children, Row, to_record
from localorg.storage.store import Store
from localorg.storage.tables import ROW

ROWS_AT_ONCE = 2_000
"""Few enough that the rows of one step stay in the processor's cache."""
DEFAULT_ROOT = "/services/data/v67.0"


class Result(Protocol):
    """What a query found."""

    sobject: str
    total_size: int
    has_long_text: bool
    """A page holds half as many records when a long text area is among the fields. Recorded live."""

    def records(self, offset: int, limit: int, *, root: str = DEFAULT_ROOT) -> list[dict[str, Any]]:
        """A page as the REST API gives it; `root` is the path of the API version, for the records' addresses."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The header of bulk results.

        Raises:
            OrgError: the Bulk API does not take such a query.
        """
        ...

    def rows(self, offset: int = 0, limit: int | None = None) -> Iterator[Sequence[Any]]:
        """Rows of bulk results, ready for `csv.writer`: text, numbers, or None for empty."""
        ...


def run_plan(store: Store, plan: Plan) -> Result:
    """The result of a plan, which has run."""
    if isinstance(plan, RecordPlan):
        return RecordResult(store, plan)
    return AggregateResult(store, plan)


class AggregateResult:
    """Counts and aggregates: few rows, held as they are."""

    has_long_text = False

    def __init__(self, store: Store, plan: CountPlan | AggregatePlan) -> None:
        self.sobject = plan.sobject
        with store.reading() as connection:
            rows = connection.execute(plan.statement).fetchall()
        self._records: list[dict[str, Any]] = []
        self.total_size = rows[0][0] if isinstance(plan, CountPlan) else len(rows)
        if isinstance(plan, AggregatePlan):
            self._records = [_to_aggregate(plan, row) for row in rows]

    def records(self, offset: int, limit: int, *, root: str = DEFAULT_ROOT) -> list[dict[str, Any]]:  # noqa: ARG002
        return self._records[offset : offset + limit]

    @property
    def columns(self) -> tuple[str, ...]:
        raise _not_for_bulk("Aggregate Relationship")

    def rows(self, offset: int = 0, limit: int | None = None) -> Iterator[Sequence[Any]]:  # noqa: ARG002
        raise _not_for_bulk("Aggregate Relationship")


class RecordResult:
    """Records; the keys of their rows are held, in order."""

    def __init__(self, store: Store, plan: RecordPlan, keys: Sequence[int] | None = None) -> None:
        self._store = store
        self._plan = plan
        self.sobject = plan.sobject
        self.has_long_text = plan.has_long_text
        if keys is None:
            with store.reading() as connection:
                keys = array("q", connection.execute(plan.keys_statement()).scalars())
        self._keys = keys
        self.total_size = len(keys)

    def records(self, offset: int, limit: int, *, root: str = DEFAULT_ROOT) -> list[dict[str, Any]]:
        with self._store.reading() as connection:
            rows = self._fetch(connection, self._keys[offset : offset + limit], self._plan.columns)
            return _to_records(connection, self._plan, rows, root)

    @property
    def columns(self) -> tuple[str, ...]:
        if self._plan.has_addresses:
            raise _not_for_bulk("Compound data")
        if any(isinstance(node, Children) for node in self._plan.nodes):
            raise _not_for_bulk("Relationship (parent to child) subqueries")
        return tuple(name for name, _, _ in self._plan.flat)

    def rows(self, offset: int = 0, limit: int | None = None) -> Iterator[Sequence[Any]]:
        end = self.total_size if limit is None else min(offset + limit, self.total_size)
        key = self._plan.columns[0]
        columns = (key, *(_to_flat(self._plan.columns[index], kind) for _, index, kind in self._plan.flat))
        for start in range(offset, end, ROWS_AT_ONCE):
            with self._store.reading() as connection:
                rows = self._fetch(connection, self._keys[start : min(start + ROWS_AT_ONCE, end)], columns)
            yield from (row[1:] for row in rows)

    def _fetch(
        self, connection: Connection, keys: Sequence[int], columns: Sequence[ColumnElement[Any]]
    ) -> Sequence[Row]:
        """The rows of these keys, in the order of the keys."""
        statement = _rows_statement(self._plan, columns)
        rows = connection.execute(statement, {"keys": json.dumps(list(keys))}).fetchall()
        if not self._plan.is_sorted:
            return rows
        by_key = {row[0]: row for row in rows}
        return [by_key[key] for key in keys if key in by_key]


def _rows_statement(plan: RecordPlan, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
    wanted = func.json_each(bindparam("keys", type_=String)).table_valued("value")
    labelled = (sql.label(f"c{number}") for number, sql in enumerate(columns))
    statement = select(*labelled).select_from(plan.source).where(plan.table.c[ROW].in_(select(wanted.c.value)))
    return statement if plan.is_sorted else statement.order_by(plan.table.c[ROW])


def _to_records(connection: Connection, plan: RecordPlan, rows: Sequence[Row], root: str) -> list[dict[str, Any]]:
    ids = [row[1] for row in rows]
    children = {
        node.key: _fetch_children(connection, node, ids, root) for node in plan.nodes if isinstance(node, Children)
    }
    return [to_record(plan.sobject, row[1], plan.nodes, row, root, children) for row in rows]


def _fetch_children(
    connection: Connection, node: Children, parent_ids: Sequence[str], root: str
) -> dict[str, dict[str, Any]]:
    """The answers to a child subquery by parent, for those that have children."""
    plan = node.plan
    wanted = func.json_each(bindparam("parents", type_=String)).table_valued("value")
    labelled = (sql.label(f"c{number}") for number, sql in enumerate((*plan.columns, node.foreign_key)))
    statement = select(*labelled).select_from(plan.source)
    statement = statement.where(node.foreign_key.in_(select(wanted.c.value)), *plan.conditions)
    rows = connection.execute(statement.order_by(*plan.ordering), {"parents": json.dumps(list(parent_ids))}).fetchall()
    by_parent: dict[str, list[Row]] = {}
    for row in rows:
        by_parent.setdefault(row[-1], []).append(row)
    start = plan.offset or 0
    end = None if plan.limit is None else start + plan.limit
    return {
        parent: _to_answer(_to_records(connection, plan, found[start:end], root))
        for parent, found in by_parent.items()
        if found[start:end]
    }


def _to_answer(records: list[dict[str, Any]]) -> dict[str, Any]:
    return {"totalSize": len(records), "done": True, "records": records}


def _to_aggregate(plan: AggregatePlan, row: Row) -> dict[str, Any]:
    record: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
    for (key, kind), value in zip(plan.columns, row, strict=True):
        form = JSON_FORMS.get(kind)
        record[key] = value if form is None or value is None else form(value)
    return record


def _to_flat(sql: ColumnElement[Any], kind: str) -> ColumnElement[Any]:
    """Booleans rest as 0 and 1; in CSV they are words."""
    return case((sql == 1, "true"), (sql == 0, "false")) if kind == "boolean" else sql


def _not_for_bulk(what: str) -> OrgError:
    return OrgError(400, "API_ERROR", f"FeatureNotEnabled : {what} not supported in Bulk Query")
