"""Create, update and upsert single records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from localorg.errors import OrgError, entity_is_deleted, invalid_cross_reference, not_found
from localorg.records.id_sequence import IdSequence
from localorg.records.record_context import RecordContext
from localorg.records.record_locks import RecordLocks
from localorg.records.single.activity_parents import move_last_activity, set_accounts
from localorg.records.single.changes import (
    check_references,
    check_required,
    check_unique,
    to_changes,
    to_record_id,
)
from localorg.records.single.derived_fields import derive
from localorg.records.single.external_ids import check_own_parents, external_id_field, find_ids
from localorg.records.single.hierarchies import check_hierarchy
from localorg.records.single.person_accounts import PersonContacts, check_names, has_people
from localorg.records.single.record_defaults import new_record
from localorg.records.single.rule_violations import has_rules, rule_violations
from localorg.records.single.write_hooks import AfterWrite, Write, WriteHook, do_nothing
from localorg.records.values.stored_values import to_stored
from localorg.schema.model import Schema, SObject
from localorg.soql.functions.computed_fields import to_computed
from localorg.soql.plan.query_context import QueryContext
from localorg.soql.syntax.query_errors import QueryErrors
from localorg.storage.inserts import insert_records
from localorg.storage.store import Store
from localorg.timestamps import to_stamp


class Writes:
    """Writes to one store. Each stamps the record with the org's clock, in whole seconds, and with the user."""

    def __init__(self, store: Store, clock: Callable[[], datetime], id_sequence: IdSequence) -> None:
        self._store = store
        self._clock = clock
        self._id_sequence = id_sequence
        self._people = PersonContacts(store, id_sequence)
        self.locks = RecordLocks()
        self.write_hooks: dict[str, WriteHook] = {}
        """The write hook of each object that has one."""

    def query_context(self, schema: Schema) -> QueryContext:
        """Return the context in which rules are computed; each check needs a new one."""
        return QueryContext(
            schema, self._store.alias, QueryErrors(""), to_computed, include_deleted=False, now=self._clock()
        )

    def sync_person_contacts(self, schema: Schema, sobject: SObject, ids: Sequence[str], user_id: str) -> None:
        """Create or update the contacts of the person accounts among these records; see `PersonContacts`."""
        if has_people(sobject):
            with self._store.writing() as connection:
                self._people.follow(self._context(connection, schema, sobject, user_id), ids)

    def follow_up(self, context: RecordContext, ids: Sequence[str]) -> None:
        """Make the changes of the org itself that follow a write by a client."""
        self._people.follow(context, ids)
        set_accounts(context, ids)
        move_last_activity(context, ids, self.now())

    def now(self) -> str:
        """Return the current timestamp."""
        return to_stamp(self._clock().replace(microsecond=0))

    def create(
        self,
        schema: Schema,
        sobject: SObject,
        given: Mapping[str, Any],
        user_id: str,
        *,
        allow_duplicates: bool = False,
    ) -> str:
        """Create a record; return its id."""
        if not sobject.createable:
            raise not_writable(sobject, "inserted")
        with self._store.writing() as connection:
            context = self._context(connection, schema, sobject, user_id)
            given, follow = self._apply_write_hook(Write(context, given, None))
            changes = to_changes(context, given, creating=True)
            number, record_id = self._id_sequence.next(connection, sobject)
            record = new_record(sobject, changes, record_id, number, user_id, self.now())
            check_required(sobject, record)
            check_names(sobject, record, changes)
            self._check(context, changes, record_id)
            self.locks.check(changes.values())
            insert_records(connection, self._store.table(sobject), {name: [value] for name, value in record.items()})
            follow(record_id)
            self.follow_up(context, [record_id])
            self._check_rules(context, record_id, {}, allow_duplicates)
        return record_id

    def update(
        self,
        schema: Schema,
        sobject: SObject,
        record_id: str,
        given: Mapping[str, Any],
        user_id: str,
        *,
        allow_duplicates: bool = False,
    ) -> None:
        """Set the given fields; a record that already had these values is stamped all the same."""
        if any(name.lower() == "id" for name in given):
            raise OrgError(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.")
        if not sobject.updateable:
            raise not_writable(sobject, "updated")
        with self._store.writing() as connection:
            existing = self.existing(connection, sobject, record_id)
            context = self._context(connection, schema, sobject, user_id)
            given, follow = self._apply_write_hook(Write(context, given, existing))
            changes = to_changes(context, given, creating=False)
            check_required(sobject, changes, among=changes)
            self._check(context, changes, existing["Id"])
            changes |= sobject.modified(self.now(), user_id)
            self.locks.check([*existing.values(), *changes.values()])
            check_names(sobject, {**existing, **changes}, changes)
            self.save(connection, sobject, existing, changes)
            follow(existing["Id"])
            self.follow_up(context, [existing["Id"]])
            self._check_rules(context, existing["Id"], existing, allow_duplicates)

    def upsert(
        self,
        schema: Schema,
        sobject: SObject,
        key: tuple[str, Any],
        given: Mapping[str, Any],
        user_id: str,
        *,
        update_only: bool,
        allow_duplicates: bool = False,
    ) -> tuple[str, bool]:
        """Update or create the record; return its id, and whether it was created. `key` is an external id field and its
        value.
        """
        field = external_id_field(sobject, key[0])
        if any(name.lower() == field.name.lower() for name in given):
            message = f"The {field.name} field should not be specified in the sobject data."
            raise OrgError(400, "INVALID_FIELD", message)
        with self._store.writing() as connection:
            record_id = self.find(connection, sobject, *key)
            if record_id is not None:
                self.update(schema, sobject, record_id, given, user_id, allow_duplicates=allow_duplicates)
                return record_id, False
            if update_only or field.type == "id":
                raise not_found()
            record = {**given, field.name: key[1]}
            return self.create(schema, sobject, record, user_id, allow_duplicates=allow_duplicates), True

    def find(self, connection: Connection, sobject: SObject, name: str, value: Any) -> str | None:
        """Return the record with that value in an external id field, or None.

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

    def check_own_parents(self, schema: Schema, sobject: SObject, given: Mapping[str, Any], user_id: str) -> None:
        """Refuse a parent of the same object that is named by an external id and is not there yet."""
        with self._store.reading() as connection:
            check_own_parents(self._context(connection, schema, sobject, user_id), given)

    def existing(self, connection: Connection, sobject: SObject, record_id: str) -> dict[str, Any]:
        """Return the record as it is stored.

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
        """Write changed columns, and the fields derived from them."""
        derived = derive(sobject, {**existing, **changes}, changes)
        table = self._store.table(sobject)
        connection.execute(update(table).where(table.c["Id"] == existing["Id"]).values({**changes, **derived}))

    def _apply_write_hook(self, write: Write) -> tuple[Mapping[str, Any], AfterWrite]:
        hook = self.write_hooks.get(write.context.sobject.name)
        return hook.before_write(write) if hook else (write.given, do_nothing)

    def _check_rules(
        self, context: RecordContext, record_id: str, existing: Mapping[str, Any], allow_duplicates: bool
    ) -> None:
        if not has_rules(context.sobject):
            return
        before = {record_id: existing} if existing else {}
        rules = self.query_context(context.schema)
        refused = rule_violations(
            context.connection, rules, context.sobject, [record_id], before, allow_duplicates=allow_duplicates
        )
        for refusal in refused.values():
            raise refusal

    def _check(self, context: RecordContext, changes: Mapping[str, Any], own_id: str) -> None:
        check_references(context, changes)
        check_hierarchy(context, changes, own_id)
        check_unique(context, changes, own_id)

    def _context(self, connection: Connection, schema: Schema, sobject: SObject, user_id: str) -> RecordContext:
        return RecordContext(connection, self._store.table, schema, sobject, user_id)


def not_writable(sobject: SObject, what: str) -> OrgError:
    """Return the error for an object whose records cannot be inserted or updated, by this user or by any."""
    return OrgError(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be {what}: {sobject.label}")


def not_deletable() -> OrgError:
    """Return the error for an object whose records cannot be deleted, by this user or by any."""
    return OrgError(403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")


def not_possible(sobject: SObject, what: str) -> OrgError:
    """Return the error for an object whose records cannot be merged, replicated or the like."""
    return OrgError(400, "INVALID_TYPE_FOR_OPERATION", f"entity type cannot be {what}: {sobject.name}")
