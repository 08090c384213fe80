"""Results of queries. The query finds the row keys, in order; records are read page by page, so that a result of any
size takes eight bytes a record in memory.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, select

from localorg.errors import OrgError
from localorg.soql.plan.query_plan import AggregatePlan, Children, CountPlan, Plan, RecordPlan, Row
from localorg.soql.run.column_metadata import to_metadata
from localorg.soql.run.query_limits import within_limits
from localorg.soql.run.record_json import to_record
from localorg.storage.conditions import listed
from localorg.storage.store import Store

DEFAULT_ROOT = "/services/data/v67.0"
LARGEST_AGGREGATION = 2_000
_ONE_BATCH = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"


class Result(Protocol):
    """The result of a query."""

    sobject: str
    total_size: int
    has_long_text: bool
    """A page holds half as many records when a long text area is among the fields."""

    def records(self, offset: int, limit: int, *, root: str = DEFAULT_ROOT) -> list[dict[str, Any]]:
        """Return a page as the REST API gives it; `root` is the path of the API version, for the records' addresses."""
        ...

    def column_metadata(self) -> dict[str, Any]:
        """Return the column metadata that `columns=true` asks for instead of records."""
        ...


def run_plan(store: Store, plan: Plan) -> Result:
    """Run a plan; return its result."""
    if isinstance(plan, RecordPlan):
        return RecordResult(store, plan)
    return AggregateResult(store, plan)


class AggregateResult:
    """Counts and aggregates: few rows, held as they are."""

    has_long_text = False

    def __init__(self, store: Store, plan: CountPlan | AggregatePlan) -> None:
        self._plan = plan
        self.sobject = plan.sobject
        with store.reading() as connection:
            rows = connection.execute(plan.statement).fetchmany(LARGEST_AGGREGATION + 1)
        if len(rows) > LARGEST_AGGREGATION:
            raise OrgError(400, "EXCEEDED_ID_LIMIT", _ONE_BATCH)
        self._records: list[dict[str, Any]] = []
        self.total_size = rows[0][0] if isinstance(plan, CountPlan) else len(rows)
        if isinstance(plan, AggregatePlan):
            self._records = [_to_aggregate(plan, row) for row in rows]

    def records(self, offset: int, limit: int, *, root: str = DEFAULT_ROOT) -> list[dict[str, Any]]:  # noqa: ARG002
        return self._records[offset : offset + limit]

    def column_metadata(self) -> dict[str, Any]:
        return to_metadata(self._plan)


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
        with within_limits(), self._store.reading() as connection:
            rows = self._fetch(connection, self._keys[offset : offset + limit])
            return _to_records(connection, self._plan, rows, root)

    def column_metadata(self) -> dict[str, Any]:
        return to_metadata(self._plan)

    def _fetch(self, connection: Connection, keys: Sequence[int]) -> Sequence[Row]:
        """Return the rows of these keys, in the order of the keys."""
        rows = connection.execute(self._plan.rows_statement, {"keys": json.dumps(list(keys))}).fetchall()
        if not self._plan.is_sorted:
            return rows
        by_key = {row[0]: row for row in rows}
        return [by_key[key] for key in keys if key in by_key]


def _to_records(connection: Connection, plan: RecordPlan, rows: Sequence[Row], root: str) -> list[dict[str, Any]]:
    ids = [row[1] for row in rows]
    children = {
        node.key: _fetch_children(connection, node, ids, root) for node in plan.nodes if isinstance(node, Children)
    }
    return [to_record(plan.sobject, row[1], plan.nodes, row, root, children) for row in rows]


def _fetch_children(
    connection: Connection, node: Children, parent_ids: Sequence[str], root: str
) -> dict[str, dict[str, Any]]:
    """Return the answers to a child subquery by parent, for those that have children."""
    plan = node.plan
    labelled = (sql.label(f"c{number}") for number, sql in enumerate((*plan.columns, node.foreign_key)))
    statement = select(*labelled).select_from(plan.source)
    statement = statement.where(node.foreign_key.in_(listed("parents")), *plan.conditions)
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
    record.update((leaf.key, leaf.value(row)) for leaf in plan.leaves)
    return record
