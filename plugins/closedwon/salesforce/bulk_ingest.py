"""Writing of records by Bulk API 2.0 ingest jobs: a few API calls per job, however many records it has."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from simple_salesforce import Salesforce

from closedwon.errors import OrgUnavailable
from closedwon.salesforce.bulk_jobs import JobLost, Watch, await_end, read_job
from closedwon.salesforce.collections import Record, Result
from closedwon.salesforce.http_calls import call, call_json

LARGEST_UPLOAD = 100_000_000
"""Bytes of one job's CSV. Salesforce's limit of 150 MB counts the base64 form, which is a third longer."""

LONGEST_CELL = 32_000
LONGEST_TEXTS = 390_000
"""Characters of a record's texts. A record may have 400,000, of which numbers, dates and the like take a few."""

NULL = "#N/A"
"""The cell that empties a field; an empty cell leaves the field as it is."""


def fits_job(record: Record) -> bool:
    """Return whether a job can carry the record; one that cannot fails the whole job, or changes a value.

    A cell of more than 32,000 characters or a record of more than 400,000 makes Salesforce refuse every record beside
    it; and the text "#N/A" would empty its field.
    """
    texts = [value for value in record.values() if isinstance(value, str)]
    lengths = list(map(len, texts))
    return NULL not in texts and max(lengths, default=0) <= LONGEST_CELL and sum(lengths) <= LONGEST_TEXTS


def write_in_bulk(
    sf: Salesforce,
    sobject: str,
    key: str,
    records: Sequence[Record],
    *,
    remember: Callable[[str], None],
    job_id: str | None = None,
    watch: Watch | None = None,
) -> list[Result]:
    """Write records; return one result for each, in their order. A record that is rejected does not stop the others.

    A job has no order of its own, so results are matched by the key that each record carries. Records that
    an aborted or failed job did not process are `unprocessed`, with the job's own error message.

    Args:
        key: the field by which a record is found, which each of the records names: `Id` updates the records, an
            external id field upserts them.
        records: such as `fits_job` accepts. A field that a record does not name stays as it is; None and the empty
            text empty the field.
        remember: called with the id of each job before records are sent to it, so that a retry can resume the job.
        job_id: of a job remembered by an earlier try. Its results are used; only records without a result are sent.
        watch: sees each job while it is waited for.

    Raises:
        ValueError: two records have the same key, so that their results could not be told apart.
        OrgUnavailable: a response was lost, or a job has not ended after two hours. A retry with its id resumes it.
        ClosedwonError: the one that `api_errors` finds.
    """
    by_key = {str(record[key]): record for record in records}
    if len(by_key) < len(records):
        raise ValueError(f"{len(records)} records of {sobject} have only {len(by_key)} different values of {key}.")
    results = finish_job(sf, job_id, key, watch=watch) if job_id else {}
    missing = [record for value, record in by_key.items() if value not in results]
    for upload, keys in _to_uploads(missing, key):
        new_id = _open_job(sf, sobject, key)
        remember(new_id)
        _upload(sf, new_id, upload, sobject)
        results |= _await_results(sf, new_id, key, keys, watch)
    return [results[value] for value in by_key]


def finish_job(sf: Salesforce, job_id: str, key: str, *, watch: Watch | None = None) -> dict[str, Result]:
    """Wait for the end of an earlier try's job and return its results by key; of an upload that is incomplete, none.

    A job that still waits for its upload is aborted, so that nothing is written by it later.

    Raises:
        OrgUnavailable: a response was lost, or the job has not ended after two hours.
    """
    try:
        job = read_job(sf, _path(job_id))
        if job["state"] == "Open":
            _set_state(sf, job_id, "Aborted")
            return {}
        await_end(sf, _path(job_id), watch=watch)
    except JobLost:
        # Its records are sent again with the same values, or looked for in the org.
        return {}
    return _read_results(sf, job_id, key)


def _open_job(sf: Salesforce, sobject: str, key: str) -> str:
    order = {"object": sobject, "operation": "update", "contentType": "CSV", "lineEnding": "LF"}
    if key != "Id":
        order |= {"operation": "upsert", "externalIdFieldName": key}
    return str(call_json(sf, "POST", "jobs/ingest", json=order, about=sobject, holds=["id"])["id"])


def _upload(sf: Salesforce, job_id: str, upload: bytes, sobject: str) -> None:
    headers = {"Content-Type": "text/csv; charset=UTF-8"}
    call(sf, "PUT", f"{_path(job_id)}/batches", data=upload, headers=headers, about=sobject, slow=True)
    _set_state(sf, job_id, "UploadComplete")


def _set_state(sf: Salesforce, job_id: str, state: str) -> None:
    call(sf, "PATCH", _path(job_id), json={"state": state})


def _await_results(
    sf: Salesforce, job_id: str, key: str, keys: Sequence[str], watch: Watch | None
) -> dict[str, Result]:
    """Return one result for each of the keys, once the job has ended.

    Raises:
        OrgUnavailable: the job says that it is complete, yet not every record has a result.
    """
    job = await_end(sf, _path(job_id), total=len(keys), watch=watch)
    results = _read_results(sf, job_id, key)
    missing = [value for value in keys if value not in results]
    if missing and job["state"] == "JobComplete":
        raise OrgUnavailable(
            f"Bulk ingest job {job_id} of {job.get('object')} is complete, but has no result for {len(missing)} of "
            f"{len(keys)} records. They may be written or not. Try again: the job's results are read anew."
        )
    reason = str(job.get("errorMessage") or "no reason given")
    return results | {v: Result(v, "unprocessed", code=job["state"], message=reason) for v in missing}


def _read_results(sf: Salesforce, job_id: str, key: str) -> dict[str, Result]:
    found: dict[str, Result] = {}
    for row in _read_rows(sf, job_id, "successfulResults"):
        created = row["sf__Created"] == "true"
        found[row[key]] = Result(row[key], "ok", salesforce_id=row["sf__Id"], created=created)
    for row in _read_rows(sf, job_id, "failedResults"):
        code = row["sf__Error"].partition(":")[0]
        found[row[key]] = Result(row[key], "rejected", code=code, message=row["sf__Error"])
    return found


def _read_rows(sf: Salesforce, job_id: str, kind: str) -> Iterator[dict[str, str]]:
    headers = {"Accept": "text/csv"}
    response = call(sf, "GET", f"{_path(job_id)}/{kind}", headers=headers, slow=True)
    return csv.DictReader(io.StringIO(response.content.decode("utf-8"), newline=""))


def _to_uploads(records: Iterable[Record], key: str) -> Iterator[tuple[bytes, list[str]]]:
    """Yield the records as CSV in UTF-8, in parts that fit one job, each with the keys of its records."""
    records = list(records)
    columns = list(dict.fromkeys(name for record in records for name in record))
    header = _to_line(columns)
    lines, keys, size = [header], list[str](), len(header)
    for record in records:
        line = _to_line([_to_cell(record[name]) if name in record else "" for name in columns])
        if keys and size + len(line) > LARGEST_UPLOAD:
            yield b"".join(lines), keys
            lines, keys, size = [header], [], len(header)
        lines.append(line)
        keys.append(str(record[key]))
        size += len(line)
    if keys:
        yield b"".join(lines), keys


def _to_line(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    # All quoted: a lone CR in a value would otherwise end the record.
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(cells)
    return text.getvalue().encode()


def _to_cell(value: Any) -> str:
    if value is None or value == "":
        return NULL
    return str(value).lower() if isinstance(value, bool) else str(value)


def _path(job_id: str) -> str:
    return f"jobs/ingest/{job_id}"
