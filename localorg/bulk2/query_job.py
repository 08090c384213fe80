"""A Bulk API 2.0 query job: its result rests in a file, which is read page by page and as often as wanted."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

from localorg.bulk2.jobs import DELIMITERS, LINE_ENDINGS, Job, read_file
from localorg.org import Result

ROWS_AT_ONCE = 2_000


@dataclass
class QueryJob(Job):
    """A query and, once it ran, its CSV file: `offsets[n]` is where record n begins."""

    header: bytes = b""
    offsets: array[int] = field(default_factory=lambda: array("Q", [0]), repr=False)

    @property
    def file(self) -> Path:
        return self.folder / "result.csv"

    def write(self, columns: Sequence[str], result: Result) -> None:
        """Runs the query into the file; the header row is kept apart, as every page begins with it."""
        lines: list[str] = []
        writer = csv.writer(
            SimpleNamespace(write=lines.append),
            delimiter=DELIMITERS[self.delimiter],
            lineterminator=LINE_ENDINGS[self.line_ending],
            quoting=csv.QUOTE_ALL,
        )
        writer.writerow(columns)
        self.header = lines.pop().encode()
        rows = iter(result.rows())
        self.folder.mkdir(parents=True)
        with self.file.open("wb") as file:
            while chunk := list(islice(rows, ROWS_AT_ONCE)):
                if self.outcome is not None:
                    return
                writer.writerows(chunk)
                file.write(self._encode(lines))
                lines.clear()
        self.play_end()

    def _encode(self, lines: list[str]) -> bytes:
        encoded = [line.encode() for line in lines]
        end = self.offsets[-1]
        for line in encoded:
            end += len(line)
            self.offsets.append(end)
        self.processed += len(encoded)
        return b"".join(encoded)

    def page(self, first: int, last: int) -> Iterator[bytes]:
        """The header and the records from `first` until before `last`."""
        yield self.header
        yield from read_file(self.file, self.offsets[first], self.offsets[last])
