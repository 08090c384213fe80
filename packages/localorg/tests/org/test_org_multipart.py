from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from localorg.errors import OrgError
from localorg.files.blobs import BlobStore
from localorg.http.multipart import MultipartReader, boundary_of

BOUNDARY = b"frontier"
ABOUT = json.dumps({"Title": "x"}).encode()


def _form(data: bytes) -> bytes:
    return (
        b'preamble\r\n--frontier\r\nContent-Disposition: form-data; name="entity"\r\n\r\n'
        + ABOUT
        + b'\r\n--frontier\r\nContent-Disposition: form-data; name="Body"; filename="a"\r\n\r\n'
        + data
        + b"\r\n--frontier--\r\nepilogue"
    )


def _read(blobs: BlobStore, body: bytes, sizes: list[int]) -> tuple[bytes, bytes]:
    reader = MultipartReader(BOUNDARY, blobs)
    at = 0
    for size in sizes:
        reader.feed(body[at : at + size])
        at += size
    reader.feed(body[at:])
    return reader.finish(), b"".join(blobs.read(reader.files["Body"].key))


@pytest.mark.parametrize("data", [b"", b"\r\n", b"\r\n--frontie", b"--frontier", b"x" * 70_000, b"\r\n--\r\n--\r\n"])
def test_a_form_is_read_alike_however_it_is_cut(tmp_path: Path, data: bytes) -> None:
    blobs, body = BlobStore(tmp_path / "files"), _form(data)
    chance = random.Random(5)
    cuts = [[], [1] * min(len(body), 300), *([chance.randrange(1, 90) for _ in range(40)] for _ in range(20))]

    assert [_read(blobs, body, sizes) for sizes in cuts] == [(ABOUT, data)] * len(cuts)
    assert len(list((tmp_path / "files").iterdir())) == 1


def test_a_form_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    reader = MultipartReader(BOUNDARY, BlobStore(tmp_path))
    reader.feed(_form(b"x" * 1_000)[:-60])
    with pytest.raises(OrgError, match="INVALID_MULTIPART_REQUEST"):
        reader.finish()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('Multipart/Form-Data; charset=utf-8; boundary="a b"', b"a b"),
        ("multipart/form-data", None),
        ("application/json; boundary=abc", None),
        ("", None),
        ("; ;;=", None),
    ],
)
def test_the_boundary_is_read_from_the_content_type(content_type: str, boundary: bytes | None) -> None:
    assert boundary_of(content_type) == boundary
