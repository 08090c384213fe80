"""The batches of one mapping in one run, kept on object storage between two tasks.

Tasks pass each other counts, never rows. Each stage has its own folder, which its task empties first, so that a retry
does not take the files of a killed try for its own.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd
import pyarrow as pa

from closedwon.errors import BatchRejected
from closedwon.flows.steps.storage import Folder, list_names, make_folder, storage_errors
from closedwon.mapping.model import Mapping
from closedwon.salesforce.rest_query import Page

PageStage = Literal["pages", "versions"]
"""Pages of the org: records, and ids and stamps of all records of the window, whether or not they are received."""

Stage = Literal["fields", "due", "rows", "rejects", "invalid"] | PageStage
"""Fields without a line that `extract` reads, quarantined records that are asked for by their ids, rows made of the
records, rejects of records that could not be converted, rejects of invalid rows, and pages."""

_FILE = re.compile(r"\d{5,}\.(csv\.gz|arrow)")


@dataclass(frozen=True)
class Batches:
    """The stages of one mapping in one run, below `folder`."""

    folder: Folder

    def empty(self, *stages: Stage) -> None:
        """Make the folders of the stages and remove the files that an earlier try has left in them."""
        for stage in stages:
            make_folder(self.folder / stage)
            for leftover in self._files(stage):
                with storage_errors(self.folder):
                    leftover.unlink()

    def write_pages(self, pages: Iterable[Page], stage: PageStage = "pages") -> int:
        """Write pages as the org returned them; return how many records they hold."""
        records = 0
        for number, page in enumerate(pages, start=1):
            self.write_page(number, page.data, stage)
            records += page.records
        return records

    def write_page(self, number: int, data: bytes, stage: PageStage = "pages") -> None:
        """Write one page as the org returned it (gzip CSV)."""
        self._write(stage, _page_name(number), data)

    def write_frame(self, stage: Stage, number: int, frame: pd.DataFrame) -> None:
        """Write one frame as Arrow IPC, which keeps the types; an empty one is not written."""
        if frame.empty:
            return
        buffer = io.BytesIO()
        frame.reset_index(drop=True).to_feather(buffer, compression="lz4")
        self._write(stage, f"{number:05}.arrow", buffer.getvalue())

    def page_numbers(self, stage: PageStage = "pages") -> list[int]:
        """Return the numbers of the pages, in the order in which they were read from the org."""
        return [int(path.name.split(".")[0]) for path in self._files(stage)]

    def read_page(self, number: int, stage: PageStage = "pages") -> bytes:
        """Return one page as the org returned it (gzip CSV)."""
        with storage_errors(self.folder), (self.folder / stage / _page_name(number)).open("rb") as file:
            return bytes(file.read())

    def frames(self, stage: Stage, columns: list[str] | None = None) -> Iterator[pd.DataFrame]:
        """Yield the frames of a stage, one at a time, in the order of their pages; only the given columns, or all.

        Raises:
            BatchRejected: a frame lacks one of the columns.
        """
        for path in self._files(stage):
            with storage_errors(self.folder), path.open("rb") as file:
                missing = sorted({*(columns or ())} - {*pa.ipc.open_file(file).schema.names})
                if missing:
                    raise _outdated(path, missing)
                file.seek(0)
                frame = pd.read_feather(file, columns=columns)
            yield frame

    def _write(self, stage: Stage, name: str, data: bytes) -> None:
        with storage_errors(self.folder), (self.folder / stage / name).open("wb") as file:
            file.write(data)

    def _files(self, stage: Stage) -> list[Folder]:
        place = self.folder / stage
        with storage_errors(self.folder):
            names = list_names(place)
        # Other objects there mark the folder for some tool.
        return [place / name for name in sorted(names) if _FILE.fullmatch(name)]


def check_count(mapping: Mapping, expected: int, found: int, task: str) -> None:
    """Raise if a batch does not hold the number of records that the task before counted, so that none is lost silently.

    Raises:
        BatchRejected: the counts differ.
    """
    if found != expected:
        raise BatchRejected(
            f"{mapping.sobject}: the task `{task}` wrote {expected} records, but the batch folder holds {found}. "
            "To load them would lose records or write some twice.",
            remedy=f"Clear the task `{mapping.name}.{task}` and those after it.",
        )


def _outdated(path: Folder, missing: list[str]) -> BatchRejected:
    return BatchRejected(
        f"The rows at rest in {path} have no column {', '.join(missing)}, which the mapping file has: it was changed "
        "after they were made. To load them would leave the column empty.",
        remedy="Clear the task `extract` of this object and those after it: it reads the records by the file as it is "
        "now.",
    )


def _page_name(number: int) -> str:
    return f"{number:05}.csv.gz"
