"""Creating, updating and upserting single records, as clients do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from localorg.errors import OrgError, entity_is_deleted, invalid_cross_reference, not_found
from localorg.records.changes import (
    check_references,
    check_required,
    check_unique,
    external_id_field,
    find_ids,
    to_changes,
    to_record_id,
)
from localorg.records.derived import derive
from localorg.records.numbering import Numbering
from localorg.records.values import to_stored
from localorg.schema.model import Schema, SObject
from localorg.stamps import to_stamp
from localorg.storage.store import Store


class Writes:
    """Writes to one store. Each stamps the record with the org's clock, in whole seconds, and with the user."""

    def __init__(self, store: Store, clock: Callable[[], datetime], numbering: Numbering) -> None:
        self._store = store
        self._clock = clock
        self._numbering = numbering

    def now(self) -> str:
        """The stamp of this moment."""
        return to_stamp(self._clock().replace(microsecond=0))

    def create(self, schema: Schema, sobject: SObject, given: Mapping[str, Any], user_id: str) -> str:
        """The id of the new record."""
        if not sobject.createable:
            raise not_possible(sobject, "inserted")
        with self._store.writing() as connection:
            changes = to_changes(connection, self._store.table, schema, sobject, given, creating=True)
            number, record_id = self._numbering.next(connection, sobject)
            record = new_record(sobject, changes, record_id, number, user_id, self.now())
            check_required(sobject, record)
            self._check(connection, schema, sobject, changes, record_id)
            connection.execute(insert(self._store.table(sobject)).values(record))
        return record_id

    def update(self, schema: Schema, sobject: SObject, record_id: str, given: Mapping[str, Any], user_id: str) -> None:
        """Sets the given fields; a record that already had these values is stamped all the same."""
        if any(name.lower() == "id" for name in given):
            raise OrgError(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.")
        with self._store.writing() as connection:
            existing = self.existing(connection, sobject, record_id)
            changes = to_changes(connection, self._store.table, schema, sobject, given, creating=False)
            check_required(sobject, changes, among=changes)
            self._check(connection, schema, sobject, changes, existing["Id"])
            now = self.now()
            changes |= {"LastModifiedDate": now, "LastModifiedById": user_id, "SystemModstamp": now}
            self.save(connection, sobject, existing, changes)

    def upsert(
        self,
        schema: Schema,
        sobject: SObject,
        key: tuple[str, Any],
        given: Mapping[str, Any],
        user_id: str,
        *,
        update_only: bool,
    ) -> tuple[str, bool]:
        """The record's id, and whether it was created. `key` is an external id field and its value."""
        field = external_id_field(sobject, key[0])
        if any(name.lower() == field.name.lower() for name in given):
            message = f"The {field.name} field should not be specified in the sobject data."
            raise OrgError(400, "INVALID_FIELD", message)
        with self._store.writing() as connection:
            record_id = self.find(connection, sobject, *key)
            if record_id is not None:
                self.update(schema, sobject, record_id, given, user_id)
                return record_id, False
            if update_only or field.type == "id":
                raise not_found()
            return self.create(schema, sobject, {**given, field.name: key[1]}, user_id), True

    def find(self, connection: Connection, sobject: SObject, name: str, value: Any) -> str | None:
        """The record with that value in an external id field, or None.

        Raises:
            OrgError: 300 where several records match, with their ids.
        """
        field = external_id_field(sobject, name)
        stored = to_stored(field, value)
        if stored is None:
            raise OrgError(400, "MISSING_ARGUMENT", f"{field.name} not specified")
        matches = find_ids(connection, self._store.table(sobject), field, stored)
        if len(matches) > 1:
            message = f"{field.name}: more than one record found for external id field: [{', '.join(matches)}]"
            raise OrgError(300, "DUPLICATE_EXTERNAL_ID", message, [field.name], matches)
        return matches[0] if matches else None

    def existing(self, connection: Connection, sobject: SObject, record_id: str) -> dict[str, Any]:
        """The record as it is stored.

        Raises:
            OrgError: MALFORMED_ID, INVALID_CROSS_REFERENCE_KEY, ENTITY_IS_DELETED.
        """
        table = self._store.table(sobject)
        row = connection.execute(select(table).where(table.c["Id"] == to_record_id(record_id))).mappings().first()
        if row is None:
            raise invalid_cross_reference()
        if row.get("IsDeleted"):
            raise entity_is_deleted()
        return dict(row)

    def save(
        self, connection: Connection, sobject: SObject, existing: Mapping[str, Any], changes: Mapping[str, Any]
    ) -> None:
        """Writes changed columns, and those that follow from them."""
        derived = derive(sobject, {**existing, **changes}, changes)
        table = self._store.table(sobject)
        connection.execute(update(table).where(table.c["Id"] == existing["Id"]).values({**changes, **derived}))

    def _check(
        self, connection: Connection, schema: Schema, sobject: SObject, changes: Mapping[str, Any], own_id: str
    ) -> None:
        check_references(connection, self._store.table, schema, sobject, changes)
        check_unique(connection, self._store.table(sobject), sobject, changes, own_id)


def new_record(
    sobject: SObject, changes: Mapping[str, Any], record_id: str, number: int, user_id: str, now: str
) -> dict[str, Any]:
    """A whole record: what was given, over the defaults and the system's own fields, and what follows from them."""
    record = {field.name: field.default for field in sobject.stored}
    record |= {"Id": record_id, "CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
    record |= {"CreatedById": user_id, "LastModifiedById": user_id}
    if "OwnerId" in record:
        record["OwnerId"] = user_id
    for field in sobject.stored:
        if field.auto_number:
            record[field.name] = to_auto_number(field.auto_number, number)
    record |= {name: value for name, value in changes.items() if value is not None or not _has_default(sobject, name)}
    if sobject.custom and record.get("Name") is None:
        record["Name"] = record_id
    return record | derive(sobject, record, record)


def to_auto_number(form: str, number: int) -> str:
    """`A-{0000}` and 7 make A-0007."""
    before, _, rest = form.partition("{")
    digits, _, after = rest.partition("}")
    return f"{before}{number:0{len(digits)}d}{after}"


def _has_default(sobject: SObject, name: str) -> bool:
    field = sobject.find(name)
    return field is not None and field.defaulted_on_create and not field.nillable


def not_possible(sobject: SObject, what: str) -> OrgError:
    return OrgError(400, "INVALID_TYPE_FOR_OPERATION", f"entity type cannot be {what}: {sobject.name}")
