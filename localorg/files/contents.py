"""The bytes in a field of a record, as they are given: in base64 within JSON, or as a part of their own."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from localorg.errors import OrgError
from localorg.files.blobs import Blob, BlobStore
from localorg.schema.model import Schema, SObject
from localorg.storage.store import Store


def by_name(sobject: SObject, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, under the names that the schema has for it."""
    found = ((sobject.find(name), name, value) for name, value in given.items())
    return {field.name if field else name: value for field, name, value in found}


def to_blob(blobs: BlobStore, sobject: SObject, field: str, value: Any) -> Blob | None:
    """The bytes, stored; None where there are none.

    Raises:
        OrgError: JSON_PARSER_ERROR, for what is not base64.
    """
    if value is None or isinstance(value, Blob):
        return value
    try:
        return blobs.put(base64.b64decode("".join(value.split()), validate=True))
    except (AttributeError, binascii.Error, ValueError) as error:
        message = f"Cannot deserialize instance of base64 from the value of {sobject.name}.{field}: {error}"
        raise OrgError(400, "JSON_PARSER_ERROR", message, [field]) from error


def blob_keys(connection: Connection, store: Store, schema: Schema) -> set[str]:
    """The keys of all blobs that some record holds."""
    keys: set[str] = set()
    for sobject in schema.objects:
        for field in sobject.stored:
            if field.type == "base64":
                column = store.table(sobject).c[field.name]
                keys.update(connection.execute(select(column).where(column.is_not(None)).distinct()).scalars())
    return keys
