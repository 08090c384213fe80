"""Read single records by id, and find the bytes of their fields."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from localorg.errors import entity_is_deleted, not_found
from localorg.ids import to_id18
from localorg.records.single.changes import to_record_id, unknown_field
from localorg.schema.model import Field, SObject
from localorg.soql.plan.plan_query import plan_record
from localorg.soql.plan.query_context import QueryContext
from localorg.soql.plan.query_plan import RecordPlan
from localorg.soql.plan.scope import Scope
from localorg.soql.run.result import RecordResult
from localorg.storage.conditions import alive, listed
from localorg.storage.store import Store
from localorg.storage.tables import ROW

_MOST_PLANS = 500


class RecordReader:
    """Reads from one store; every method raises NOT_FOUND and ENTITY_IS_DELETED."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._plans: dict[tuple[SObject, tuple[str, ...]], RecordPlan] = {}

    def record(
        self, context: QueryContext, sobject: SObject, record_id: str, names: Iterable[str] | None, root: str
    ) -> dict[str, Any]:
        """Return the record with the named fields, or with all of them.

        Raises:
            OrgError: MALFORMED_ID; INVALID_FIELD for a field that does not exist.
        """
        fields = sobject.fields if names is None else [_field(sobject, name) for name in dict.fromkeys(names)]
        key = self._key_of(context, sobject, record_id)
        return RecordResult(self._store, self._plan(context, sobject, fields), [key]).records(0, 1, root=root)[0]

    def records(
        self, context: QueryContext, sobject: SObject, ids: Sequence[str], names: Iterable[str], root: str
    ) -> list[dict[str, Any] | None]:
        """Return the records with the named fields, in the order of the ids; None for an id that has none."""
        fields = [_field(sobject, name) for name in dict.fromkeys(names)]
        wanted = [to_id18(record_id) for record_id in ids]
        table = self._store.table(sobject)
        is_seen = (table.c["Id"].in_(listed("ids")), alive(table), *context.seen(sobject, table))
        statement = select(table.c[ROW]).where(*is_seen).order_by(table.c[ROW])
        with self._store.reading() as connection:
            keys = connection.execute(statement, {"ids": json.dumps([*filter(None, wanted)])}).scalars().all()
        found = RecordResult(self._store, self._plan(context, sobject, fields), keys).records_by_id(root)
        return [found.get(record_id) if record_id else None for record_id in wanted]

    def blob_key(self, context: QueryContext, sobject: SObject, record_id: str, name: str) -> str:
        """Return the blob key of a field's bytes; NOT_FOUND also where the field has none."""
        key = self._key_of(context, sobject, record_id)
        table = self._store.table(sobject)
        with self._store.reading() as connection:
            statement = select(table.c[_field(sobject, name).name]).where(table.c[ROW] == key)
            blob_key = connection.execute(statement).scalar()
        if blob_key is None:
            raise not_found()
        return str(blob_key)

    def _plan(self, context: QueryContext, sobject: SObject, fields: Sequence[Field]) -> RecordPlan:
        """Return the plan to read these fields. It is cached, as planning takes longer than reading; but formulas
        depend on the time.
        """
        if any(field.is_computed for field in fields):
            return plan_record(context, sobject, fields)
        key = (sobject, tuple(field.name for field in fields))
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            plan = self._plans[key] = plan_record(context, sobject, fields)
        return plan

    def _key_of(self, context: QueryContext, sobject: SObject, record_id: str) -> int:
        table = self._store.table(sobject)
        is_it = table.c["Id"] == to_record_id(record_id)
        with self._store.reading() as connection:
            statement = select(table.c[ROW], alive(table)).where(is_it, *context.seen(sobject, table))
            row = connection.execute(statement).first()
        if row is None:
            raise not_found()
        if not row[1]:
            raise entity_is_deleted()
        return int(row[0])


def count_records(connection: Connection, context: QueryContext, sobject: SObject) -> int:
    """Return how many records the object has, without deleted ones."""
    scope = Scope(context, sobject)
    statement = select(func.count()).select_from(scope.table).where(*scope.alive())
    return int(connection.execute(statement).scalar_one())


def _field(sobject: SObject, name: str) -> Field:
    field = sobject.find(name)
    if field is None:
        raise unknown_field(sobject, name)
    return field
