"""Delete records together with their cascading children."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, Table, delete, select, update

from localorg.errors import OrgError, entity_is_deleted, invalid_cross_reference, malformed_id
from localorg.ids import to_id18
from localorg.lifecycle.delete_restrictions import DeletedWith, delete_restrictions
from localorg.lifecycle.recycle_bin import RecycleBin
from localorg.records.record_context import RecordContext
from localorg.records.single.person_accounts import person_contact_refusals
from localorg.records.single.writes import Writes, not_deletable
from localorg.schema.model import Field, Schema, SObject
from localorg.storage.conditions import alive, among, listed
from localorg.storage.store import Store

AT_ONCE = 2_000


class Deletes:
    """Deletes from one store, with the stamps of `Writes`."""

    def __init__(self, store: Store, writes: Writes, recycle_bin: RecycleBin) -> None:
        self._store = store
        self._writes = writes
        self._bin = recycle_bin

    def delete(self, schema: Schema, sobject: SObject, record_id: str, user_id: str) -> None:
        """Delete a record together with its cascading children.

        Raises:
            OrgError: INSUFFICIENT_ACCESS_OR_READONLY, MALFORMED_ID, INVALID_CROSS_REFERENCE_KEY, ENTITY_IS_DELETED,
                DELETE_FAILED.
        """
        (refusal,) = self.delete_many(schema, sobject, [record_id], user_id)
        if refusal is not None:
            raise refusal

    def delete_many(
        self, schema: Schema, sobject: SObject, record_ids: Sequence[str], user_id: str, *, hard: bool = False
    ) -> list[OrgError | None]:
        """Delete records; return for each id None, or why it was not deleted. A hard delete skips the recycle bin.

        Raises:
            OrgError: INSUFFICIENT_ACCESS_OR_READONLY, where no record of the object can be deleted.
        """
        if not sobject.deletable:
            raise not_deletable()
        outcomes: list[OrgError | None] = []
        with self._store.writing() as connection:
            context = RecordContext(connection, self._store.table, schema, sobject, user_id)
            for start in range(0, len(record_ids), AT_ONCE):
                some = record_ids[start : start + AT_ONCE]
                outcomes += self._delete_some(context, some, hard=hard)
        return outcomes

    def _delete_some(self, context: RecordContext, given: Sequence[str], *, hard: bool) -> list[OrgError | None]:
        ids = [to_id18(text) for text in given]
        faults = self._missing(context, ids)
        faults |= person_contact_refusals(context.connection, context.table, context.sobject, [i for i in ids if i])
        wanted = [record_id for record_id in dict.fromkeys(ids) if record_id is not None and record_id not in faults]
        deleted_with = self._with_children(context, wanted)
        faults |= delete_restrictions(context, deleted_with)
        spared = set(faults)
        deleted_with = {
            name: {r: root for r, root in roots.items() if root not in spared} for name, roots in deleted_with.items()
        }
        self._mark_deleted(context, deleted_with, hard=hard)
        return list(_outcomes(given, ids, faults))

    def _missing(self, context: RecordContext, ids: Iterable[str | None]) -> dict[str, OrgError]:
        table = context.table
        wanted = [record_id for record_id in ids if record_id is not None]
        statement = select(table.c["Id"], ~alive(table)).where(among(table.c["Id"], wanted))
        is_deleted = {row[0]: bool(row[1]) for row in context.connection.execute(statement)}
        locked = {r: refusal for r in wanted if (refusal := self._writes.locks.refusal([r])) is not None}
        faults = {record_id: invalid_cross_reference() for record_id in wanted if record_id not in is_deleted}
        gone = {record_id: entity_is_deleted() for record_id, deleted in is_deleted.items() if deleted}
        return locked | faults | gone

    def _with_children(self, context: RecordContext, ids: Iterable[str]) -> DeletedWith:
        """Return the records and their cascading children, each with the record whose delete takes it along."""
        sobject = context.sobject
        deleted_with: DeletedWith = {sobject.name: {record_id: record_id for record_id in ids}}
        waiting = [(sobject, dict(deleted_with[sobject.name]))]
        while waiting:
            parent, roots = waiting.pop()
            for child in context.schema.children_of(parent):
                if not child.field.cascade_delete or not roots:
                    continue
                known = deleted_with.setdefault(child.sobject.name, {})
                rows = self._referring(context.of(child.sobject), child.field, roots)
                found = {record_id: roots[value] for record_id, value in rows if record_id not in known}
                known |= found
                waiting.append((child.sobject, found))
        return deleted_with

    @staticmethod
    def _referring(context: RecordContext, field: Field, ids: Iterable[str]) -> list[tuple[str, str]]:
        """Return the records that hold one of the ids in a field: their id, and what they hold."""
        statement = _referring_statement(context.table, field.name)
        return [(row[0], row[1]) for row in context.connection.execute(statement, {"given": json.dumps(list(ids))})]

    def _mark_deleted(self, context: RecordContext, deleted_with: DeletedWith, *, hard: bool) -> None:
        connection = context.connection
        now = self._writes.now()
        deleted = [
            (sobject, roots) for name, roots in deleted_with.items() if roots and (sobject := context.schema.find(name))
        ]
        for sobject, roots in deleted:
            table = context.table_of(sobject)
            gone = hard or not sobject.is_recycled
            if gone:
                connection.execute(delete(table).where(among(table.c["Id"], roots)))
            else:
                marks = {"IsDeleted": True, **sobject.modified(now, context.user_id)}
                connection.execute(update(table).where(among(table.c["Id"], roots)).values(marks))
            self._bin.put(connection, sobject, roots, now, gone=gone)
        for sobject, roots in deleted:
            self._clear_lookups(context.of(sobject), roots, now)

    def _clear_lookups(self, context: RecordContext, roots: Mapping[str, str], now: str) -> None:
        """Clear the lookups to deleted records, as a change of the system, not of the user."""
        for child in context.schema.children_of(context.sobject):
            if not _is_cleared(child.field):
                continue
            held = self._referring(context.of(child.sobject), child.field, roots)
            if held:
                _clear(context.of(child.sobject), child.field, [record_id for record_id, _ in held], now)
                notes = [(roots[value], record_id, value) for record_id, value in held]
                self._bin.note_cleared(context.connection, child.sobject, child.field.name, notes)


def _clear(context: RecordContext, field: Field, ids: Sequence[str], now: str) -> None:
    table = context.table
    stamp = context.sobject.kept({"SystemModstamp": now})
    context.connection.execute(update(table).where(among(table.c["Id"], ids)).values({field.name: None, **stamp}))


@lru_cache(maxsize=2_048)
def _referring_statement(table: Table, field: str) -> Select[Any]:
    """Return the statement, cached because every delete runs it for every object that may refer to the record."""
    held = table.c[field]
    return select(table.c["Id"], held).where(held.in_(listed("given")), alive(table))


def _is_cleared(field: Field) -> bool:
    """Return whether the field is emptied when the record it points to is deleted: a lookup that people can write."""
    is_lookup = field.type == "reference" and field.nillable and not field.cascade_delete
    return is_lookup and not field.restricted_delete and (field.createable or field.updateable)


def _outcomes(
    given: Sequence[str], ids: Sequence[str | None], faults: Mapping[str, OrgError]
) -> Iterator[OrgError | None]:
    seen: set[str] = set()
    for text, record_id in zip(given, ids, strict=True):
        if record_id is None:
            yield malformed_id(text)
        elif record_id in faults:
            yield faults[record_id]
        else:
            yield entity_is_deleted() if record_id in seen else None
            seen.add(record_id)
