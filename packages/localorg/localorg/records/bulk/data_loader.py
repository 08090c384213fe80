"""Load many records with the ids and stamps that they bring: data sets, and writes of the system."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, select

from localorg.records.bulk.upload_columns import ABSENT
from localorg.records.id_sequence import IdSequence
from localorg.records.single.changes import unknown_field
from localorg.records.single.record_defaults import make_records
from localorg.records.single.writes import Writes
from localorg.records.values.fast_parsers import CachedParser
from localorg.records.values.stored_values import converter_of, is_text
from localorg.schema.model import Field, SObject
from localorg.storage.inserts import insert_records
from localorg.storage.store import Store
from localorg.storage.tables import ROW

ROWS_AT_ONCE = 2_000


class DataLoader:
    """Loads into one store. Values must be of the fields' types; references, uniqueness and required fields are not
    checked, so that a data set may be as incomplete as it is."""

    def __init__(self, store: Store, writes: Writes, id_sequence: IdSequence) -> None:
        self._store = store
        self._writes = writes
        self._id_sequence = id_sequence

    def is_empty(self, sobject: SObject) -> bool:
        """Return whether the object never had a record."""
        with self._store.reading() as connection:
            return connection.execute(select(self._store.table(sobject).c[ROW]).limit(1)).first() is None

    def insert_many(self, sobject: SObject, rows: Iterable[Mapping[str, Any]], user_id: str) -> list[str]:
        """Insert rows; return the ids of the new records, in order."""
        ids: list[str] = []
        with self._store.writing() as connection:
            given = map(_row_converter(sobject), rows)
            while batch := list(islice(given, ROWS_AT_ONCE)):
                records = self._to_records(connection, sobject, batch, user_id)
                insert_records(connection, self._store.table(sobject), records)
                ids += records["Id"]
        return ids

    def write_system(self, sobject: SObject, rows: Iterable[Mapping[str, Any]], user_id: str) -> list[str]:
        """Update records by Id, or create them; return their ids.

        As an automated process does, this moves SystemModstamp but not LastModifiedDate, unless the row says so.
        """
        ids = []
        with self._store.writing() as connection:
            to_values = _row_converter(sobject)
            for row in rows:
                values = to_values(row)
                if (record_id := values.pop("Id", None)) is None:
                    ids += self.insert_many(sobject, [row], user_id)
                    continue
                existing = self._writes.existing(connection, sobject, record_id)
                self._writes.save(connection, sobject, existing, {"SystemModstamp": self._writes.now(), **values})
                ids.append(record_id)
        return ids

    def _to_records(
        self, connection: Connection, sobject: SObject, rows: Sequence[Mapping[str, Any]], user_id: str
    ) -> dict[str, list[Any]]:
        now = self._writes.now()
        counted = [self._count(connection, sobject, row.get("Id")) for row in rows]
        given = {name: [row.get(name, ABSENT) for row in rows] for name in dict.fromkeys(chain.from_iterable(rows))}
        records = make_records(sobject, given, counted, user_id, now)
        moved = [row.get("SystemModstamp") for row in rows]
        modified = [
            row.get("LastModifiedDate") or stamp or row.get("CreatedDate") or now
            for row, stamp in zip(rows, moved, strict=True)
        ]
        stamps = {
            "LastModifiedDate": modified,
            "SystemModstamp": [stamp or other for stamp, other in zip(moved, modified, strict=True)],
        }
        return records | sobject.kept(stamps)

    def _count(self, connection: Connection, sobject: SObject, given_id: str | None) -> tuple[int, str]:
        """Return the record's number and its id: the given one, or else a new one."""
        number, record_id = self._id_sequence.next(connection, sobject)
        if given_id is None:
            return number, record_id
        self._id_sequence.skip(connection, sobject, given_id)
        return number, given_id


def _cached_converter(field: Field) -> Callable[[Any], Any]:
    """Return a converter that caches values, unless they are texts: few of them occur in many rows."""
    convert = converter_of(field)
    if is_text(field):
        return convert
    known = CachedParser(convert)
    return lambda value: known[value] if isinstance(value, str) else convert(value)


def _row_converter(sobject: SObject) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return a function that makes stored values of a row, without computed ones; names are looked up once for all."""
    known: dict[str, tuple[str, Callable[[Any], Any]] | None] = {}

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        values = {}
        for name, value in row.items():
            if name not in known:
                field = sobject.find(name)
                if field is None or field.is_compound:
                    raise unknown_field(sobject, name)
                known[name] = None if field.is_computed else (field.name, _cached_converter(field))
            if (column := known[name]) is not None:
                stored_name, to_stored = column
                values[stored_name] = to_stored(value)
        return values

    return convert
