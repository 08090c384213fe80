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
CHILDREN_AT_ONCE = 199
"""Children of one parent on the first page."""
_ONE_BATCH = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"


class Result(Protocol):
    """The result of a query."""

    sobject: str
    total_size: int
    has_long_text: bool
    """A page holds half as many records when a long text area is among the fields."""
    has_children: bool
    """Whether a child subquery is among the fields."""

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
    has_children = False

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
        self.has_children = any(isinstance(node, Children) for node in plan.nodes)
        if keys is None:
            with store.reading() as connection:
                keys = array("q", connection.execute(plan.keys_statement()).scalars())
        self._keys = keys
        self.total_size = len(keys)

    def records(self, offset: int, limit: int, *, root: str = DEFAULT_ROOT) -> list[dict[str, Any]]:
        return list(self._read(self._keys[offset : offset + limit], root).values())

    def records_by_id(self, root: str) -> dict[str, dict[str, Any]]:
        """Return all records, by their ids."""
        return self._read(self._keys, root)

    def column_metadata(self) -> dict[str, Any]:
        return to_metadata(self._plan)

    def _read(self, keys: Sequence[int], root: str) -> dict[str, dict[str, Any]]:
        """Return the records of these keys by their ids, in the order of the keys."""
        with within_limits(), self._store.reading() as connection:
            rows = self._fetch(connection, keys)
            records = _RecordShaper(self._store, connection, root).to_records(self._plan, rows)
        return {row[1]: record for row, record in zip(rows, records, strict=True)}

    def _fetch(self, connection: Connection, keys: Sequence[int]) -> Sequence[Row]:
        """Return the rows of these keys, in the order of the keys."""
        rows = connection.execute(self._plan.rows_statement, {"keys": json.dumps(list(keys))}).fetchall()
        if not self._plan.is_sorted:
            return rows
        by_key = {row[0]: row for row in rows}
        return [by_key[key] for key in keys if key in by_key]


class _RecordShaper:
    """Makes records of rows, with the answers to their child subqueries."""

    def __init__(self, store: Store, connection: Connection, root: str) -> None:
        self._store = store
        self._connection = connection
        self._root = root

    def to_records(self, plan: RecordPlan, rows: Sequence[Row]) -> list[dict[str, Any]]:
        ids = [row[1] for row in rows]
        children = {node.key: self._fetch_children(node, ids) for node in plan.nodes if isinstance(node, Children)}
        return [to_record(plan.sobject, row[1], plan.nodes, row, self._root, children) for row in rows]

    def _fetch_children(self, node: Children, parent_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the answers to a child subquery by parent, for those that have children."""
        plan = node.plan
        labelled = (sql.label(f"c{number}") for number, sql in enumerate((*plan.columns, node.foreign_key)))
        statement = select(*labelled).select_from(plan.source)
        statement = statement.where(node.foreign_key.in_(listed("parents")), *plan.conditions)
        parents = {"parents": json.dumps(list(parent_ids))}
        by_parent: dict[str, list[Row]] = {}
        for row in self._connection.execute(statement.order_by(*plan.ordering), parents).fetchall():
            by_parent.setdefault(row[-1], []).append(row)
        start = plan.offset or 0
        end = None if plan.limit is None else start + plan.limit
        return {
            parent: self._to_answer(plan, found[start:end]) for parent, found in by_parent.items() if found[start:end]
        }

    def _to_answer(self, plan: RecordPlan, rows: Sequence[Row]) -> dict[str, Any]:
        """Return a page of children. Where there are more, `nextRecordsUrl` holds the result for the caller to open."""
        records = self.to_records(plan, rows[:CHILDREN_AT_ONCE])
        if len(records) == len(rows):
            return {"totalSize": len(rows), "done": True, "records": records}
        whole = RecordResult(self._store, plan, array("q", [row[0] for row in rows]))
        return {"totalSize": len(rows), "done": False, "nextRecordsUrl": whole, "records": records}


def _to_aggregate(plan: AggregatePlan, row: Row) -> dict[str, Any]:
    record: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
    record.update((leaf.key, leaf.value(row)) for leaf in plan.leaves)
    return record
