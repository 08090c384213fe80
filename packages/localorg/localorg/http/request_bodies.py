"""Read the body of a request, within the size limits of its endpoint."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.types import Receive, Scope

from localorg.bulk2.ingest import LARGEST_UPLOAD
from localorg.errors import OrgError
from localorg.files.blobs import Blob, BlobStore
from localorg.http.multipart import (
    LARGEST_JSON,
    LARGEST_OTHER,
    LARGEST_VERSION,
    MultipartReader,
    boundary_of,
    too_large,
)

_ALONE = re.compile(rb"/sobjects/+ContentVersion(/|$)", re.IGNORECASE)
_ROOM_FOR_HEADS = 1_048_576


@dataclass(frozen=True)
class Body:
    """The content of a request: text or JSON, and the files of a multipart body."""

    content: bytes
    files: Mapping[str, Blob] = field(default_factory=dict)


class ClientLeft(Exception):
    """The client was gone before the end of its request: half of a request is none."""


async def read_body(scope: Scope, receive: Receive, blobs: BlobStore) -> Body:
    """Return the whole body. A body that is refused is read to its end, so that its client can read the error.

    Raises:
        OrgError: EXCEEDED_MAX_SIZE_REQUEST, INVALID_MULTIPART_REQUEST.
        ClientLeft: there is nobody to answer.
    """
    headers = dict(scope["headers"])
    boundary = boundary_of(headers.get(b"content-type", b"").decode("latin-1"))
    if boundary is not None:
        largest = LARGEST_VERSION if _ALONE.search(scope["raw_path"]) else LARGEST_OTHER
        _check_length(headers, largest)
        return await _read_parts(_chunks(receive), MultipartReader(boundary, blobs, largest))
    if _is_upload(scope["raw_path"]):
        return Body(await _read_at_most(LARGEST_UPLOAD + 1, receive))
    body = await _read_at_most(LARGEST_JSON + 1, receive)
    if len(body) > LARGEST_JSON:
        raise too_large(LARGEST_JSON)
    return Body(body)


async def _read_at_most(size: int, receive: Receive) -> bytes:
    """Return the first bytes of a body of any size; one byte above the limit shows that there were more."""
    kept: list[bytes] = []
    async for chunk in _chunks(receive):
        kept.append(chunk[:size])
        size -= len(kept[-1])
    return b"".join(kept)


def _is_upload(raw_path: bytes) -> bool:
    """Return whether a path takes files of the Bulk APIs, which have limits and words of their own."""
    return any(part in raw_path for part in (b"/jobs/", b"/async/"))


def unzip(body: bytes, raw_path: bytes) -> bytes:
    """Return the content of a compressed body, within the size limit: a few bytes may expand beyond the memory.

    Raises:
        OrgError: INVALID_CONTENT_ENCODING, EXCEEDED_MAX_SIZE_REQUEST.
    """
    most = LARGEST_UPLOAD if _is_upload(raw_path) else LARGEST_JSON
    unpacked, rest = bytearray(), body
    while rest:
        reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            unpacked += reader.decompress(rest, most + 1 - len(unpacked))
        except zlib.error as error:
            raise OrgError(400, "INVALID_CONTENT_ENCODING", f"The body is not gzip: {error}") from error
        if len(unpacked) > most:
            raise too_large(most)
        if not reader.eof:
            raise OrgError(400, "INVALID_CONTENT_ENCODING", "The body is not gzip: it ends too early")
        rest = reader.unused_data
    return bytes(unpacked)


def _check_length(headers: Mapping[bytes, bytes], largest: int) -> None:
    """Refuse a Content-Length over the limit at once, before the body is received."""
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > largest + _ROOM_FOR_HEADS:
        raise too_large(largest)


async def _read_parts(chunks: AsyncIterator[bytes], reader: MultipartReader) -> Body:
    try:
        async for chunk in chunks:
            reader.feed(chunk)
        return Body(reader.finish(), reader.files)
    except BaseException:
        reader.discard()
        with suppress(ClientLeft):
            async for _ in chunks:
                pass
        raise


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return
