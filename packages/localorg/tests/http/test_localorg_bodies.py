"""Uploads of any size are read to their end, and no more of them is kept than the org takes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.types import Message

from localorg.bulk2.ingest import LARGEST_UPLOAD
from localorg.errors import OrgError
from localorg.files.blobs import BlobStore
from localorg.http.request_bodies import read_body

CHUNK = bytes(8_000_000)


def received(path: bytes, chunks: int, folder: Path) -> tuple[int, int]:
    """How many bytes of a body are kept, and how many chunks of it are left unread."""
    left = chunks

    async def receive() -> Message:
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": CHUNK, "more_body": left > 0}

    async def kept() -> int:
        return len((await read_body({"headers": [], "raw_path": path}, receive, BlobStore(folder))).content)

    return asyncio.run(kept()), left


def test_of_an_upload_that_is_too_large_one_byte_more_than_allowed_is_kept(tmp_path: Path) -> None:
    path = b"/services/data/v59.0/jobs/ingest/750xx0000000001AAA/batches"

    assert received(path, 25, tmp_path) == (LARGEST_UPLOAD + 1, 0)
    assert received(path, 2, tmp_path) == (2 * len(CHUNK), 0)


def test_json_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OrgError) as refused:
        received(b"/services/data/v59.0/sobjects/Account", 7, tmp_path)

    assert (refused.value.status, refused.value.code) == (413, "EXCEEDED_MAX_SIZE_REQUEST")
