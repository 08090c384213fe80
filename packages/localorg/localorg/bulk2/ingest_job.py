"""Run a Bulk API 2.0 ingest job: every row of the upload goes to one of three result files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, cast

from localorg.bulk2.jobs import Job, JobFailed
from localorg.bulk2.results import Results
from localorg.bulk2.upload import Upload
from localorg.org import Org
from localorg.records.bulk.batches import Batches, Operation
from localorg.records.bulk.upload_columns import parts_of

ROWS_TOGETHER = 200
"""Rows that Salesforce handles together: none of them sees the others as they are looked up."""
ROWS_AT_ONCE = 2_000
"""Rows that are written in one transaction."""


@dataclass
class IngestJob(Job):
    """An upload and what became of its rows, as files in `folder`."""

    kind: ClassVar[str] = "V2Ingest"
    external_id_field: str | None = None
    assignment_rule: str | None = None

    @property
    def upload(self) -> Path:
        return self.folder / "upload.csv"

    def write(self, org: Org, spend: Callable[[], None]) -> None:
        """Write all rows, or those until the job is aborted or its fault stops it; the rest are unprocessed.

        Args:
            spend: counts one of the batches that an org may have processed in a day.

        Raises:
            JobFailed: the upload as a whole is wrong, there are no batches left, or the fault says so.
        """
        with self.upload.open(encoding="utf-8", newline="") as file:
            upload = Upload(self, file)
            _check_header(org, self, upload.header)
            operation = cast(Operation, self.operation)
            batches = org.batches(operation, self.sobject, upload.header, key=self.external_id_field)
            read = upload.batches()
            read = chain([next(read)], read)  # An upload that is wrong at once has no result files.
            with closing(Results(self, upload.header)) as results:
                try:
                    for rows in read:
                        self._write_rows(org, batches, rows, results, spend)
                finally:
                    results.add_unprocessed(upload.unread)
        self.end_by_fault()

    def _write_rows(
        self, org: Org, batches: Batches, rows: Sequence[list[str]], results: Results, spend: Callable[[], None]
    ) -> None:
        waiting = rows
        try:
            if self._rows_left():
                spend()
            while waiting:
                with org.lifecycle.delayed_by(self.fault), org.transaction():
                    self._write_some(batches, waiting[:ROWS_AT_ONCE], results)
                waiting = waiting[ROWS_AT_ONCE:]
        finally:
            results.add_unprocessed(waiting)

    def described(self) -> dict[str, Any]:
        url = f"services/data/v{self.version}/jobs/ingest/{self.id}/batches"
        settings = {
            **super().described(),
            "externalIdFieldName": self.external_id_field,
            "assignmentRuleId": self.assignment_rule,
            "contentUrl": url if self.state == "Open" else None,
        }
        return {name: value for name, value in settings.items() if value is not None}

    def described_whole(self) -> dict[str, Any]:
        times = {"apiActiveProcessingTime": self.took_ms, "apexProcessingTime": 0}
        return {**super().described_whole(), "numberRecordsFailed": self.failed, **times}

    def _write_some(self, batches: Batches, rows: Sequence[list[str]], results: Results) -> None:
        for start in range(0, len(rows), ROWS_TOGETHER):
            together = rows[start : start + ROWS_TOGETHER]
            tried = together[: self._rows_left()]
            written = batches.write(tried, self._is_locked)
            self.processed += len(tried)
            self.failed += sum(row.error is not None for row in written)
            results.add(tried, written)
            results.add_unprocessed(together[len(tried) :])

    def _is_locked(self, number: int) -> bool:
        return self.fault is not None and self.fault.locks(self.processed + number)

    def _rows_left(self) -> int:
        """Return how many more rows may be written."""
        if self.outcome is not None:
            return 0
        if self.fault is not None and self.fault.kind in ("job_failed", "job_aborted"):
            return max((self.fault.records or 0) - self.processed, 0)
        return sys.maxsize


def _check_header(org: Org, job: IngestJob, header: list[str]) -> None:
    sobject = org.schema.find(job.sobject)
    for name in header:
        relationship, _, field = parts_of(name)
        known = sobject and (sobject.relationship(relationship) if relationship else sobject.find(field))
        if not known:
            raise JobFailed(f"InvalidBatch : Field name not found : {name}")
    lower = [name.lower() for name in header]
    if twice := next((name for n, name in enumerate(header) if name.lower() in lower[:n]), None):
        raise JobFailed(f"InvalidBatch : Field name duplicated : {twice}")
    needed = {"insert": None, "upsert": job.external_id_field}.get(job.operation, "Id")
    if needed is not None and needed.lower() not in lower:
        raise JobFailed(f"InvalidBatch : Field name not found : {needed}")
