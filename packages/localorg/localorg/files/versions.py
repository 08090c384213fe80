"""Write hooks of ContentVersion and ContentDocument: a document, its versions, and its links."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import func, select, update

from localorg.errors import OrgError
from localorg.files.binary_fields import by_name, to_blob
from localorg.files.blobs import Blob, BlobStore
from localorg.files.file_records import OF_THE_DOCUMENT, FileRecords
from localorg.files.file_types import extension_of, file_type, title_of
from localorg.records.id_sequence import IdSequence
from localorg.records.single.write_hooks import AfterWrite, Write, do_nothing
from localorg.records.single.writes import Writes
from localorg.storage.store import Store

OWNER, VIEWER = "I", "V"
"""Share types of a document: of its owner, and of those who see a record."""


class Versions:
    """Write hook of ContentVersion: stores the bytes, and keeps document, latest version and links in step."""

    def __init__(self, store: Store, writes: Writes, id_sequence: IdSequence, blobs: BlobStore) -> None:
        self._store = store
        self._writes = writes
        self._id_sequence = id_sequence
        self._blobs = blobs

    def before_write(self, write: Write) -> tuple[Mapping[str, Any], AfterWrite]:
        files = FileRecords(write.context, self._writes, self._id_sequence)
        sobject = files.object("ContentVersion")
        named, data = by_name(sobject, write.given), sobject.find("VersionData")
        blob = None
        if data is not None and "VersionData" in named:
            named["VersionData"] = blob = to_blob(self._blobs, data, named["VersionData"])
        if write.existing is not None:
            return named, partial(_changed, files, blob)
        _check_complete(named)
        is_first = not named.get("ContentDocumentId")
        if not named.get("Title"):
            named["Title"] = title_of(str(named.get("PathOnClient") or named.get("ContentUrl")))
        if is_first:
            owner_id = named.get("OwnerId") or write.context.user_id
            named["ContentDocumentId"] = files.insert("ContentDocument", {"Title": named["Title"], "OwnerId": owner_id})
            named.setdefault("FirstPublishLocationId", owner_id)
        return named, partial(_created, files, blob, is_first)


class Documents:
    """Write hook of ContentDocument: copies title and description to the latest version."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def before_write(self, write: Write) -> tuple[Mapping[str, Any], AfterWrite]:
        document, version = write.context.schema.find("ContentDocument"), write.context.schema.find("ContentVersion")
        if document is None or version is None or write.existing is None:
            return write.given, do_nothing
        shared = {name: value for name, value in by_name(document, write.given).items() if name in OF_THE_DOCUMENT}
        table = self._store.table(version)
        latest_id = write.existing["LatestPublishedVersionId"]

        def follow(_record_id: str) -> None:
            if shared:
                latest = table.c["Id"] == latest_id
                write.context.connection.execute(update(table).where(latest).values(shared))

        return write.given, follow


def _created(files: FileRecords, blob: Blob | None, is_first: bool, record_id: str) -> None:
    version = files.row("ContentVersion", record_id)
    document_id, now = version["ContentDocumentId"], files.writes.now()
    table = files.table("ContentVersion")
    siblings = table.c["ContentDocumentId"] == document_id
    number = files.context.connection.execute(select(func.count()).select_from(table).where(siblings)).scalar_one()
    was_latest = siblings & (table.c["IsLatest"] == 1)
    files.context.connection.execute(update(table).where(was_latest).values({"IsLatest": False, "SystemModstamp": now}))
    values = {"IsLatest": True, "VersionNumber": str(number), "ContentModifiedById": files.context.user_id}
    files.set("ContentVersion", record_id, values | _facts(version, blob, now))
    files.show_latest(record_id)
    if is_first:
        files.link(document_id, version["OwnerId"], OWNER)
        place = version["FirstPublishLocationId"]
        if place is not None and place != version["OwnerId"]:
            files.link(document_id, place, VIEWER)


def _changed(files: FileRecords, blob: Blob | None, record_id: str) -> None:
    version = files.row("ContentVersion", record_id)
    if blob is not None:
        files.set("ContentVersion", record_id, _facts(version, blob, files.writes.now()))
    if version["IsLatest"]:
        files.show_latest(record_id)


def _facts(version: Mapping[str, Any], blob: Blob | None, now: str) -> dict[str, Any]:
    """Return the properties that follow from a version's bytes and name; without bytes it is a link to another
    place.
    """
    extension = extension_of(version["PathOnClient"])
    kind = file_type(extension) if blob else "LINK"
    size, checksum = (blob.size, blob.md5) if blob else (0, None)
    facts = {"ContentSize": size, "Checksum": checksum, "FileType": kind, "FileExtension": extension}
    return facts | {"ContentModifiedDate": now}


def _check_complete(given: Mapping[str, Any]) -> None:
    needed = () if given.get("ContentUrl") else ("VersionData", "PathOnClient")
    if missing := [name for name in needed if not given.get(name)]:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise OrgError(400, "REQUIRED_FIELD_MISSING", message, missing)
