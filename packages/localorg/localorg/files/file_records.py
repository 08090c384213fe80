"""Read and write the records of files within the transaction of one write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, insert, select, update

from localorg.records.id_sequence import IdSequence
from localorg.records.record_context import RecordContext
from localorg.records.single.record_defaults import new_record
from localorg.records.single.writes import Writes
from localorg.records.values.stored_values import to_stored
from localorg.schema.model import SObject

OF_THE_DOCUMENT = ("Title", "Description", "ContentSize", "FileType", "FileExtension", "ContentModifiedDate")
"""Fields that a document copies from its latest version."""


@dataclass(frozen=True)
class FileRecords:
    """The files' records, as one user writes them."""

    context: RecordContext
    writes: Writes
    id_sequence: IdSequence

    def object(self, name: str) -> SObject:
        found = self.context.schema.find(name)
        if found is None:
            raise LookupError(f"The schema has no {name}")
        return found

    def table(self, name: str) -> Table:
        return self.context.table_of(self.object(name))

    def row(self, name: str, record_id: str) -> dict[str, Any]:
        """Return a record as it is stored."""
        table = self.table(name)
        return dict(self.context.connection.execute(select(table).where(table.c["Id"] == record_id)).mappings().one())

    def insert(self, name: str, fields: Mapping[str, Any]) -> str:
        """Insert a record, checking nothing but the types of its values; return its id."""
        sobject = self.object(name)
        values = {field.name: to_stored(field, fields[field.name]) for field in sobject.stored if field.name in fields}
        number, record_id = self.id_sequence.next(self.context.connection, sobject)
        record = new_record(sobject, values, record_id, number, self.context.user_id, self.writes.now())
        self.context.connection.execute(insert(self.context.table_of(sobject)).values(record))
        return record_id

    def set(self, name: str, record_id: str, values: Mapping[str, Any]) -> None:
        """Set columns of a record, and no stamps but those among them."""
        table = self.table(name)
        self.context.connection.execute(update(table).where(table.c["Id"] == record_id).values(dict(values)))

    def link(self, document_id: str, entity_id: str, share_type: str) -> None:
        """Share a document with a user, or with those who see a record."""
        fields = {"ContentDocumentId": document_id, "LinkedEntityId": entity_id, "ShareType": share_type}
        self.insert("ContentDocumentLink", {**fields, "Visibility": "AllUsers"})

    def show_latest(self, version_id: str) -> None:
        """Copy the properties of the latest version to the document."""
        version, now = self.row("ContentVersion", version_id), self.writes.now()
        marks = self.object("ContentDocument").modified(now, self.context.user_id)
        shown = {name: version[name] for name in OF_THE_DOCUMENT} | {"LatestPublishedVersionId": version_id}
        self.set("ContentDocument", version["ContentDocumentId"], shown | marks)
