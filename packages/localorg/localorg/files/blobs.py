"""Store the bytes of files, each in a file named by the hash of its content."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

CHUNK = 65_536


@dataclass(frozen=True)
class Blob:
    """Bytes that are stored: `key` finds them again, and is what a record's field holds."""

    key: str
    size: int
    md5: str


class BlobWriter:
    """Takes bytes as they come; `close` gives them their name."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._file = tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False)  # noqa: SIM115
        self._name = hashlib.sha256()
        self._checksum = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._name.update(data)
        self._checksum.update(data)
        self.size += len(data)

    def close(self) -> Blob:
        """Store the bytes, and return them as a blob."""
        self._file.close()
        key = self._name.hexdigest()
        Path(self._file.name).replace(self._folder / key)
        return Blob(key, self.size, self._checksum.hexdigest())

    def discard(self) -> None:
        """Forget the bytes."""
        self._file.close()
        Path(self._file.name).unlink(missing_ok=True)


class BlobStore:
    """The blobs of one org, in one folder. The same bytes are stored once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def writer(self) -> BlobWriter:
        return BlobWriter(self._folder)

    def put(self, data: bytes) -> Blob:
        """Store bytes that are there as a whole."""
        writer = self.writer()
        writer.write(data)
        return writer.close()

    def size(self, key: str) -> int:
        return (self._folder / key).stat().st_size

    def read(self, key: str) -> Iterator[bytes]:
        """Yield the bytes, piece by piece."""
        with (self._folder / key).open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece

    def keep_only(self, keys: Collection[str]) -> None:
        """Remove all blobs but these, and the remains of interrupted uploads."""
        for path in self._folder.glob("*"):
            if path.name not in keys:
                path.unlink(missing_ok=True)
