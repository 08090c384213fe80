"""Merge records: up to two losers go to the recycle bin, and their children move to the master."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from localorg.errors import OrgError
from localorg.lifecycle.recycle_bin import RecycleBin
from localorg.records.single.changes import to_record_id
from localorg.records.single.writes import Writes, not_possible
from localorg.schema.model import Child, Schema, SObject
from localorg.storage.conditions import alive, among
from localorg.storage.store import Store

MERGEABLE = ("Account", "Case", "Contact", "Lead")
MOST_LOSERS = 2


@dataclass(frozen=True)
class Merged:
    """The result of a merge, in the terms of SOAP: what stays, what went, and what was given another parent."""

    id: str
    merged_record_ids: list[str]
    updated_related_ids: list[str]


class Merges:
    """Merges in one store, with the stamps of `Writes`."""

    def __init__(self, store: Store, writes: Writes, recycle_bin: RecycleBin) -> None:
        self._store = store
        self._writes = writes
        self._bin = recycle_bin

    def merge(
        self,
        schema: Schema,
        sobject: SObject,
        master_id: str,
        loser_ids: Sequence[str],
        user_id: str,
    ) -> Merged:
        """Merge records; return the result. The caller updates the master.

        Raises:
            OrgError: INVALID_TYPE_FOR_OPERATION, MERGE_FAILED, INVALID_CROSS_REFERENCE_KEY, ENTITY_IS_DELETED,
                UNABLE_TO_LOCK_ROW.
        """
        if sobject.name not in MERGEABLE:
            raise not_possible(sobject, "merged")
        with self._store.writing() as connection:
            master = self._writes.existing(connection, sobject, master_id)["Id"]
            losers = [self._writes.existing(connection, sobject, loser)["Id"] for loser in _checked(loser_ids)]
            if master in losers:
                raise OrgError(400, "MERGE_FAILED", "A record cannot be merged with itself")
            self._writes.locks.check([master, *losers])
            now = self._writes.now()
            related = [
                record_id
                for child in schema.children_of(sobject)
                for record_id in self._move(connection, child, master, losers, user_id, now)
            ]
            self._delete_losers(connection, sobject, master, losers, user_id, now)
        return Merged(master, losers, related)

    def _move(
        self, connection: Connection, child: Child, master: str, losers: list[str], user_id: str, now: str
    ) -> list[str]:
        """Move the losers' children to the master; return their ids."""
        if child.field.name == "MasterRecordId":
            return []
        table = self._store.table(child.sobject)
        held = among(table.c[child.field.name], losers) & alive(table)
        ids = list(connection.execute(select(table.c["Id"]).where(held)).scalars())
        if ids:
            moved = {child.field.name: master, **child.sobject.modified(now, user_id)}
            connection.execute(update(table).where(among(table.c["Id"], ids)).values(moved))
        return ids

    def _delete_losers(
        self, connection: Connection, sobject: SObject, master: str, losers: list[str], user_id: str, now: str
    ) -> None:
        table = self._store.table(sobject)
        lost = {"IsDeleted": True, "MasterRecordId": master, **sobject.modified(now, user_id)}
        connection.execute(update(table).where(among(table.c["Id"], losers)).values(lost))
        self._bin.put(connection, sobject, {loser: loser for loser in losers}, now, gone=False)


def _checked(loser_ids: Sequence[str]) -> list[str]:
    losers = list(dict.fromkeys(to_record_id(loser) for loser in loser_ids))
    if not 0 < len(losers) <= MOST_LOSERS:
        raise OrgError(400, "MERGE_FAILED", f"A merge takes one or {MOST_LOSERS} records beside the master")
    return losers
