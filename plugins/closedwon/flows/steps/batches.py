"""The batches of one mapping in one run, kept on object storage between two tasks.

Tasks pass each other counts, never rows. Each stage has its own folder, which its task empties first, so that a retry
does not take the files of a killed try for its own.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Literal, Protocol, Self

import pandas as pd

from closedwon.errors import BatchRejected
from closedwon.mapping.model import Mapping
from closedwon.salesforce.rest_query import Page

Stage = Literal["pages", "rows", "rejects", "invalid"]
"""Pages of the org, rows made of them, rejects of records that could not be converted, and rejects of invalid rows."""


class Folder(Protocol):
    """The methods that batches use of `pathlib.Path` and Airflow's `ObjectStoragePath`."""

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
    """The stages of one mapping in one run, below `folder`."""

    folder: Folder

    def empty(self, *stages: Stage) -> None:
        """Make the folders of the stages and remove the files that an earlier try has left in them."""
        for stage in stages:
            (self.folder / stage).mkdir(parents=True, exist_ok=True)
            # Not the folder itself: an object store has no empty folders.
            for leftover in self._files(stage):
                leftover.unlink()

    def write_pages(self, pages: Iterable[Page]) -> int:
        """Write pages as the org returned them; return how many records they hold."""
        records = 0
        for number, page in enumerate(pages, start=1):
            self.write_page(number, page.data)
            records += page.records
        return records

    def write_page(self, number: int, data: bytes) -> None:
        """Write one page as the org returned it (gzip CSV)."""
        self._write("pages", _page_name(number), data)

    def write_frame(self, stage: Stage, number: int, frame: pd.DataFrame) -> None:
        """Write one frame as Arrow IPC, which keeps the types; an empty one is not written."""
        if frame.empty:
            return
        buffer = io.BytesIO()
        frame.reset_index(drop=True).to_feather(buffer, compression="lz4")
        self._write(stage, f"{number:05}.arrow", buffer.getvalue())

    def page_numbers(self) -> list[int]:
        """Return the numbers of the pages, in the order in which they were read from the org."""
        return [int(path.name.split(".")[0]) for path in self._files("pages")]

    def read_page(self, number: int) -> bytes:
        """Return one page as the org returned it (gzip CSV)."""
        with (self.folder / "pages" / _page_name(number)).open("rb") as file:
            return bytes(file.read())

    def frames(self, stage: Stage, columns: list[str] | None = None) -> Iterator[pd.DataFrame]:
        """Yield the frames of a stage, one at a time, in the order of their pages; only the given columns, or all."""
        for path in self._files(stage):
            with path.open("rb") as file:
                yield pd.read_feather(file, columns=columns)

    def _write(self, stage: Stage, name: str, data: bytes) -> None:
        with (self.folder / stage / name).open("wb") as file:
            file.write(data)

    def _files(self, stage: Stage) -> list[Folder]:
        place = self.folder / stage
        return sorted(place.iterdir(), key=lambda path: path.name) if place.exists() else []


def check_count(mapping: Mapping, expected: int, found: int, task: str) -> None:
    """Raise if a batch does not hold the number of records that the task before counted, so that none is lost silently.

    Raises:
        BatchRejected: the counts differ.
    """
    if found != expected:
        raise BatchRejected(
            f"{mapping.sobject}: the task `{task}` wrote {expected} records, but the batch folder holds {found}. "
            "To load them would lose records or write some twice. "
            f"Clear the task `{task}` of {mapping.name} and those after it."
        )


def _page_name(number: int) -> str:
    return f"{number:05}.csv.gz"
