"""Run a Bulk API 2.0 query job: write its result to a file, and read pages of it."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, islice
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

from localorg.bulk2.jobs import DELIMITERS, LINE_ENDINGS, Job, read_file
from localorg.org import Export


@dataclass
class QueryJob(Job):
    """A query and, once it ran, its CSV file: `offsets[n]` is where record n begins."""

    kind: ClassVar[str] = "V2Query"
    header: bytes = b""
    offsets: array[int] = field(default_factory=lambda: array("Q", [0]), repr=False)

    @property
    def file(self) -> Path:
        return self.folder / "result.csv"

    def write(self, export: Export) -> None:
        """Run the query into the file; the header row is kept apart, as every page begins with it."""
        lines: list[str] = []
        writer = csv.writer(
            SimpleNamespace(write=lines.append),
            delimiter=DELIMITERS[self.delimiter],
            lineterminator=LINE_ENDINGS[self.line_ending],
            quoting=csv.QUOTE_ALL,
        )
        writer.writerow(export.columns)
        self.header = lines.pop().encode()
        self.folder.mkdir(parents=True)
        with self.file.open("wb") as file:
            for rows in export.batches():
                if self.outcome is not None:
                    export.close()
                    return
                writer.writerows(rows)
                file.write(self._encode(lines))
                lines.clear()
        self.end_by_fault()

    def _encode(self, lines: list[str]) -> bytes:
        encoded = [line.encode() for line in lines]
        self.offsets.extend(islice(accumulate(map(len, encoded), initial=self.offsets[-1]), 1, None))
        self.processed += len(encoded)
        return b"".join(encoded)

    def page(self, first: int, last: int) -> Iterator[bytes]:
        """Yield the header and the records from `first` until before `last`."""
        yield self.header
        yield from read_file(self.file, self.offsets[first], self.offsets[last])
