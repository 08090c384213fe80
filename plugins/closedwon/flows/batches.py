"""The batches of one object in one run, at rest on object storage between two tasks.

Tasks hand each other the names of stages and counts, never rows. Each stage has a folder of its own and begins by
emptying it, so that a task that was killed halfway leaves nothing behind that a retry could mistake for its own.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Literal, Protocol, Self

import pandas as pd

Stage = Literal["pages", "rows", "rejects", "valid", "invalid"]


class Folder(Protocol):
    """What `pathlib.Path` and Airflow's `ObjectStoragePath` have in common and a batch needs."""

    def __truediv__(self, name: str, /) -> Self: ...
    def exists(self) -> bool: ...
    def iterdir(self) -> Iterator[Self]: ...
    def mkdir(self, mode: int = ..., parents: bool = ..., exist_ok: bool = ...) -> None: ...
    def unlink(self) -> None: ...
    def open(self, mode: str) -> IO[Any]: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Batches:
    """The stages of one object in one run, below `folder`."""

    folder: Folder

    def empty(self, *stages: Stage) -> None:
        """Makes the folders of the stages and removes what an earlier try has left in them."""
        for stage in stages:
            place = self.folder / stage
            place.mkdir(parents=True, exist_ok=True)
            for leftover in list(place.iterdir()):
                leftover.unlink()

    def write_page(self, number: int, data: bytes) -> None:
        """Puts down one page as it came from the org (gzip CSV)."""
        self._write("pages", f"{number:05}.csv.gz", data)

    def write_frame(self, stage: Stage, number: int, frame: pd.DataFrame) -> None:
        """Puts down one frame as Arrow IPC, which keeps the types; an empty one is not written."""
        if frame.empty:
            return
        buffer = io.BytesIO()
        frame.reset_index(drop=True).to_feather(buffer, compression="lz4")
        self._write(stage, f"{number:05}.arrow", buffer.getvalue())

    def pages(self) -> Iterator[bytes]:
        """The pages in the order in which they were read from the org."""
        return (data for _, data in self._files("pages"))

    def frames(self, stage: Stage) -> Iterator[pd.DataFrame]:
        """The frames of a stage, one at a time, in the order of their pages."""
        return (pd.read_feather(io.BytesIO(data)) for _, data in self._files(stage))

    def numbered_frames(self, stage: Stage) -> Iterator[tuple[int, pd.DataFrame]]:
        """The frames of a stage with the numbers of their pages."""
        return ((int(name.split(".")[0]), pd.read_feather(io.BytesIO(data))) for name, data in self._files(stage))

    def _write(self, stage: Stage, name: str, data: bytes) -> None:
        with (self.folder / stage / name).open("wb") as file:
            file.write(data)

    def _files(self, stage: Stage) -> Iterator[tuple[str, bytes]]:
        place = self.folder / stage
        if not place.exists():
            return
        for path in sorted(place.iterdir(), key=lambda entry: entry.name):
            with path.open("rb") as file:
                yield path.name, file.read()
