"""Export a query's records as rows of bulk results: one statement on one state of the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from localorg.errors import OrgError
from localorg.number_texts import FIRST_WITH_EXPONENT, LAST_WITHOUT
from localorg.schema.model import NUMBER_TYPES
from localorg.soql.plan.query_plan import Children, Plan, RecordPlan, TypedParent
from localorg.storage.store import Store

ROWS_AT_ONCE = 1_000
"""Few enough that the rows of one step stay in the processor's cache."""


class Export:
    """The rows of a query on a snapshot of the data; it blocks no writer, and no writer blocks it.

    Raises:
        OrgError: the Bulk API does not take such a query.
    """

    def __init__(self, store: Store, plan: Plan) -> None:
        checked = _checked(plan)
        self.sobject = checked.sobject
        self.columns = tuple(name for name, _, _ in checked.flat)
        """The header."""
        fields = (_to_flat(checked.columns[index], kind) for _, index, kind in checked.flat)
        statement = select(*(field.label(f"c{number}") for number, field in enumerate(fields)))
        statement = statement.select_from(checked.source).where(*checked.conditions)
        self._connection = store.engine.connect()
        found = self._connection.execute(statement.order_by(*checked.ordering).limit(checked.limit))
        # The driver's own rows: SQLAlchemy's would be made only to be taken apart again.
        self._cursor = found.cursor

    def batches(self) -> Iterator[Sequence[Sequence[Any]]]:
        """Yield the rows, many at a time, ready for `csv.writer`: text, numbers, or None for empty."""
        try:
            while self._cursor is not None and (rows := self._cursor.fetchmany(ROWS_AT_ONCE)):
                yield rows
        finally:
            self.close()

    def close(self) -> None:
        """Close the snapshot."""
        self._connection.close()


def _checked(plan: Plan) -> RecordPlan:
    if not isinstance(plan, RecordPlan):
        raise _not_for_bulk("Aggregate Relationship")
    if plan.has_addresses:
        raise _not_for_bulk("Compound data")
    if any(isinstance(node, Children) for node in plan.nodes):
        raise _not_for_bulk("Relationship (parent to child) subqueries")
    if any(kind == "base64" for _, _, kind in plan.flat):
        raise _not_for_bulk("Binary fields")
    if any(isinstance(node, TypedParent) for node in plan.nodes):
        raise _not_for_bulk("TYPEOF")
    if plan.offset is not None:
        raise _not_for_bulk("OFFSET")
    return plan


def _to_flat(sql: ColumnElement[Any], kind: str) -> ColumnElement[Any]:
    """Return booleans as words, which are stored as 0 and 1, and numbers with an exponent where they have one."""
    if kind == "boolean":
        return case((sql == 1, "true"), (sql == 0, "false"))
    if kind not in NUMBER_TYPES - {"int"}:
        return sql
    size = func.abs(sql)
    has_exponent = or_(size >= FIRST_WITH_EXPONENT, and_(size > 0, size < LAST_WITHOUT))
    return case((has_exponent, func.number_text(sql)), else_=sql)


def _not_for_bulk(what: str) -> OrgError:
    return OrgError(400, "API_ERROR", f"FeatureNotEnabled : {what} not supported in Bulk Query")
