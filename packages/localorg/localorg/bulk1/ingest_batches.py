"""Run a Bulk API 1.0 batch that writes records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from localorg.bulk1.jobs import Batch, BulkError, Job
from localorg.bulk1.row_formats import Row, read_rows, write_results
from localorg.errors import OrgError
from localorg.faults import Fault
from localorg.records.bulk.batches import OPERATIONS, Written
from localorg.rest.records import id_of
from localorg.schema.model import SObject
from localorg.state.instance import Instance

MOST_ROWS = 10_000
ROWS_AT_ONCE = 200
"""Rows that are written in one transaction."""


def load(instance: Instance, job: Job, batch: Batch, fault: Fault | None) -> None:
    """Write the rows of the batch into the org, and their results into a file.

    Raises:
        BulkError: the batch as a whole is wrong, or its fault says so.
    """
    names, rows = read_rows(job.content_type, batch.request.read_bytes())
    _check_names(instance.org.sobject(job.sobject), names)
    if len(rows) > MOST_ROWS:
        raise BulkError("InvalidBatch", f"A batch may have at most {MOST_ROWS} records, not {len(rows)}")
    operation = next(known for known in OPERATIONS if known == job.operation)
    results: list[Written] = []
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        is_locked = partial(_is_locked, fault, rows, start)
        with instance.org.lifecycle.delayed_by(fault):
            results += instance.org.write_rows(
                operation, job.sobject, some, external_id_field=job.external_id_field, is_locked=is_locked
            )
        batch.processed = len(results)
        batch.failed = sum(1 for row in results if row.error is not None)
    file = batch.folder / "results"
    file.write_text(write_results(job.content_type, results), encoding="utf-8", newline="")
    batch.results[batch.id] = file


def _is_locked(fault: Fault | None, rows: Sequence[Row], start: int, position: int) -> bool:
    row = rows[start + position]
    record_id = None if isinstance(row, OrgError) else id_of(row)
    return fault is not None and fault.locks(start + position, record_id)


def _check_names(sobject: SObject, names: Iterable[str]) -> None:
    for name in sorted(names):
        parent, _, field = name.rpartition(".")
        relationship = parent.rpartition(":")[2]
        if not (sobject.relationship(relationship) if parent else sobject.find(field)):
            raise BulkError("InvalidBatch", f"Field name not found : {name}")
