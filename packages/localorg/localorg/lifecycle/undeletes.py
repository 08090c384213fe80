"""Undelete records with what was deleted along with them, or remove them for good."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select, update

from localorg.errors import OrgError
from localorg.lifecycle.recycle_bin import DELETED, RecycleBin
from localorg.records.record_context import RecordContext
from localorg.records.single.changes import check_unique, to_record_id
from localorg.records.single.writes import Writes
from localorg.schema.model import Field, Schema, SObject
from localorg.storage.conditions import alive, among
from localorg.storage.store import Store

RowGroup = tuple[SObject, list[str]]


class Undeletes:
    """Takes records out of the recycle bin of one store, with the stamps of `Writes`."""

    def __init__(self, store: Store, writes: Writes, recycle_bin: RecycleBin) -> None:
        self._store = store
        self._writes = writes
        self._bin = recycle_bin

    def undelete(self, schema: Schema, record_id: str, user_id: str) -> None:
        """Undelete a record with what was deleted along with it, and restore the lookups that its delete cleared.

        Raises:
            OrgError: UNDELETE_FAILED, for what is not in the bin, went there with another record, or cannot be without
                a record that is still there; DUPLICATE_VALUE.
        """
        with self._store.writing() as connection:
            root_id = to_record_id(record_id)
            root = schema.of_id(root_id)
            rows = self._bin.with_root(connection, root_id)
            if not rows or root is None or not root.flags.get("undeletable", True):
                raise OrgError(400, "UNDELETE_FAILED", "Entity is not in the recycle bin")
            now = self._writes.now()
            cleared = self._bin.take_out(connection, root_id)
            groups = _by_object(schema, rows)
            for sobject, ids in groups:
                self._restore(RecordContext(connection, self._store.table, schema, sobject, user_id), ids, now)
            for sobject, ids in groups:
                self._clear_missing_references(connection, sobject, ids)
            for row in cleared:
                self._restore_lookup(connection, schema, row, now)

    def _restore(self, context: RecordContext, ids: Sequence[str], now: str) -> None:
        connection, table = context.connection, context.table
        for record in connection.execute(select(table).where(among(table.c["Id"], ids))).mappings().fetchall():
            check_unique(context, dict(record), record["Id"])
        unmerged = {"MasterRecordId": None} if "MasterRecordId" in table.c else {}
        changes = {"IsDeleted": False, **unmerged, **context.sobject.modified(now, context.user_id)}
        connection.execute(update(table).where(among(table.c["Id"], ids)).values(changes))

    def _clear_missing_references(self, connection: Connection, sobject: SObject, ids: Sequence[str]) -> None:
        """Clear references to records that are still deleted; they are restored with those."""
        table = self._store.table(sobject)
        for field in (field for field in sobject.stored if field.type == "reference"):
            value = table.c[field.name]
            lost = select(table.c["Id"], value, DELETED.c.root_id).join(DELETED, value == DELETED.c.record_id)
            found = connection.execute(lost.where(among(table.c["Id"], ids))).fetchall()
            if found and not field.nillable:
                raise OrgError(400, "UNDELETE_FAILED", f"{field.label}: the parent is deleted", [field.name])
            if found:
                orphans = among(table.c["Id"], [row[0] for row in found])
                connection.execute(update(table).where(orphans).values({field.name: None}))
                self._bin.note_cleared(connection, sobject, field.name, [(row[2], row[0], row[1]) for row in found])

    def _restore_lookup(self, connection: Connection, schema: Schema, cleared: Row[Any], now: str) -> None:
        """Restore the value of a lookup, unless it was set again since."""
        sobject = schema.find(cleared.sobject)
        field: Field | None = sobject.find(cleared.field) if sobject else None
        if sobject is None or field is None:
            return
        table = self._store.table(sobject)
        is_empty = (table.c["Id"] == cleared.record_id) & table.c[field.name].is_(None)
        stamps = sobject.kept({"SystemModstamp": now})
        for there, stamp in ((alive(table), stamps), (~alive(table), {})):
            filled = {field.name: cleared.value, **stamp}
            connection.execute(update(table).where(is_empty, there).values(filled))

    def purge(self, schema: Schema, record_id: str) -> None:
        """Remove a record, and what its delete took along, from the recycle bin for good.

        Raises:
            OrgError: INVALID_ID_FIELD, for what is not in the bin or went there with another record.
        """
        with self._store.writing() as connection:
            rows = self._bin.with_root(connection, to_record_id(record_id))
            if not rows:
                raise OrgError(400, "INVALID_ID_FIELD", "invalid record id; no recycle bin entry found")
            self._bin.remove(connection, schema, rows)


def _by_object(schema: Schema, rows: Sequence[Row[Any]]) -> list[RowGroup]:
    groups = ((schema.find(name), list(group)) for name, group in groupby(rows, key=lambda row: str(row.sobject)))
    return [(sobject, [row.record_id for row in group]) for sobject, group in groups if sobject is not None]
