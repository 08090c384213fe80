"""Write valid rows with a few statements for all of them; rules are checked once, and may undo some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, bindparam, update
from sqlalchemy.dialects import sqlite

from localorg.errors import OrgError
from localorg.records.bulk.bulk_reads import rows_by_id
from localorg.records.bulk.bulk_validation import ValidatedRows, picked
from localorg.records.id_sequence import IdSequence
from localorg.records.record_context import RecordContext
from localorg.records.single.changes import check_required, required_fields
from localorg.records.single.derived_fields import derive, is_derived
from localorg.records.single.record_defaults import make_records
from localorg.records.single.rule_violations import has_rules, rule_violations
from localorg.records.single.writes import Writes
from localorg.storage.inserts import insert_records
from localorg.storage.store import Store

_DIALECT = sqlite.dialect()
_ID = "changed_id"


@dataclass(frozen=True)
class WriteServices:
    """The services that writing records needs."""

    store: Store
    writes: Writes
    id_sequence: IdSequence


@dataclass(frozen=True)
class RowGroup:
    """Rows by their numbers, what they set, and the record that each row changes (None: it makes one)."""

    numbers: Sequence[int]
    validated: ValidatedRows
    ids: Sequence[str | None]

    def without(self, refused: Mapping[int, OrgError]) -> RowGroup:
        return replace(self, numbers=[number for number in self.numbers if number not in refused])


Outcome = tuple[dict[int, str], dict[int, OrgError]]
"""The ids of the records by the numbers of their rows, and the refusals of the other rows."""


def write_group(context: RecordContext, services: WriteServices, group: RowGroup) -> Outcome:
    """Write the rows that pass required fields and rules."""
    if not has_rules(context.sobject):
        return _GroupWriter(context, services).write(group)
    with context.connection.begin_nested() as savepoint:
        writing = _GroupWriter(context, services)
        written, refused = writing.write(group)
        found = rule_violations(
            context.connection,
            services.writes.query_context(context.schema),
            context.sobject,
            list(written.values()),
            writing.before,
        )
        if not found:
            return written, refused
        savepoint.rollback()
    against = {number: found[record_id] for number, record_id in written.items() if record_id in found}
    written, refused = _GroupWriter(context, services).write(group.without(against))
    return written, refused | against


class _GroupWriter:
    def __init__(self, context: RecordContext, services: WriteServices) -> None:
        self._context = context
        self._connection = context.connection
        self._sobject = context.sobject
        self._table = context.table
        self._services = services
        self._now = services.writes.now()
        self.before: dict[str, dict[str, Any]] = {}
        """The changed records as they were, where derived fields or rules need them."""

    def write(self, group: RowGroup) -> Outcome:
        refused: dict[int, OrgError] = {}
        made = self._create([n for n in group.numbers if group.ids[n] is None], group.validated, refused)
        changing = [(n, record_id) for n in group.numbers if (record_id := group.ids[n]) is not None]
        changed = [(n, record_id, group.validated.changes(n)) for n, record_id in changing]
        written = made | self._update(changed, refused)
        self._services.writes.follow_up(self._context, list(written.values()))
        return written, refused

    def _create(self, numbers: Sequence[int], validated: ValidatedRows, refused: dict[int, OrgError]) -> dict[int, str]:
        counted = [self._services.id_sequence.next(self._connection, self._sobject) for _ in numbers]
        records = make_records(self._sobject, validated.of(numbers), counted, self._context.user_id, self._now)
        if lacking := self._missing_required(records):
            refused.update((numbers[position], error) for position, error in lacking.items())
            whole = [position for position in range(len(numbers)) if position not in lacking]
            numbers, records = [numbers[position] for position in whole], picked(records, whole)
        insert_records(self._connection, self._table, records)
        return dict(zip(numbers, records["Id"], strict=True))

    def _missing_required(self, records: Mapping[str, Sequence[Any]]) -> dict[int, OrgError]:
        """Return the errors of records without a required field, by position."""
        names = required_fields(self._sobject)
        lacking = {}
        for position, values in enumerate(zip(*(records[name] for name in names), strict=True)):
            if None in values:
                try:
                    check_required(self._sobject, dict(zip(names, values, strict=True)))
                except OrgError as error:
                    lacking[position] = error
        return lacking

    def _update(
        self, rows: Sequence[tuple[int, str, Mapping[str, Any]]], refused: dict[int, OrgError]
    ) -> dict[int, str]:
        if rows and (is_derived(self._sobject) or has_rules(self._sobject)):
            self.before = rows_by_id(self._connection, self._table, [record_id for _, record_id, _ in rows])
        stamps = self._sobject.modified(self._now, self._context.user_id)
        updates: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        written = {}
        for number, record_id, given in rows:
            try:
                check_required(self._sobject, given, among=given)
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
