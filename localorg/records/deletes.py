"""Deleting records: into the recycle bin, with those that cannot be without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, select, update

from localorg.records.writes import Writes, not_possible
from localorg.schema.model import Schema, SObject
from localorg.storage.store import Store


class Deletes:
    """Deletes from one store, with the stamps of `Writes`."""

    def __init__(self, store: Store, writes: Writes) -> None:
        self._store = store
        self._writes = writes

    def delete(self, schema: Schema, sobject: SObject, record_id: str, user_id: str) -> None:
        """Moves the record to the recycle bin, and with it the records that cannot be without it."""
        if not sobject.deletable:
            raise not_possible(sobject, "deleted")
        with self._store.writing() as connection:
            existing = self._writes.existing(connection, sobject, record_id)
            if not sobject.is_recycled:
                table = self._store.table(sobject)
                connection.execute(delete(table).where(table.c["Id"] == existing["Id"]))
                return
            now = self._writes.now()
            stamps = {"LastModifiedDate": now, "LastModifiedById": user_id, "SystemModstamp": now}
            self._recycle(connection, schema, sobject, [existing["Id"]], {"IsDeleted": True, **stamps})

    def _recycle(
        self, connection: Connection, schema: Schema, sobject: SObject, ids: list[str], marks: Mapping[str, Any]
    ) -> None:
        table = self._store.table(sobject)
        connection.execute(update(table).where(table.c["Id"].in_(ids)).values(marks))
        for child in schema.children_of(sobject):
            if not child.field.cascade_delete:
                continue
            below = self._store.table(child.sobject)
            is_there = below.c[child.field.name].in_(ids) & (below.c["IsDeleted"] == 0)
            found = list(connection.execute(select(below.c["Id"]).where(is_there)).scalars())
            if found:
                self._recycle(connection, schema, child.sobject, found, marks)
