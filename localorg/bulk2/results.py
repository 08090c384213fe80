"""The three result files of an ingest job. The order of the upload is not kept, as a real org does not keep it."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from localorg.bulk2.jobs import DELIMITERS, LINE_ENDINGS, Job
from localorg.errors import OrgError
from localorg.records.batches import Written

Kind = Literal["successful", "failed", "unprocessed"]
RESULT_COLUMNS: dict[Kind, tuple[str, ...]] = {
    "successful": ("sf__Id", "sf__Created"),
    "failed": ("sf__Id", "sf__Error"),
    "unprocessed": (),
}
Row = Sequence[str]


class Results:
    """The files, each with its header row: the columns of Salesforce, and those of the upload as they came."""

    def __init__(self, job: Job, header: Row) -> None:
        self._files = {kind: result_file(job, kind).open("w", encoding="utf-8", newline="") for kind in RESULT_COLUMNS}
        dialect: dict[str, Any] = {
            "delimiter": DELIMITERS[job.delimiter],
            "lineterminator": LINE_ENDINGS[job.line_ending],
            "quoting": csv.QUOTE_ALL,
        }
        self._writers = {kind: csv.writer(file, **dialect) for kind, file in self._files.items()}
        self._random = random.Random(job.sobject)  # noqa: S311
        for kind, columns in RESULT_COLUMNS.items():
            self._writers[kind].writerow([*columns, *header])
        self._id_at = next((n for n, name in enumerate(header) if name.lower() == "id"), None)

    def add(self, rows: Sequence[Row], written: Sequence[Written]) -> None:
        """Tells what became of rows."""
        told = list(zip(written, rows, strict=True))
        self._random.shuffle(told)
        good = ([w.id, "true" if w.created else "false", *row] for w, row in told if w.error is None)
        self._writers["successful"].writerows(good)
        self._writers["failed"].writerows(
            [self._id_of(row), error_text(w.error), *row] for w, row in told if w.error is not None
        )

    def add_unprocessed(self, rows: Sequence[Row] | Iterator[list[str]]) -> None:
        """Tells that rows were not tried."""
        self._writers["unprocessed"].writerows(rows)

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _id_of(self, row: Row) -> str:
        return row[self._id_at] if self._id_at is not None and self._id_at < len(row) else ""


def result_file(job: Job, kind: Kind) -> Path:
    """Where the results of a job rest; there is no file before the job has begun."""
    return job.folder / f"{kind}.csv"


def error_text(error: OrgError) -> str:
    """An error in one cell: `REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --`."""
    return "".join(_one_text(each) for each in error.all)


def _one_text(error: OrgError) -> str:
    fields = f"{','.join(error.fields)} " if error.fields else ""
    return f"{error.code}:{error.message}:{fields}--"
