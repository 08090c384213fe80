"""From the org to the warehouse.

    probe ─► extract ─► transform ─► validate ─► load

Each function is one task: it may be killed at any line and run again, and the end is the same. Until `load` nothing
is written but batches and the window that the run has pinned; `load` writes rows, quarantine and watermark in one
transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd
from simple_salesforce import Salesforce
from sqlalchemy import Connection, Engine

from closedwon.counts import Counts
from closedwon.errors import BatchRejected, MappingFault
from closedwon.expectations.run import validate
from closedwon.expectations.suite import judged_columns
from closedwon.flows.steps.batches import Batches
from closedwon.mapping.check import check_mapping
from closedwon.mapping.model import Mapping
from closedwon.rejects import REJECT_COLUMNS
from closedwon.salesforce import bulk_query
from closedwon.salesforce import query_model as soql
from closedwon.salesforce import rest_query as query
from closedwon.salesforce.bulk_jobs import JobLost
from closedwon.salesforce.describe import read_describe
from closedwon.salesforce.probe import probe_changes
from closedwon.salesforce.rest_query import Page
from closedwon.transform.rows import read_page, to_rows
from closedwon.warehouse.load.load_rows import load_rows
from closedwon.warehouse.state import bulk_job as bulk_jobs
from closedwon.warehouse.state import quarantine, watermark
from closedwon.warehouse.state import run as runs
from closedwon.warehouse.transaction import transaction
from closedwon.window import STAMP, Mode, Window, next_watermark, window_end, window_start

MOST_BY_REST = 2_000
"""Above this many records, Salesforce recommends Bulk API 2.0."""

PAGES_AT_ONCE = 2
"""Pages in work at a time: gzip, CSV and Arrow let other threads run, and two pages stay below 600 MB."""

ROWS_JUDGED_TOGETHER = 200_000
"""Rows of one judgement by Great Expectations, which costs 0.15 s before it looks at the first."""


@dataclass(frozen=True)
class Asked:
    """What a person asked of a run in the trigger form."""

    mode: Mode = "incremental"
    since: datetime | None = None


def probe(
    engine: Engine,
    sf: Salesforce,
    mappings: Sequence[Mapping],
    asked: Asked,
    *,
    run_id: str,
    pause: Callable[[float], None] = time.sleep,
) -> dict[str, int]:
    """The names of the mappings whose records changed in the org, each with how many records the run will read.

    One composite request asks for up to five objects how many records there are since the overlap began, and how
    new the newest is. Where the warehouse holds just as many, and as new, nothing has changed, and no further task
    is started: the watermark moves on here.

    The window of each object is pinned to the run, so that a retried task reads the same span. A record of the very
    second in which the org was asked may change once more with the same stamp, which no later probe could tell: so
    nothing is read before that second is over.
    """
    with transaction(engine) as connection:
        marks = {m.name: watermark.read_watermark(connection, m.name) for m in mappings}
    starts = {m.name: window_start(watermark=marks[m.name], mode=asked.mode, since=asked.since) for m in mappings}
    seen = probe_changes(sf, {m.sobject: starts[m.name] for m in mappings})
    if any(newest is not None and newest >= seen.org_now for _, newest in seen.found.values()):
        pause(STAMP.total_seconds())
    changed = {}
    with transaction(engine) as connection:
        for mapping in mappings:
            window = Window(starts[mapping.name], window_end(seen.org_now), marks[mapping.name])
            window = watermark.pin_window(connection, run_id, mapping.name, window)
            in_org = seen.found[mapping.sobject]
            is_same = in_org == watermark.count_span(connection, mapping, window.start)
            if asked.mode == "incremental" and is_same and not quarantine.due_ids(connection, mapping):
                _commit(connection, mapping, window, Counts(), run_id)
            else:
                changed[mapping.name] = in_org[0]
    return changed


def extract(engine: Engine, sf: Salesforce, mapping: Mapping, batches: Batches, expected: int, *, run_id: str) -> int:
    """The number of records now at rest as pages: those of the window, and those in quarantine worth another try.

    A bulk job's id is kept before it is waited for, so that a retry takes up the job that is running.

    Args:
        expected: how many records the probe counted; decides between REST and Bulk API 2.0.

    Raises:
        MappingFault: the mapping names a field that the org lacks or hides.
    """
    _check_against_org(sf, mapping)
    with transaction(engine) as connection:
        window = watermark.pinned_window(connection, run_id, mapping.name)
        due = quarantine.due_ids(connection, mapping)
    batches.empty("pages")
    records = 0
    for number, page in enumerate(_read_pages(engine, sf, mapping, window, due, expected, run_id), start=1):
        batches.write_page(number, page.data)
        records += page.records
    return records


def transform(mapping: Mapping, batches: Batches, extracted: int) -> int:
    """The number of rows that the mapping could make of the pages; what it could not is set apart as rejects.

    Raises:
        BatchRejected: the pages at rest do not hold the records that were extracted.
    """
    batches.empty("rows", "rejects")
    with ThreadPoolExecutor(PAGES_AT_ONCE) as threads:
        counts = list(threads.map(lambda number: _transform_page(mapping, batches, number), batches.page_numbers()))
    _check_whole(mapping, extracted, sum(read for read, _ in counts), "extract")
    return sum(made for _, made in counts)


def check_expectations(mapping: Mapping, batches: Batches, made: int) -> int:
    """The number of rows that met all expectations; those that did not are set apart as rejects.

    Pages are judged together, since each judgement has a price of its own, and only the columns that are looked at are
    read.

    Raises:
        BatchRejected: so many rows fail that the batch as a whole is not to be trusted, or rows at rest are missing.
    """
    batches.empty("invalid")
    seen = valid = 0
    for number, rows in enumerate(_judged_together(batches.frames("rows", judged_columns(mapping))), start=1):
        verdict = validate(rows, mapping)
        batches.write_frame("invalid", number, verdict.rejects)
        seen, valid = seen + len(rows), valid + len(verdict.valid)
    _check_whole(mapping, made, seen, "transform")
    return valid


def load(engine: Engine, mapping: Mapping, batches: Batches, valid: int, *, run_id: str) -> Counts:
    """What became of the records: rows, quarantine, counts and watermark are committed together, or nothing is.

    Raises:
        BatchRejected: rows at rest are missing, or Postgres cannot take in a value.
    """
    invalid = _all_rejects(batches.frames("invalid"))
    with transaction(engine) as connection:
        window = watermark.pinned_window(connection, run_id, mapping.name)
        passing = _Passing(set(invalid["salesforce_id"]), quarantine.waiting_ids(connection, mapping))
        loaded = load_rows(connection, mapping, passing.through(batches.frames("rows")))
        _check_whole(mapping, valid, passing.rows, "transform")
        rejects = _all_rejects([*batches.frames("rejects"), invalid, loaded.rejects])
        quarantine.release_loaded(connection, mapping, passing.arrived - set(rejects["salesforce_id"]))
        quarantine.put_rejects(connection, mapping, rejects, run_id)
        set_apart = rejects["salesforce_id"].nunique() - loaded.counts.rejected
        counts = loaded.counts + Counts(read=set_apart, rejected=set_apart)
        _commit(connection, mapping, window, counts, run_id)
    return counts


@dataclass
class _Passing:
    """The rows on their way into the warehouse: without the invalid ones, counted, and who of the waiting is there."""

    invalid: set[str]
    waiting: set[str]
    rows: int = 0
    arrived: set[str] = field(default_factory=set)

    def through(self, frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for frame in frames:
            passing = frame[~frame["salesforce_id"].isin(self.invalid)] if self.invalid else frame
            self.rows += len(passing)
            if self.waiting:
                self.arrived |= self.waiting.intersection(passing["salesforce_id"])
            yield passing


def _transform_page(mapping: Mapping, batches: Batches, number: int) -> tuple[int, int]:
    page = read_page(batches.read_page(number))
    rows, rejects = to_rows(page, mapping)
    batches.write_frame("rows", number, rows)
    batches.write_frame("rejects", number, rejects)
    return len(page), len(rows)


def _judged_together(frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    together: list[pd.DataFrame] = []
    for frame in frames:
        together.append(frame)
        if sum(map(len, together)) >= ROWS_JUDGED_TOGETHER:
            yield pd.concat(together, ignore_index=True)
            together = []
    if together:
        yield pd.concat(together, ignore_index=True)


def _check_whole(mapping: Mapping, expected: int, found: int, task: str) -> None:
    """What the task before counted must be what rests: else records would be lost without a word."""
    if found != expected:
        raise BatchRejected(
            f"{mapping.sobject}: the task `{task}` put down {expected} records, but {found} rest. To load them would "
            f"lose records or write some twice. Clear the task `{task}` of {mapping.name} and those after it."
        )


def _commit(connection: Connection, mapping: Mapping, window: Window, counts: Counts, run_id: str) -> None:
    reached = next_watermark(window)
    if reached is not None:
        watermark.commit_watermark(connection, mapping.name, reached, run_id)
    runs.record_counts(connection, run_id, mapping.name, counts)


def _check_against_org(sf: Salesforce, mapping: Mapping) -> None:
    faults = check_mapping(mapping, read_describe(sf, mapping.sobject))
    if faults:
        raise MappingFault("\n".join(faults))


def _read_pages(
    engine: Engine, sf: Salesforce, mapping: Mapping, window: Window, due: list[str], expected: int, run_id: str
) -> Iterator[Page]:
    wanted = soql.window_query(mapping, window)
    if expected > MOST_BY_REST:
        yield from _read_by_bulk(engine, sf, mapping, wanted, run_id)
    else:
        yield from query.read_pages(sf, wanted)
    for again in soql.ids_queries(mapping, due):
        yield from query.read_pages(sf, again)


def _read_by_bulk(engine: Engine, sf: Salesforce, mapping: Mapping, wanted: str, run_id: str) -> Iterator[Page]:
    with transaction(engine) as connection:
        job_id = bulk_jobs.find_job(connection, run_id, mapping.name, "query")
    if job_id is None:
        job_id = bulk_query.start_job(sf, wanted)
        with transaction(engine) as connection:
            bulk_jobs.remember_job(connection, run_id, mapping.name, "query", job_id)
    try:
        bulk_query.await_job(sf, job_id)
        yield from bulk_query.read_pages(sf, job_id)
    except JobLost:
        with transaction(engine) as connection:
            bulk_jobs.forget_job(connection, run_id, mapping.name, "query")
        raise


def _all_rejects(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    found = [frame for frame in frames if not frame.empty]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(REJECT_COLUMNS))
