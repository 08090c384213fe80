"""Bytes in a field of a record: base64 within JSON, or a part of a multipart body."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, select

from localorg.files.blobs import Blob, BlobStore
from localorg.records.values.value_errors import bad_json
from localorg.schema.model import Field, Schema, SObject
from localorg.storage.store import Store

LONGEST_SHOWN = 40


def by_name(sobject: SObject, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given values under the names of the schema."""
    found = ((sobject.find(name), name, value) for name, value in given.items())
    return {field.name if field else name: value for field, name, value in found}


def to_blob(blobs: BlobStore, field: Field, value: Any) -> Blob | None:
    """Return the bytes, stored; None where there are none.

    Raises:
        WrongType: it is not base64; the message quotes the beginning, as it may be megabytes.
    """
    if value is None or isinstance(value, Blob):
        return value
    if isinstance(value, str):
        with suppress(ValueError):
            return blobs.put(base64.b64decode("".join(value.split()), validate=True))
    raise bad_json(field, str(value)[:LONGEST_SHOWN])


def blob_keys(connection: Connection, store: Store, schema: Schema) -> set[str]:
    """Return the keys of all blobs that some record holds."""
    keys: set[str] = set()
    for sobject in schema.objects:
        for field in sobject.stored:
            if field.type == "base64":
                column = store.table(sobject).c[field.name]
                keys.update(connection.execute(select(column).where(column.is_not(None)).distinct()).scalars())
    return keys
