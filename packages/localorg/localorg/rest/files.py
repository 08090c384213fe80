"""The bytes of files: /sobjects/ContentVersion/{id}/VersionData and /sobjects/Attachment/{id}/Body."""

from __future__ import annotations

from typing import Any

from localorg.errors import OrgError
from localorg.messages import BYTES_TYPE, Answer, Call
from localorg.rest.records import attributes_of
from localorg.routes import Routes
from localorg.state.instance import Instance

ROUTES = Routes()


@ROUTES.data("GET", "/sobjects/ContentVersion/{record_id}/VersionData")
def read_version_data(instance: Instance, _call: Call, record_id: str) -> Answer:
    """Return the bytes of one version of a file."""
    return _bytes(instance, "ContentVersion", record_id, "VersionData")


@ROUTES.data("GET", "/sobjects/Attachment/{record_id}/Body")
def read_body(instance: Instance, _call: Call, record_id: str) -> Answer:
    """Return the bytes of an attachment."""
    return _bytes(instance, "Attachment", record_id, "Body")


def _bytes(instance: Instance, sobject: str, record_id: str, field: str) -> Answer:
    blobs, key = instance.org.blobs, instance.org.blob_key(sobject, record_id, field)
    headers = {"Content-Type": BYTES_TYPE, "Content-Length": str(blobs.size(key))}
    return Answer(headers=headers, content=blobs.read(key))


def with_files(call: Call, record: dict[str, Any]) -> dict[str, Any]:
    """Return the record with the binary parts of the call: those that its attributes name, or else those called as a
    field.

    Raises:
        OrgError: INVALID_MULTIPART_REQUEST, for a part that is named and not there.
    """
    if not call.files:
        return record
    attributes = attributes_of(record)
    if "binaryPartName" not in attributes:
        return {**record, **call.files}
    part, field = str(attributes["binaryPartName"]), str(attributes.get("binaryPartNameAlias", "VersionData"))
    if part not in call.files:
        message = f"Multipart message does not include a binary part named '{part}'"
        raise OrgError(400, "INVALID_MULTIPART_REQUEST", message)
    return {**record, field: call.files[part]}
