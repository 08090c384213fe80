"""The recycle bin and the delete log: which record was deleted, when, and by the delete of which record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from localorg.schema.model import Schema, SObject
from localorg.storage.conditions import among
from localorg.storage.store import Store
from localorg.timestamps import to_stamp

KEPT = timedelta(days=15)
"""The time for which deleted records stay in the bin, and all deletes in the log."""

_OWN = MetaData()
DELETED = Table(
    "_deleted",
    _OWN,
    Column("record_id", String, primary_key=True),
    Column("sobject", String, nullable=False),
    Column("root_id", String, nullable=False, index=True),
    Column("deleted_at", String, nullable=False, index=True),
    Column("is_gone", Integer, nullable=False),
)
"""One row for each deleted record. `root_id` is the record whose delete took it along, often itself; `is_gone` is 1
once nothing but this row is left of it."""
CLEARED = Table(
    "_cleared",
    _OWN,
    Column("position", Integer, primary_key=True),
    Column("root_id", String, nullable=False, index=True),
    Column("sobject", String, nullable=False),
    Column("field", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("value", String, nullable=False),
)
"""The lookups that a delete emptied, for the undelete that fills them again."""
DROPPED = Table("_dropped", _OWN, Column("sobject", String, primary_key=True), Column("deleted_at", String))
"""Per object, the newest delete that the log no longer holds."""


class RecycleBin:
    """The recycle bin of one store. What is older than 15 days of the org's clock is removed at the next use."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        with store.writing() as connection:
            _OWN.create_all(connection)
            self._oldest = _oldest(connection)

    def put(
        self, connection: Connection, sobject: SObject, roots: Mapping[str, str], deleted_at: str, *, gone: bool
    ) -> None:
        """Enter records in the log, each with the record whose delete took it along."""
        rows = [
            {"record_id": r, "sobject": sobject.name, "root_id": root, "deleted_at": deleted_at, "is_gone": int(gone)}
            for r, root in roots.items()
        ]
        if rows:
            connection.execute(insert(DELETED).prefix_with("OR REPLACE"), rows)
            self._oldest = min(self._oldest or deleted_at, deleted_at)

    def with_root(self, connection: Connection, root_id: str) -> Sequence[Row[Any]]:
        """Return the records that the delete of this one put in the bin, by object; none if it was deleted with
        another.
        """
        found = connection.execute(
            select(DELETED)
            .where(DELETED.c.root_id == root_id, DELETED.c.is_gone == 0)
            .order_by(DELETED.c.sobject, DELETED.c.record_id)
        ).fetchall()
        return found if any(row.record_id == root_id for row in found) else []

    def take_out(self, connection: Connection, root_id: str) -> list[Row[Any]]:
        """Remove a delete from the bin; return the lookups that it cleared."""
        cleared = connection.execute(select(CLEARED).where(CLEARED.c.root_id == root_id)).fetchall()
        connection.execute(delete(CLEARED).where(CLEARED.c.root_id == root_id))
        connection.execute(delete(DELETED).where(DELETED.c.root_id == root_id))
        return list(cleared)

    def note_cleared(
        self, connection: Connection, sobject: SObject, field: str, values: Iterable[tuple[str, str, str]]
    ) -> None:
        """Store the values of cleared lookups: root, record and value each."""
        rows = [
            {"root_id": root, "sobject": sobject.name, "field": field, "record_id": record_id, "value": value}
            for root, record_id, value in values
        ]
        if rows:
            connection.execute(insert(CLEARED), rows)

    def remove(self, connection: Connection, schema: Schema, rows: Iterable[Row[Any]]) -> None:
        """Remove records from the bin for good; the log keeps them."""
        in_order = sorted(rows, key=lambda row: str(row.sobject))
        for name, group in groupby(in_order, key=lambda row: str(row.sobject)):
            ids = [row.record_id for row in group]
            sobject = schema.find(name)
            if sobject is not None:
                table = self._store.table(sobject)
                connection.execute(delete(table).where(among(table.c["Id"], ids)))
            connection.execute(update(DELETED).where(among(DELETED.c.record_id, ids)).values(is_gone=1))
            connection.execute(delete(CLEARED).where(among(CLEARED.c.root_id, ids)))

    def empty(self, connection: Connection, schema: Schema) -> int:
        """Empty the bin; return how many records were removed."""
        rows = connection.execute(select(DELETED).where(DELETED.c.is_gone == 0)).fetchall()
        self.remove(connection, schema, rows)
        return len(rows)

    def expire(self, schema: Schema) -> None:
        """Remove records from the bin, and entries from the log, that are older than 15 days."""
        if self._oldest is None or self._oldest >= (limit := to_stamp(self._clock() - KEPT)):
            return
        with self._store.writing() as connection:
            old = connection.execute(select(DELETED).where(DELETED.c.deleted_at < limit)).fetchall()
            self.remove(connection, schema, [row for row in old if not row.is_gone])
            for name in {str(row.sobject) for row in old}:
                newest = max(str(row.deleted_at) for row in old if row.sobject == name)
                connection.execute(insert(DROPPED).prefix_with("OR REPLACE"), {"sobject": name, "deleted_at": newest})
            connection.execute(delete(DELETED).where(DELETED.c.deleted_at < limit))
            self._oldest = _oldest(connection)

    def logged(
        self, connection: Connection, sobject: SObject, start: str, end: str, unseen: ColumnElement[bool]
    ) -> list[tuple[str, str]]:
        """Return the deletes of an object from `start` to `end`, oldest first: id and stamp each."""
        statement = (
            select(DELETED.c.record_id, DELETED.c.deleted_at)
            .where(DELETED.c.sobject == sobject.name, DELETED.c.deleted_at.between(start, end), ~unseen)
            .order_by(DELETED.c.deleted_at, DELETED.c.record_id)
        )
        return [(row.record_id, row.deleted_at) for row in connection.execute(statement)]

    def dropped(self, connection: Connection, sobject: SObject) -> str | None:
        """Return the stamp of the newest delete that the log no longer holds."""
        statement = select(DROPPED.c.deleted_at).where(DROPPED.c.sobject == sobject.name)
        return connection.execute(statement).scalar()


def _oldest(connection: Connection) -> str | None:
    return connection.execute(select(func.min(DELETED.c.deleted_at))).scalar()
