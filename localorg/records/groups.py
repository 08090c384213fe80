"""Good rows written together, a few statements for all of them; rules are asked once, and may take some back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, update
from sqlalchemy.dialects import sqlite

from localorg.errors import OrgError
from localorg.records.changes import check_required
from localorg.records.derived import derive, is_derived
from localorg.records.lookups import rows_of
from localorg.records.making import record_maker
from localorg.records.numbering import Numbering
from localorg.records.person_accounts import check_names, has_people
from localorg.records.rules import is_checked, refusals
from localorg.records.writes import Writes
from localorg.schema.model import Schema, SObject
from localorg.storage.inserts import insert_records
from localorg.storage.store import Store

_DIALECT = sqlite.dialect()
_ID = "changed_id"


@dataclass(frozen=True)
class Desk:
    """What records are written with."""

    store: Store
    writes: Writes
    numbering: Numbering


@dataclass(frozen=True)
class Group:
    """Rows by their number, each with the record that it changes (None: it makes one) and the columns that it sets."""

    rows: Sequence[tuple[int, str | None, Mapping[str, Any]]]

    def without(self, refused: Mapping[int, OrgError]) -> Group:
        return Group([row for row in self.rows if row[0] not in refused])


Outcome = tuple[dict[int, str], dict[int, OrgError]]
"""The ids of the records by the numbers of their rows, and the refusals of the other rows."""


def write_group(
    connection: Connection, desk: Desk, schema: Schema, sobject: SObject, group: Group, user_id: str
) -> Outcome:
    """Writes what required fields and rules let through."""
    if not is_checked(sobject):
        return _Writing(connection, desk, schema, sobject, user_id).write(group)
    with connection.begin_nested() as savepoint:
        writing = _Writing(connection, desk, schema, sobject, user_id)
        written, refused = writing.write(group)
        found = refusals(connection, desk.writes.world(schema), sobject, list(written.values()), writing.before)
        if not found:
            return written, refused
        savepoint.rollback()
    against = {number: found[record_id] for number, record_id in written.items() if record_id in found}
    written, refused = _Writing(connection, desk, schema, sobject, user_id).write(group.without(against))
    return written, refused | against


class _Writing:
    def __init__(self, connection: Connection, desk: Desk, schema: Schema, sobject: SObject, user_id: str) -> None:
        self._connection = connection
        self._desk = desk
        self._schema = schema
        self._sobject = sobject
        self._table = desk.store.table(sobject)
        self._user_id = user_id
        self._now = desk.writes.now()
        self.before: dict[str, dict[str, Any]] = {}
        """The changed records as they were, where somebody asks for that."""

    def write(self, group: Group) -> Outcome:
        refused: dict[int, OrgError] = {}
        made = self._create([(n, changes) for n, record_id, changes in group.rows if record_id is None], refused)
        changed = [(n, record_id, changes) for n, record_id, changes in group.rows if record_id is not None]
        written = made | self._update(changed, refused)
        self._desk.writes.follow_up(self._connection, self._schema, self._sobject, list(written.values()))
        return written, refused

    def _create(self, rows: Sequence[tuple[int, Mapping[str, Any]]], refused: dict[int, OrgError]) -> dict[int, str]:
        make = record_maker(self._sobject, self._user_id, self._now)
        records: dict[int, dict[str, Any]] = {}
        for number, changes in rows:
            counted, record_id = self._desk.numbering.next(self._connection, self._sobject)
            record = make(changes, record_id, counted)
            try:
                check_required(self._sobject, record)
                check_names(self._sobject, record, changes)
                records[number] = record
            except OrgError as error:
                refused[number] = error
        insert_records(self._connection, self._table, list(records.values()))
        return {number: record["Id"] for number, record in records.items()}

    def _needs_whole_records(self) -> bool:
        return is_derived(self._sobject) or is_checked(self._sobject) or has_people(self._sobject)

    def _update(
        self, rows: Sequence[tuple[int, str, Mapping[str, Any]]], refused: dict[int, OrgError]
    ) -> dict[int, str]:
        if rows and self._needs_whole_records():
            self.before = rows_of(self._connection, self._table, [record_id for _, record_id, _ in rows])
        stamps = {"LastModifiedDate": self._now, "LastModifiedById": self._user_id, "SystemModstamp": self._now}
        stamps = self._sobject.kept(stamps)
        updates: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        written = {}
        for number, record_id, given in rows:
            try:
                check_required(self._sobject, given, among=given)
                check_names(self._sobject, {**self.before.get(record_id, {}), **given}, given)
            except OrgError as error:
                refused[number] = error
                continue
            changes = {**given, **stamps}
            changes |= derive(self._sobject, {**self.before.get(record_id, {}), **changes}, changes)
            updates.setdefault(tuple(changes), []).append((*changes.values(), record_id))
            written[number] = record_id
        for names, parameters in updates.items():
            self._connection.exec_driver_sql(_update_statement(self._table, names), parameters)
        return written


@lru_cache(maxsize=1_024)
def _update_statement(table: Table, names: tuple[str, ...]) -> str:
    values: list[tuple[Any, Any]] = [(table.c[name], bindparam(f"new_{name}")) for name in names]
    statement = update(table).where(table.c["Id"] == bindparam(_ID)).ordered_values(*values)
    return str(statement.compile(dialect=_DIALECT))
