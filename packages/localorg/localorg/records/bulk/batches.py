"""Write the rows of an upload in batches, with the outcome of single writes in the same order.

Valid rows, which are nearly all, are written together; the others go through `Writes`. So there is
one behaviour, and one set of errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection

from localorg.errors import OrgError, WrongType, row_locked
from localorg.ids import to_id18
from localorg.records.bulk.bulk_validation import BulkValidator, ValidatedRows
from localorg.records.bulk.bulk_writer import RowGroup, WriteServices, write_group
from localorg.records.bulk.record_matching import RecordMatches, find_by_id, find_by_key
from localorg.records.bulk.upload_columns import ABSENT, NULL, Row, columns_of, to_cells, to_fields, wrong_width
from localorg.records.record_context import RecordContext
from localorg.records.single.person_accounts import has_people
from localorg.schema.model import Field, Schema, SObject

Operation = Literal["insert", "update", "upsert", "delete", "hardDelete"]
OPERATIONS: tuple[Operation, ...] = ("insert", "update", "upsert", "delete", "hardDelete")


class Written(NamedTuple):
    """The outcome of one row: the record's id and whether it was created, or the error."""

    id: str | None
    created: bool
    error: OrgError | None = None


def _as_row_error(written: Written) -> Written:
    if isinstance(written.error, WrongType):
        return written._replace(error=written.error.of_record())
    return written


class Batches:
    """Writes rows under one header: one operation on one object, by one user.

    Args:
        key: the external id field of an upsert.
        delete_many: deletes records by their ids, and says for each why not; `hard` leaves nothing in the bin.
    """

    def __init__(
        self,
        services: WriteServices,
        schema: Schema,
        sobject: SObject,
        operation: Operation,
        header: Sequence[str],
        user_id: str,
        key: Field | None,
        delete_many: Callable[..., Sequence[OrgError | None]],
    ) -> None:
        self._services = services
        self._schema = schema
        self._sobject = sobject
        self._operation = operation
        self._header = header
        self._user_id = user_id
        self._delete_many = delete_many
        self._key = key or sobject.find("Id")
        named = [n for n, name in enumerate(header) if self._key and name.lower() == self._key.name.lower()]
        self._key_at = named[-1] if named and operation != "insert" else None
        self._columns = columns_of(schema, sobject, header, self._key_at, self._is_writable)

    def write(self, rows: Sequence[Row], is_locked: Callable[[int], bool] = lambda _: False) -> list[Written]:
        """Write rows; return the outcome of each, in order.

        Args:
            is_locked: whether a fault locks the row of that number.
        """
        if not rows:
            return []
        locked = row_locked()
        done = {number: Written(None, False, locked) for number in range(len(rows)) if is_locked(number)}
        rows = [
            row if len(row) == len(self._header) else self._refuse_width(n, row, done) for n, row in enumerate(rows)
        ]
        with self._services.store.writing() as connection:
            if self._operation in ("delete", "hardDelete"):
                self._delete(rows, done)
            else:
                self._save(connection, rows, done)
        return [_as_row_error(done[number]) for number in range(len(rows))]

    def _refuse_width(self, number: int, row: Row, done: dict[int, Written]) -> Row:
        done.setdefault(number, Written(None, False, wrong_width(self._header, row)))
        return [""] * len(self._header)

    def _is_writable(self, field: Field) -> bool:
        if self._operation == "upsert":
            return field.createable and field.updateable
        return field.createable if self._operation == "insert" else field.updateable

    def _save(self, connection: Connection, rows: Sequence[Row], done: dict[int, Written]) -> None:
        matches = self._match_records(connection, rows)
        done.update((n, Written(matches.ids[n], False, e)) for n, e in matches.refused.items() if n not in done)
        if self._sobject.name in self._services.writes.write_hooks:
            done.update((n, self._write_single(row)) for n, row in enumerate(rows) if n not in done)
            return
        validator = BulkValidator(self._context(connection))
        validated = validator.validate(self._columns, rows)
        for number, (key, value) in matches.keys.items():
            validated.columns.setdefault(key.name, [ABSENT] * len(rows))[number] = value
        validator.check_unique(validated, matches.ids)
        validator.check_hierarchy(validated, matches.ids)
        validated.single |= matches.single
        judged = done.keys() | validated.single
        done.update((n, Written(matches.ids[n], False, e)) for n, e in validated.refused.items() if n not in judged)
        waiting = [number for number in range(len(rows)) if number not in done]
        good = self._write_good(connection, matches, validated, waiting, done)
        for number in (number for number in waiting if number not in good):
            done[number] = self._write_single(rows[number])

    def _match_records(self, connection: Connection, rows: Sequence[Row]) -> RecordMatches:
        if self._operation == "insert" or self._key is None:
            return RecordMatches([None] * len(rows))
        cells = [self._key_cell(row) for row in rows]
        table = self._services.store.table(self._sobject)
        if self._operation == "upsert" and self._key.type != "id":
            return find_by_key(connection, table, self._key, cells)
        return find_by_id(connection, table, cells, None if self._operation == "upsert" else self._no_id())

    def _write_good(
        self,
        connection: Connection,
        matches: RecordMatches,
        validated: ValidatedRows,
        waiting: Sequence[int],
        done: dict[int, Written],
    ) -> set[int]:
        """Write the valid rows among those that wait; return their numbers."""
        is_writable = self._sobject.createable and self._sobject.updateable
        if not is_writable or self._services.writes.locks.any or has_people(self._sobject):
            return set()
        numbers = [number for number in waiting if validated.is_good(number)]
        group = RowGroup(numbers, validated, matches.ids)
        written, refused = write_group(self._context(connection), self._services, group)
        done.update((n, Written(record_id, matches.ids[n] is None)) for n, record_id in written.items())
        done.update((n, Written(matches.ids[n], False, error)) for n, error in refused.items())
        return written.keys() | refused.keys()

    def _context(self, connection: Connection) -> RecordContext:
        return RecordContext(connection, self._services.store.table, self._schema, self._sobject, self._user_id)

    def _write_single(self, row: Row) -> Written:
        record_id: str | None = None
        try:
            fields = to_fields(self._header, row)
            writes, schema, sobject, user = self._services.writes, self._schema, self._sobject, self._user_id
            cell = self._key_cell(row)
            if self._key_at is not None:
                fields.pop(self._header[self._key_at], None)
            if self._operation == "insert" or (self._operation == "upsert" and cell is None and self._is_by_id):
                return Written(writes.create(schema, sobject, fields, user), True)
            if self._operation == "upsert" and self._key is not None:
                key = (self._key.name, cell)
                return Written(*writes.upsert(schema, sobject, key, fields, user, update_only=False))
            record_id = to_id18(str(cell))
            writes.update(schema, sobject, str(cell), fields, user)
            return Written(record_id, False)
        except OrgError as error:
            return Written(record_id, False, error)

    @property
    def _is_by_id(self) -> bool:
        return self._key is not None and self._key.type == "id"

    def _delete(self, rows: Sequence[Row], done: dict[int, Written]) -> None:
        cells = {n: self._key_cell(row) for n, row in enumerate(rows) if n not in done}
        done.update((n, Written(None, False, self._no_id())) for n, cell in cells.items() if cell is None)
        wanted = {n: str(cell) for n, cell in cells.items() if cell is not None}
        hard = self._operation == "hardDelete"
        try:
            errors = self._delete_many(list(wanted.values()), hard=hard)
        except OrgError as error:
            errors = [error] * len(wanted)
        for (number, cell), refusal in zip(wanted.items(), errors, strict=True):
            done[number] = Written(to_id18(cell) or cell, False, refusal)

    def _key_cell(self, row: Row) -> Any:
        """Return the cell that identifies the record; None where it is empty."""
        cell = "" if self._key_at is None else row[self._key_at]
        return None if cell in ("", NULL) else cell

    def _no_id(self) -> OrgError:
        return OrgError(400, "MISSING_ARGUMENT", f"Id not specified in an {self._operation} call")


def write_rows(
    open_batches: Callable[[Sequence[str]], Batches],
    rows: Sequence[Mapping[str, Any] | OrgError],
    is_locked: Callable[[int], bool],
) -> list[Written]:
    """Write rows of fields; return the outcome of each, in order. An error stands for a row that could not be read."""
    positions = [position for position, row in enumerate(rows) if not isinstance(row, OrgError)]
    header, cells = to_cells([row for row in rows if not isinstance(row, OrgError)])
    written = iter(open_batches(header).write(cells, lambda number: is_locked(positions[number])))
    return [Written(None, False, row) if isinstance(row, OrgError) else next(written) for row in rows]
