"""Write hooks of Attachment and ContentDocumentLink."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from localorg.errors import OrgError
from localorg.files.binary_fields import by_name, to_blob
from localorg.files.blobs import Blob, BlobStore
from localorg.ids import to_id18
from localorg.records.single.write_hooks import AfterWrite, Write, do_nothing
from localorg.storage.conditions import alive
from localorg.storage.store import Store

LARGEST_ATTACHMENT = 25 * 1024 * 1024


class Attachments:
    """Write hook of Attachment: stores its bytes, and sets their length."""

    def __init__(self, store: Store, blobs: BlobStore) -> None:
        self._store = store
        self._blobs = blobs

    def before_write(self, write: Write) -> tuple[Mapping[str, Any], AfterWrite]:
        sobject = write.context.schema.find("Attachment")
        body = sobject.find("Body") if sobject else None
        if sobject is None or body is None or "Body" not in (named := by_name(sobject, write.given)):
            return write.given, do_nothing
        named["Body"] = blob = to_blob(self._blobs, body, named["Body"])
        if blob is not None and blob.size > LARGEST_ATTACHMENT:
            message = "attachment data exceeded maximum size"
            raise OrgError(400, "MAXIMUM_SIZE_OF_ATTACHMENT", message, ["BodyLength"])
        table = self._store.table(sobject)

        def follow(record_id: str) -> None:
            length = {"BodyLength": _size(blob)}
            write.context.connection.execute(update(table).where(table.c["Id"] == record_id).values(length))

        return named, follow


class Links:
    """Write hook of ContentDocumentLink: refuses a second link of a document to the same record."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def before_write(self, write: Write) -> tuple[Mapping[str, Any], AfterWrite]:
        sobject = write.context.schema.find("ContentDocumentLink")
        if sobject is None or write.existing is not None:
            return write.given, do_nothing
        named = {"ShareType": "V", "Visibility": "AllUsers", **by_name(sobject, write.given)}
        table = self._store.table(sobject)
        ends = {name: to_id18(str(named.get(name) or "")) for name in ("ContentDocumentId", "LinkedEntityId")}
        same = [table.c[name] == end for name, end in ends.items()]
        if write.context.connection.execute(select(table.c["Id"]).where(*same, alive(table))).first() is not None:
            message = "duplicate value found: <unknown> duplicates value on record with id: <unknown>"
            raise OrgError(400, "DUPLICATE_VALUE", message)
        return named, do_nothing


def _size(blob: Blob | None) -> int:
    return blob.size if blob else 0
