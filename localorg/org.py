"""The org: everything that its API needs to answer, and nothing of HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, NestedTransaction, func, select
from sqlalchemy.exc import OperationalError

from localorg.errors import OrgError, entity_is_deleted, not_found
from localorg.ids import custom_key_prefix
from localorg.records.changes import to_record_id, unknown_field
from localorg.records.deletes import Deletes
from localorg.records.founding import found_org
from localorg.records.loading import Loading
from localorg.records.numbering import Numbering
from localorg.records.writes import Writes
from localorg.schema import describe as shapes
from localorg.schema.loader import to_sobject
from localorg.schema.model import Field, Schema, SObject
from localorg.soql.faults import QueryFaults
from localorg.soql.parse import parse
from localorg.soql.plan import plan_query, plan_record
from localorg.soql.result import DEFAULT_ROOT, RecordResult, Result, run_plan
from localorg.soql.scope import World
from localorg.storage.store import Store
from localorg.storage.tables import ROW

__all__ = ["Org", "Result"]


class Org:
    """One org in one SQLite file, which keeps everything: records, key prefixes, and fields that were learned.

    Safe to use from many threads. Names of objects and fields are accepted in any case, ids with 15 or 18 characters.
    Every method raises `OrgError` as the API would.

    Args:
        database: the file, made where it is missing; None for one that goes away with the org.
        clock: the org's time, with a zone.
    """

    def __init__(self, schema: Schema, database: Path | None, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._store = Store(database)
        self._numbering = Numbering(self._store)
        self._writes = Writes(self._store, clock, self._numbering)
        self._deletes = Deletes(self._store, self._writes)
        self._loading = Loading(self._store, self._writes, self._numbering)
        self.schema = Schema(())
        with self._store.writing() as connection:
            for sobject in schema.objects:
                self._adopt(connection, sobject)
            for name, definition in self._store.learned(connection):
                self._adopt(connection, to_sobject(name, definition, self.schema.find(name)))
            self.organization_id, self.admin_user_id = found_org(self._loading, self.sobject)

    def query(self, soql: str, *, include_deleted: bool = False) -> Result:
        """What a query finds, with deleted records where the caller wants them."""
        world = self._world(soql, include_deleted)
        try:
            return run_plan(self._store, plan_query(world, parse(soql)))
        except RecursionError as error:
            raise _too_complicated() from error
        except OperationalError as error:
            if "Expression tree is too large" in str(error.orig):
                raise _too_complicated() from error
            raise

    def read(
        self, sobject: str, record_id: str, fields: Iterable[str] | None = None, *, root: str = DEFAULT_ROOT
    ) -> dict[str, Any]:
        """One record with the named fields, or with all of them."""
        found = self.sobject(sobject)
        world = self._world("", include_deleted=False)
        chosen = found.fields if fields is None else [_field(found, name) for name in dict.fromkeys(fields)]
        key = self._key_of(found, to_record_id(record_id))
        return RecordResult(self._store, plan_record(world, found, chosen), [key]).records(0, 1, root=root)[0]

    def create(self, sobject: str, fields: Mapping[str, Any], *, user_id: str | None = None) -> str:
        """The id of a new record."""
        return self._writes.create(self.schema, self.sobject(sobject), fields, user_id or self.admin_user_id)

    def update(self, sobject: str, record_id: str, fields: Mapping[str, Any], *, user_id: str | None = None) -> None:
        """Changes the given fields of a record."""
        self._writes.update(self.schema, self.sobject(sobject), record_id, fields, user_id or self.admin_user_id)

    def upsert(
        self,
        sobject: str,
        external_field: str,
        value: Any,
        fields: Mapping[str, Any],
        *,
        update_only: bool = False,
        user_id: str | None = None,
    ) -> tuple[str, bool]:
        """The id of the record with that external id, updated or else created, and whether it was created.

        Raises:
            OrgError: status 300 with `record_ids`, where several records have that external id.
        """
        key = (external_field, value)
        user = user_id or self.admin_user_id
        return self._writes.upsert(self.schema, self.sobject(sobject), key, fields, user, update_only=update_only)

    def delete(self, sobject: str, record_id: str, *, user_id: str | None = None) -> None:
        """Moves a record to the recycle bin, and with it those that cannot be without it."""
        self._deletes.delete(self.schema, self.sobject(sobject), record_id, user_id or self.admin_user_id)

    def find(self, sobject: str, external_field: str, value: Any) -> str:
        """The id of the record with that external id; status 404 where there is none, 300 where there are several."""
        with self._store.reading() as connection:
            record_id = self._writes.find(connection, self.sobject(sobject), external_field, value)
        if record_id is None:
            raise not_found()
        return record_id

    @contextmanager
    def transaction(self) -> Iterator[NestedTransaction]:
        """Several writes that are kept together, or, after `rollback()` on what this yields, not at all."""
        with self._store.writing() as connection, connection.begin_nested() as savepoint:
            yield savepoint

    def insert_many(self, sobject: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        """The ids of many new records, in order. Ids and stamps in the rows are honoured; see `Loading`."""
        return self._loading.insert_many(self.sobject(sobject), rows, self.admin_user_id)

    def write_system(self, sobject: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        """The ids of records that the org writes by itself, with any stamp; see `Loading`."""
        return self._loading.write_system(self.sobject(sobject), rows, self.admin_user_id)

    def add_object(self, name: str) -> None:
        """Learns a custom object with a Name, unless it is known."""
        if self.schema.find(name) is None:
            self._learn(name, {})

    def add_field(self, sobject: str, name: str, *, length: int = 255) -> None:
        """Learns a text field, unless it is known."""
        if self.sobject(sobject).find(name) is None:
            self._learn(self.sobject(sobject).name, {"fields": {name: {"type": "text", "length": length}}})

    def describe(self, sobject: str, *, root: str = DEFAULT_ROOT) -> dict[str, Any]:
        """The describe of one object."""
        return shapes.describe(self.schema, self.sobject(sobject), root)

    def describe_global(self, *, root: str = DEFAULT_ROOT) -> dict[str, Any]:
        """The list of all objects."""
        return shapes.describe_global(self.schema, root)

    def counts(self) -> dict[str, int]:
        """How many records each object has, without deleted ones."""
        with self._store.reading() as connection:
            return {sobject.name: _count(connection, self._store, sobject) for sobject in self.schema.objects}

    def sobject(self, name: str) -> SObject:
        """The object of that name; NOT_FOUND where there is none."""
        found = self.schema.find(name)
        if found is None:
            raise not_found()
        return found

    def close(self) -> None:
        """Closes the file."""
        self._store.close()

    def _world(self, soql: str, include_deleted: bool) -> World:
        return World(self.schema, self._store.alias, QueryFaults(soql), include_deleted, self._clock().astimezone(UTC))

    def _key_of(self, sobject: SObject, record_id: str) -> int:
        table = self._store.table(sobject)
        deleted = table.c.get("IsDeleted", table.c["Id"])
        with self._store.reading() as connection:
            row = connection.execute(select(table.c[ROW], deleted).where(table.c["Id"] == record_id)).first()
        if row is None:
            raise not_found()
        if row[1] == 1:
            raise entity_is_deleted()
        return int(row[0])

    def _learn(self, name: str, definition: dict[str, Any]) -> None:
        with self._store.writing() as connection:
            sobject = self._with_prefix(connection, to_sobject(name, definition, self.schema.find(name)))
            self._store.prepare(connection, sobject)
            self._store.remember_learned(connection, sobject.name, definition)
            self.schema = self.schema.with_object(sobject)

    def _adopt(self, connection: Connection, sobject: SObject) -> None:
        sobject = self._with_prefix(connection, sobject)
        self._store.prepare(connection, sobject)
        self.schema = self.schema.with_object(sobject)

    def _with_prefix(self, connection: Connection, sobject: SObject) -> SObject:
        """The object with a key prefix: its own, the one it was given before, or the next one that is free."""
        if sobject.key_prefix:
            return sobject
        known = self._store.key_prefixes(connection)
        if sobject.name not in known:
            known[sobject.name] = custom_key_prefix(len(known))
            self._store.remember_key_prefix(connection, sobject.name, known[sobject.name])
        return replace(sobject, key_prefix=known[sobject.name])


def _too_complicated() -> OrgError:
    message = "Query is either selecting too many fields or the filter conditions are too complicated."
    return OrgError(400, "QUERY_TOO_COMPLICATED", message)


def _field(sobject: SObject, name: str) -> Field:
    field = sobject.find(name)
    if field is None:
        raise unknown_field(sobject, name)
    return field


def _count(connection: Connection, store: Store, sobject: SObject) -> int:
    table = store.table(sobject)
    statement = select(func.count()).select_from(table)
    if sobject.is_recycled:
        statement = statement.where(table.c["IsDeleted"] == 0)
    return int(connection.execute(statement).scalar_one())
