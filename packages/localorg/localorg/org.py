"""The org: everything that its API does, without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import NestedTransaction

from localorg.errors import OrgError, not_found
from localorg.files.attachments import Attachments, Links
from localorg.files.binary_fields import blob_keys
from localorg.files.blobs import BlobStore
from localorg.files.versions import Documents, Versions
from localorg.lifecycle.lifecycle import Lifecycle
from localorg.records.bulk.batches import Batches, Operation, Written, write_rows
from localorg.records.bulk.bulk_writer import WriteServices
from localorg.records.bulk.data_loader import DataLoader
from localorg.records.definition_checks import check_definitions
from localorg.records.id_sequence import IdSequence
from localorg.records.initial_records import create_org_records
from localorg.records.record_locks import RecordLocks
from localorg.records.single.external_ids import external_id_field
from localorg.records.single.record_reads import RecordReader, count_records
from localorg.records.single.writes import Writes
from localorg.records.stored_record_types import create_record_types, load_record_types
from localorg.schema import describe as shapes
from localorg.schema.model import Schema, SObject
from localorg.soql.functions.computed_fields import to_computed
from localorg.soql.plan.query_context import QueryContext
from localorg.soql.query import export_query, run_query
from localorg.soql.run.bulk_export import Export
from localorg.soql.run.result import DEFAULT_ROOT, Result
from localorg.soql.syntax.query_errors import QueryErrors
from localorg.storage.schema_catalogue import Catalogue
from localorg.storage.store import Store

__all__ = ["Export", "Org", "Result"]


class Org:
    """One org in one SQLite file, which holds everything: records, key prefixes, and fields that were added later.

    Safe to use from many threads. Names of objects and fields are accepted in any case, ids with 15 or 18 characters.
    Every method raises `OrgError` as the API would.

    Args:
        database: the file, created where it is missing; None for one that is deleted with the org.
        clock: the org's time, with a zone.
    """

    lifecycle: Lifecycle
    """Delete, undelete, merge, the recycle bin and replication."""
    catalogue: Catalogue
    """Objects and fields, which can be added and hidden."""

    def __init__(self, schema: Schema, database: Path | None, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._store = Store(database)
        self.catalogue = Catalogue(self._store, schema)
        self._id_sequence = IdSequence(self._store)
        self._writes = Writes(self._store, clock, self._id_sequence)
        self._services = WriteServices(self._store, self._writes, self._id_sequence)
        self._reader = RecordReader(self._store)
        self._loader = DataLoader(self._store, self._writes, self._id_sequence)
        self.blobs = BlobStore(self._store.path.with_suffix(".files"))
        self._writes.write_hooks |= {
            "Attachment": Attachments(self._store, self.blobs),
            "ContentDocument": Documents(self._store),
            "ContentDocumentLink": Links(self._store),
            "ContentVersion": Versions(self._store, self._writes, self._id_sequence, self.blobs),
        }
        with self._store.writing() as connection:
            check_definitions(self.catalogue.whole, self._writes.query_context)
            self.organization_id, self.admin_user_id = create_org_records(self._loader, self.sobject, schema.currencies)
            whole = create_record_types(self._store, self._loader, self.catalogue.whole, self.admin_user_id)
            self.catalogue.replace(whole)
            self.blobs.keep_only(blob_keys(connection, self._store, whole))
        self.lifecycle = Lifecycle(self._store, clock, self.catalogue, self._writes, self.admin_user_id)

    @property
    def schema(self) -> Schema:
        """Return the objects and fields that the user has rights to."""
        return self.catalogue.seen

    def sobject(self, name: str) -> SObject:
        """Return the object of that name; NOT_FOUND where there is none."""
        return self.catalogue.sobject(name)

    def query(self, soql: str, *, include_deleted: bool = False, user_id: str | None = None) -> Result:
        """Return what a query finds, with deleted records where the caller wants them."""
        return run_query(self._store, self._query_context(soql, include_deleted, user_id), soql)

    def export(self, soql: str, *, include_deleted: bool = False, user_id: str | None = None) -> Export:
        """Return the same as rows of bulk results, which hold one state of the data until they are read or closed."""
        return export_query(self._store, self._query_context(soql, include_deleted, user_id), soql)

    def read(
        self, sobject: str, record_id: str, fields: Iterable[str] | None = None, *, root: str = DEFAULT_ROOT
    ) -> dict[str, Any]:
        """Return one record with the named fields, or with all of them."""
        return self._reader.record(self._query_context(), self.sobject(sobject), record_id, fields, root)

    def read_many(
        self, sobject: str, ids: Sequence[str], fields: Iterable[str], *, root: str = DEFAULT_ROOT
    ) -> list[dict[str, Any] | None]:
        """Return the records with the named fields, in the order of the ids; None for an id that has none."""
        return self._reader.records(self._query_context(), self.sobject(sobject), ids, fields, root)

    def blob_key(self, sobject: str, record_id: str, field: str) -> str:
        """Return the key in `blobs` of the bytes in a record's field; NOT_FOUND where it has none."""
        return self._reader.blob_key(self._query_context(), self.sobject(sobject), record_id, field)

    def create(
        self, sobject: str, fields: Mapping[str, Any], *, user_id: str | None = None, allow_duplicates: bool = False
    ) -> str:
        """Create a record; return its id."""
        found, user = self.sobject(sobject), user_id or self.admin_user_id
        return self._writes.create(self.schema, found, fields, user, allow_duplicates=allow_duplicates)

    def update(
        self,
        sobject: str,
        record_id: str,
        fields: Mapping[str, Any],
        *,
        user_id: str | None = None,
        allow_duplicates: bool = False,
    ) -> None:
        """Set the given fields of a record."""
        self.lifecycle.apply_due_changes()
        found, user = self.sobject(sobject), user_id or self.admin_user_id
        self._writes.update(self.schema, found, record_id, fields, user, allow_duplicates=allow_duplicates)

    def upsert(
        self,
        sobject: str,
        external_field: str,
        value: Any,
        fields: Mapping[str, Any],
        *,
        update_only: bool = False,
        user_id: str | None = None,
        allow_duplicates: bool = False,
    ) -> tuple[str, bool]:
        """Update the record with that external id, or create it; return its id, and whether it was created.

        Raises:
            OrgError: status 300 with `record_ids`, where several records have that external id.
        """
        self.lifecycle.apply_due_changes()
        key = (external_field, value)
        found, user = self.sobject(sobject), user_id or self.admin_user_id
        return self._writes.upsert(
            self.schema, found, key, fields, user, update_only=update_only, allow_duplicates=allow_duplicates
        )

    def find(self, sobject: str, external_field: str, value: Any) -> str:
        """Return the id of the record with that external id; 404 where there is none, 300 where there are several."""
        with self._store.reading() as connection:
            record_id = self._writes.find(connection, self.sobject(sobject), external_field, value)
        if record_id is None:
            raise not_found()
        return record_id

    def check_own_parents(self, sobject: str, fields: Mapping[str, Any]) -> None:
        """Refuse a parent of the object itself that is named by an external id and is not there."""
        self._writes.check_own_parents(self.schema, self.sobject(sobject), fields, self.admin_user_id)

    def batches(self, operation: Operation, sobject: str, header: Sequence[str], *, key: str | None = None) -> Batches:
        """Return the writer of the rows of an upload; `key` names the external id field of an upsert."""
        self.lifecycle.apply_due_changes()
        found = self.sobject(sobject)
        field = external_id_field(found, key) if key else None
        user, delete = self.admin_user_id, partial(self.lifecycle.delete_many, sobject)
        return Batches(self._services, self.schema, found, operation, header, user, field, delete)

    def write_rows(
        self,
        operation: Operation,
        sobject: str,
        rows: Sequence[Mapping[str, Any] | OrgError],
        *,
        external_id_field: str | None = None,
        is_locked: Callable[[int], bool] = lambda _: False,
    ) -> list[Written]:
        """Write rows; return the outcome of each, in order. An error stands for a row that could not be read."""
        return write_rows(partial(self.batches, operation, sobject, key=external_id_field), rows, is_locked)

    @contextmanager
    def transaction(self) -> Iterator[NestedTransaction]:
        """Open a transaction for several writes, which `rollback()` on the yielded savepoint undoes."""
        with self._store.writing() as connection, connection.begin_nested() as savepoint:
            yield savepoint

    def insert_many(self, sobject: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        """Insert many records; return their ids in order. Ids and stamps in the rows are kept; see `DataLoader`."""
        found = self.sobject(sobject)
        ids = self._loader.insert_many(found, rows, self.admin_user_id)
        self._writes.sync_person_contacts(self.catalogue.whole, found, ids, self.admin_user_id)
        return ids

    def write_system(self, sobject: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        """Write records as the system does, with any stamp; return their ids. See `DataLoader`."""
        found = self.sobject(sobject)
        ids = self._loader.write_system(found, rows, self.admin_user_id)
        self._writes.sync_person_contacts(self.catalogue.whole, found, ids, self.admin_user_id)
        return ids

    @property
    def locks(self) -> RecordLocks:
        """Return the record locks."""
        return self._writes.locks

    def describe(self, sobject: str, *, root: str = DEFAULT_ROOT) -> dict[str, Any]:
        """Return the describe of one object."""
        self.catalogue.replace(load_record_types(self._store, self.catalogue.whole))  # some may be new records
        return shapes.describe(self.schema, self.sobject(sobject), root)

    def describe_global(self, *, root: str = DEFAULT_ROOT) -> dict[str, Any]:
        """Return the list of all objects."""
        return shapes.describe_global(self.schema, root)

    def counts(self) -> dict[str, int]:
        """Return how many records each object has, without deleted ones."""
        context = self._query_context()
        with self._store.reading() as connection:
            return {sobject.name: count_records(connection, context, sobject) for sobject in self.schema.objects}

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def _query_context(self, soql: str = "", include_deleted: bool = False, user_id: str | None = None) -> QueryContext:
        self.lifecycle.apply_due_changes()
        return QueryContext(
            self.schema,
            self._store.alias,
            QueryErrors(soql),
            to_computed,
            include_deleted,
            self._clock().astimezone(UTC),
            self.lifecycle.unseen,
            user_id or self.admin_user_id,
        )
