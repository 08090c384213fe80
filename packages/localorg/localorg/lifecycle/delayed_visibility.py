"""Writes with delayed visibility, as in a long transaction: stamped when written, visible some time later.

While such a call runs, temporary triggers record which rows are written, by whatever statement. At its end a record
that was made is hidden, and one that was changed gets its old values back, which every other connection still sees; the
new ones wait until the org's clock says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Row,
    RowMapping,
    Select,
    String,
    Table,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from localorg.schema.model import Schema, SObject
from localorg.storage.conditions import among
from localorg.storage.store import Store
from localorg.timestamps import to_stamp

_OWN = MetaData()
DELAYED = Table(
    "_late",
    _OWN,
    Column("position", Integer, primary_key=True),
    Column("sobject", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("written_at", String, nullable=False),
    Column("visible_from", String, nullable=False),
    Column("changes", String),
)
"""One row for each late write: `changes` are the columns that a record will have, null for a record that was made."""
_TRACKED = Table("_written", MetaData(), Column("record_id", String), prefixes=["TEMP"])
_TRIGGERS = (("_made_", "AFTER INSERT", "NEW"), ("_changed_", "AFTER UPDATE", "OLD"))
AT_ONCE = 1_000
_STAMPS = ("LastModifiedDate", "SystemModstamp")


class DelayedWrites:
    """The writes of one store that are not visible yet. Costs nothing while there are none."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._is_late = False
        self._next: str | None = None
        self._made: frozenset[str] = frozenset()
        with store.writing() as connection:
            _OWN.create_all(connection)
            self._load_state(connection)

    @contextmanager
    def writing(self, schema: Schema, seconds: float) -> Iterator[None]:
        """Open a transaction whose writes become visible `seconds` later. Inside another one it is part of that."""
        with self._store.writing() as connection:
            if self._is_late:
                yield
                return
            self._is_late = True
            try:
                with self._tracking_writes(connection, schema, seconds):
                    yield
            finally:
                self._is_late = False

    @contextmanager
    def _tracking_writes(self, connection: Connection, schema: Schema, seconds: float) -> Iterator[None]:
        tables = [self._store.table(sobject) for sobject in schema.objects]
        _TRACKED.create(connection)
        for table in tables:
            _add_triggers(connection, table)
        yield
        for table in tables:
            _drop_triggers(connection, table)
        self._keep(connection, list(self._take_back(connection, schema)), seconds)
        _TRACKED.drop(connection)

    def _take_back(self, connection: Connection, schema: Schema) -> Iterator[dict[str, Any]]:
        """Yield the changes of the writes, and restore the records as all other connections still see them."""
        written = connection.execute(select(_TRACKED.c.record_id).distinct().order_by(_TRACKED.c.record_id))
        ids = written.scalars().fetchall()
        with self._store.engine.connect() as others:
            for sobject, some in _by_object(schema, ids):
                table = self._store.table(sobject)
                before, after = _rows(others, table, some), _rows(connection, table, some)
                for record_id in some:
                    late = _restored(connection, table, before.get(record_id), after.get(record_id))
                    if late is not None:
                        yield {"sobject": sobject.name, "record_id": record_id, "changes": late or None}

    def _keep(self, connection: Connection, writes: list[dict[str, Any]], seconds: float) -> None:
        now = self._clock()
        marks = {"written_at": to_stamp(now), "visible_from": to_stamp(now + timedelta(seconds=seconds))}
        if writes:
            connection.execute(insert(DELAYED), [{**write, **marks} for write in writes])
        self._load_state(connection)

    def apply_due(self, schema: Schema) -> None:
        """Make the writes visible that are due."""
        if self._next is None or self._next > (now := to_stamp(self._clock())):
            return
        with self._store.writing() as connection:
            is_due = DELAYED.c.visible_from <= now
            due = connection.execute(select(DELAYED).where(is_due).order_by(DELAYED.c.visible_from, DELAYED.c.position))
            for row in due.fetchall():
                if row.changes is not None:
                    self._apply(connection, schema, row)
            connection.execute(delete(DELAYED).where(is_due))
            self._load_state(connection)

    def unseen(self, sobject: SObject) -> Select[Any] | None:
        """Select the ids of the records that were made but are not visible yet; None where there are none."""
        if sobject.name not in self._made:
            return None
        return select(DELAYED.c.record_id).where(DELAYED.c.sobject == sobject.name, DELAYED.c.changes.is_(None))

    def waiting(self, sobject: SObject) -> Select[Any]:
        """Select the ids of the records of which some write is not visible yet."""
        return select(DELAYED.c.record_id).where(DELAYED.c.sobject == sobject.name)

    def oldest(self, connection: Connection, sobject: SObject) -> str | None:
        """Return when the oldest write was made that is not visible yet."""
        statement = select(func.min(DELAYED.c.written_at)).where(DELAYED.c.sobject == sobject.name)
        return connection.execute(statement).scalar()

    def _apply(self, connection: Connection, schema: Schema, late: Row[Any]) -> None:
        """Apply one write; stamps never go back behind those of a later write."""
        sobject = schema.find(late.sobject)
        if sobject is None:
            return
        table = self._store.table(sobject)
        changes = {name: value for name, value in json.loads(late.changes).items() if name in table.c}
        record = connection.execute(select(table).where(table.c["Id"] == late.record_id)).mappings().first()
        if record is None:
            return
        changes |= {name: max(changes[name], record[name]) for name in _STAMPS if name in changes}
        connection.execute(update(table).where(table.c["Id"] == late.record_id).values(changes))

    def _load_state(self, connection: Connection) -> None:
        rows = connection.execute(select(DELAYED.c.sobject, DELAYED.c.visible_from, DELAYED.c.changes)).fetchall()
        self._next = min((row.visible_from for row in rows), default=None)
        self._made = frozenset(row.sobject for row in rows if row.changes is None)


def _add_triggers(connection: Connection, table: Table) -> None:
    """Record from now on which of the table's rows are written, by whatever statement."""
    quote = connection.dialect.identifier_preparer
    for trigger, event, version in _TRIGGERS:
        note = insert(_TRACKED).from_select(["record_id"], select(literal_column(f"{version}.Id"))).compile(connection)
        name, watched = quote.quote(trigger + table.name), quote.format_table(table)
        connection.exec_driver_sql(f"CREATE TEMP TRIGGER {name} {event} ON {watched} BEGIN {note}; END")


def _drop_triggers(connection: Connection, table: Table) -> None:
    quote = connection.dialect.identifier_preparer
    for trigger, _, _ in _TRIGGERS:
        connection.exec_driver_sql(f"DROP TRIGGER {quote.quote(trigger + table.name)}")


def _by_object(schema: Schema, ids: Iterable[str]) -> Iterator[tuple[SObject, list[str]]]:
    """Yield sorted ids by object, a thousand at a time."""
    for prefix, group in groupby(ids, key=lambda record_id: record_id[:3]):
        sobject = schema.of_id(prefix)
        while sobject is not None and (some := list(islice(group, AT_ONCE))):
            yield sobject, some


def _rows(connection: Connection, table: Table, ids: Sequence[str]) -> dict[str, RowMapping]:
    found = connection.execute(select(table).where(among(table.c["Id"], ids))).mappings()
    return {row["Id"]: row for row in found}


def _restored(connection: Connection, table: Table, before: RowMapping | None, after: RowMapping | None) -> str | None:
    """Restore the old values of a changed record; return the new ones as JSON, empty for a created record, None if
    neither.
    """
    if before is None or after is None:
        return "" if after is not None else None
    changes = {name: value for name, value in after.items() if value != before[name]}
    if not changes:
        return None
    old = {name: before[name] for name in changes}
    connection.execute(update(table).where(table.c["Id"] == before["Id"]).values(old))
    return json.dumps(changes)
