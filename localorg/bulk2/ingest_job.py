"""What a bulk ingest job does with its upload: every row is written by itself and lands in one of three result files.

Result files and error texts are per documentation and sightings; no recording exists.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TextIO

from localorg.bulk2.jobs import DELIMITERS, LINE_ENDINGS, Job, JobFailed
from localorg.errors import OrgError
from localorg.org import Org

BATCH = 200
"""Rows that are written in one transaction."""
NULL = "#N/A"
Kind = Literal["successful", "failed", "unprocessed"]
RESULT_COLUMNS: dict[Kind, tuple[str, ...]] = {
    "successful": ("sf__Id", "sf__Created"),
    "failed": ("sf__Id", "sf__Error"),
    "unprocessed": (),
}


@dataclass
class IngestJob(Job):
    """An upload and what became of its rows, as files in `folder`."""

    external_id_field: str | None = None

    @property
    def upload(self) -> Path:
        return self.folder / "upload.csv"

    def result(self, kind: Kind) -> Path:
        return self.folder / f"{kind}.csv"

    def write(self, org: Org) -> None:
        """Writes all rows, or those until the job is aborted or its fault stops it; the rest are unprocessed.

        Raises:
            JobFailed: the upload as a whole is wrong, or the fault says so.
        """
        try:
            with self.upload.open(encoding="utf-8-sig", newline="") as file:
                _check_line_ending(self, file)
                _write_rows(org, self, csv.reader(file, delimiter=DELIMITERS[self.delimiter]))
        except (UnicodeDecodeError, csv.Error) as error:
            raise JobFailed(f"ClientInputError : The upload cannot be read as CSV in UTF-8: {error}") from error
        self.play_end()


def _write_rows(org: Org, job: IngestJob, rows: Iterator[list[str]]) -> None:
    header = next(rows, [])
    _check_header(org, job, header)
    results = Results(job, header)
    try:
        while batch := list(islice(rows, BATCH)):
            writable = batch[: _rows_left(job)]
            _write_batch(org, job, header, writable, results)
            results.add("unprocessed", batch[len(writable) :])
    finally:
        results.close()


def _rows_left(job: IngestJob) -> int:
    """How many more rows may be written."""
    if job.outcome is not None:
        return 0
    if job.fault is not None and job.fault.kind in ("job_failed", "job_aborted"):
        return max((job.fault.records or 0) - job.processed, 0)
    return sys.maxsize


def _write_batch(org: Org, job: IngestJob, header: list[str], batch: list[list[str]], results: Results) -> None:
    successful: list[list[str]] = []
    failed: list[list[str]] = []
    with org.transaction():
        for position, row in enumerate(batch, start=job.processed):
            try:
                record_id, created = _write_row(org, job, position, to_fields(header, row))
                successful.append([record_id, str(created).lower(), *row])
            except OrgError as error:
                failed.append([_id_of(header, row), _to_text(error), *row])
    job.processed += len(batch)
    job.failed += len(failed)
    # A real org does not keep the order either; here it is lost in the same way each time.
    for rows in (successful, failed):
        random.Random(job.processed).shuffle(rows)  # noqa: S311
    results.add("successful", successful)
    results.add("failed", failed)


def _write_row(org: Org, job: IngestJob, position: int, fields: dict[str, Any]) -> tuple[str, bool]:
    """The record's id, and whether it was created."""
    if job.fault is not None and job.fault.locks(position):
        raise OrgError(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
    if job.operation == "insert":
        return org.create(job.sobject, fields), True
    if job.operation == "upsert":
        key = str(job.external_id_field)
        return org.upsert(job.sobject, key, _taken(fields, key), fields)
    record_id = str(_taken(fields, "Id") or "")
    if not record_id:
        raise OrgError(400, "MISSING_ARGUMENT", f"Id not specified in an {job.operation} call")
    if job.operation == "update":
        org.update(job.sobject, record_id, fields)
    else:
        org.delete(job.sobject, record_id)
    return record_id, False


def to_fields(header: Sequence[str], row: Sequence[str]) -> dict[str, Any]:
    """What a row sets: nothing for an empty cell, null for #N/A, a parent's key for a column such as `Account.Key__c`.

    Raises:
        OrgError: INVALID_FIELD, if the row has more or fewer cells than the header.
    """
    if len(row) != len(header):
        raise OrgError(400, "INVALID_FIELD", f"The row has {len(row)} cells, the header has {len(header)}")
    fields: dict[str, Any] = {}
    for name, text in zip(header, row, strict=True):
        parent, _, key = name.rpartition(".")
        value = None if text == NULL else text
        if text and parent:
            type_name, _, relationship = parent.rpartition(":")
            fields[relationship] = {key: value, **({"attributes": {"type": type_name}} if type_name else {})}
        elif text:
            fields[name] = value
    return fields


def _taken(fields: dict[str, Any], wanted: str) -> Any:
    name = next((name for name in fields if name.lower() == wanted.lower()), wanted)
    return fields.pop(name, None)


def _id_of(header: list[str], row: list[str]) -> str:
    return next((cell for name, cell in zip(header, row, strict=False) if name.lower() == "id"), "")


def _to_text(error: OrgError) -> str:
    return f"{error.code}:{error.message}:{','.join(error.fields)}--"


def _check_line_ending(job: IngestJob, file: TextIO) -> None:
    first = file.readline()
    file.seek(0)
    found = "CRLF" if first.endswith("\r\n") else "LF"
    if first.endswith("\n") and found != job.line_ending:
        told = "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is"
        raise JobFailed(f"{told} {job.line_ending}")


def _check_header(org: Org, job: IngestJob, header: list[str]) -> None:
    sobject = org.schema.find(job.sobject)
    for name in header:
        parent, _, field = name.rpartition(".")
        relationship = parent.rpartition(":")[2]
        known = sobject and (sobject.relationship(relationship) if parent else sobject.find(field))
        if not known:
            raise JobFailed(f"InvalidBatch : Field name not found : {name}")
    needed = {"insert": None, "upsert": job.external_id_field}.get(job.operation, "Id")
    if needed is not None and needed.lower() not in (name.lower() for name in header):
        raise JobFailed(f"InvalidBatch : Field name not found : {needed}")


class Results:
    """The three result files, each with its header row."""

    def __init__(self, job: IngestJob, header: Sequence[str]) -> None:
        self._files = {kind: job.result(kind).open("w", encoding="utf-8", newline="") for kind in RESULT_COLUMNS}
        dialect: dict[str, Any] = {
            "delimiter": DELIMITERS[job.delimiter],
            "lineterminator": LINE_ENDINGS[job.line_ending],
            "quoting": csv.QUOTE_ALL,
        }
        self._writers = {kind: csv.writer(file, **dialect) for kind, file in self._files.items()}
        for kind, columns in RESULT_COLUMNS.items():
            self.add(kind, [[*columns, *header]])

    def add(self, kind: Kind, rows: list[list[str]]) -> None:
        self._writers[kind].writerows(rows)

    def close(self) -> None:
        for file in self._files.values():
            file.close()
