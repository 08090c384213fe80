"""The import flow, from the org to the warehouse.

    probe ─► extract ─► transform ─► validate ─► load

Each function is one task, which can be killed at any line and run again with the same result. Tasks before `load` write
only batches and the run's window; `load` writes rows, quarantine and watermark in one transaction.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from operator import attrgetter

from simple_salesforce import Salesforce
from sqlalchemy import Engine

from closedwon.counts import Counts
from closedwon.errors import MappingFault
from closedwon.expectations import run
from closedwon.expectations.suite import checked_columns
from closedwon.flows.steps.batch_rejects import collect_rejects, judge_rejects, read_rejects, update_quarantine
from closedwon.flows.steps.batches import Batches, check_count
from closedwon.flows.steps.currencies import tell_currency
from closedwon.flows.steps.describe_check import find_describe_starts, find_unfit
from closedwon.flows.steps.due import find_due
from closedwon.flows.steps.other_fields import pin_others, with_pinned_others
from closedwon.flows.steps.pace import Pace
from closedwon.flows.steps.progress import commit_progress, is_held
from closedwon.flows.steps.rest_or_bulk import PageReader
from closedwon.flows.steps.scope import check_condition, mark_leavers
from closedwon.flows.steps.valid_rows import group_frames
from closedwon.flows.steps.window_starts import find_starts, pin_unprobed
from closedwon.mapping.check import check_mapping
from closedwon.mapping.currency import to_readable
from closedwon.mapping.model import Mapping
from closedwon.mapping.model.names import SCOPE_COLUMN
from closedwon.salesforce.describe import read_describe
from closedwon.salesforce.http_calls import read_clock
from closedwon.salesforce.probe import probe_changes
from closedwon.salesforce.query_model import change_query
from closedwon.thresholds import PAGES_AT_ONCE, ROWS_CHECKED_TOGETHER
from closedwon.transform.lookups import explain_unfound
from closedwon.transform.pages import read_page
from closedwon.transform.rows import to_rows
from closedwon.transform.value_maps import count_fallbacks, explain_fallback
from closedwon.warehouse.load.load_rows import load_rows
from closedwon.warehouse.load.scope import may_leave, unmark_all
from closedwon.warehouse.load.staging import staging_columns
from closedwon.warehouse.prepare import check_table
from closedwon.warehouse.state.bulk_job import forget_query_jobs
from closedwon.warehouse.state.match_review import update_candidates
from closedwon.warehouse.state.quarantine import due_records, ids_apart
from closedwon.warehouse.state.run import (
    add_new_rows,
    claim_load,
    find_being_read,
    is_latest_reading,
    read_new_rows,
)
from closedwon.warehouse.state.unfilled_column import find_unfilled, forget_filled
from closedwon.warehouse.state.watermark import note_newest
from closedwon.warehouse.state.window import begin_reading, pin_window, pinned_window
from closedwon.warehouse.transaction import transaction
from closedwon.window import STAMP, Mode

LABELS_LOGGED = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunOptions:
    """Options of one run, from the trigger form."""

    mode: Mode = "incremental"
    since: datetime | None = None
    tick: datetime | None = None
    """When the schedule has the run begin; None for a run by hand."""


def choose_due(engine: Engine, mappings: Sequence[Mapping], options: RunOptions) -> list[Mapping]:
    """Return the mappings that the run reads: those that are active, and whose interval has passed."""
    with transaction(engine) as connection:
        return find_due(connection, mappings, options.tick)


def probe(
    engine: Engine,
    sf: Salesforce,
    mappings: Sequence[Mapping],
    options: RunOptions,
    *,
    run_id: str,
    pause: Callable[[float], None] = time.sleep,
) -> dict[str, int | None]:
    """Return the mappings whose records changed in the org, each with the number of records to read.

    One composite request lists, for up to five mappings, id and SystemModstamp of the records since the start of the
    window. If the warehouse has each with its stamp, nothing has changed: the watermark moves on here, and no further
    task starts. The number is None where there are more than the probe lists, or the org refuses the query: then the
    mapping's own `extract` raises the error, and the others go on.

    The same request asks for the describes that have changed since the mappings were last compared with them. A mapping
    that does not fit is among those returned, though its records are the same: its `extract` raises the findings.

    The window of each mapping is pinned to the run, so that a retried task reads the same span. A record stamped with
    the current second may change again within it and keep its stamp, which no later probe could detect, so nothing is
    read before that second is over.
    """
    if not mappings:
        return {}
    with transaction(engine) as connection:
        starts = find_starts(connection, mappings, options.mode, options.since)
        describe_starts = find_describe_starts(connection, mappings)
    queries = {one.name: change_query(one.sobject, starts[one.name].at, one.where) for one in mappings}
    seen = probe_changes(sf, queries, describe_starts)
    newest = [(found.of_all or found).newest_at for found in seen.changes.values()]
    if any(newest_at is not None and newest_at >= seen.org_now for newest_at in newest):
        pause(STAMP.total_seconds())
    to_read: dict[str, int | None] = {}
    with transaction(engine) as connection:
        unfit = find_unfit(connection, mappings, seen)
        for mapping in mappings:
            start, found = starts[mapping.name], seen.changes.get(mapping.name)
            window = pin_window(connection, run_id, mapping.name, start.to_window(seen.org_now))
            must_read = start.must_read or mapping.name in unfit
            if found and not must_read and is_held(connection, mapping, window, found, to_read):
                commit_progress(connection, mapping, window, Counts(), run_id)
            else:
                to_read[mapping.name] = found.records if found else None
    return to_read


def extract(
    engine: Engine,
    sf: Salesforce,
    mapping: Mapping,
    batches: Batches,
    expected: int | None,
    options: RunOptions,
    *,
    run_id: str,
) -> int:
    """Write the window's records, and the quarantined ones that are due for a retry, as pages; return their number.

    A mapping whose file, or one that it refers to, was broken when `probe` ran has no window yet, and gets it here.

    Args:
        expected: how many records the probe counted, None if it could not; REST reads few records, Bulk API 2.0 many
            or an unknown number.

    Raises:
        MappingFault: the mapping names a field that the org lacks or hides, the org refuses its condition, or its table
            does not match the mapping.
    """
    describe = read_describe(sf, mapping.sobject)
    if findings := check_mapping(mapping, describe):
        raise MappingFault("\n".join(findings))
    check_condition(sf, mapping)
    batches.empty("due", "pages", "versions")
    with transaction(engine) as connection:
        check_table(connection, mapping)
        tell_currency(connection, mapping, describe)
        org_now = read_clock(sf)
        pin_unprobed(connection, mapping, options.mode, options.since, org_now=org_now, run_id=run_id)
        window = begin_reading(connection, run_id, mapping.name, org_now)
        due = due_records(connection, mapping, find_being_read(connection, run_id))
        has_leavers = mapping.where is not None and may_leave(connection, mapping)
        mapping = pin_others(connection, mapping, describe, batches)
    pace = Pace(f"{mapping.name}: records read", "pages", log.info)
    reader = PageReader(engine, sf, to_readable(mapping, describe), run_id, pace.see)
    due_ids = due["salesforce_id"].tolist()
    if has_leavers:
        # Before the records, so that none that becomes visible in between is taken for one that left.
        batches.write_pages(reader.version_pages(window, due_ids), "versions")
    pages = chain(reader.window_pages(window, expected), reader.due_pages(window, due_ids))
    records = batches.write_pages(pace.count(pages, attrgetter("records")))
    batches.write_frame("due", 1, due[~due["salesforce_id"].isin(reader.find_present(due_ids))])
    with transaction(engine) as connection:
        forget_query_jobs(connection, run_id, mapping.name)
    return records


def transform(mapping: Mapping, batches: Batches, extracted: int) -> int:
    """Convert the pages to rows and write these, and rejects for the others; return the number of rows.

    The labels that took a field's fallback are logged with their number, the most frequent first.

    Raises:
        BatchRejected: the batch folder does not hold the records that were extracted.
    """
    batches.empty("rows", "rejects")
    mapping = with_pinned_others(mapping, batches)
    with ThreadPoolExecutor(PAGES_AT_ONCE) as threads:
        counts = list(threads.map(lambda number: _transform_page(mapping, batches, number), batches.page_numbers()))
    check_count(mapping, extracted, sum(read for read, _, _ in counts), "extract")
    fallbacks: Counter[tuple[str, str]] = sum((found for _, _, found in counts), Counter())
    for (column, label), records in fallbacks.most_common(LABELS_LOGGED):
        log.warning(explain_fallback(mapping, column, label, records))
    return sum(made for _, made, _ in counts)


def validate(mapping: Mapping, batches: Batches, made: int) -> int:
    """Write rejects for rows that do not meet an expectation; return the number of valid rows.

    Several pages are checked together, as each check has a fixed cost. Only columns that expectations name are read.

    Raises:
        BatchRejected: an expectation of the whole batch is not met, rows of the batch are missing, or a column
            of them that the mapping has got since.
    """
    batches.empty("invalid")
    mapping = with_pinned_others(mapping, batches)
    seen = valid = 0
    frames = batches.frames("rows", checked_columns(mapping))
    for number, rows in enumerate(group_frames(frames, ROWS_CHECKED_TOGETHER), start=1):
        verdict = run.validate(rows, mapping)
        batches.write_frame("invalid", number, verdict.rejects)
        seen, valid = seen + len(rows), valid + len(verdict.valid)
    check_count(mapping, made, seen, "transform")
    return valid


def load(engine: Engine, mapping: Mapping, batches: Batches, valid: int, *, run_id: str) -> Counts:
    """Commit rows, quarantine, counts and watermark in one transaction; return the counts.

    Raises:
        BatchRejected: rows of the batch are missing, or a column of them that the mapping has got since; Postgres does
            not accept a value; or the mapping, the suite and missing parents reject so many records that nothing is
            committed.
        MappingFault: rows cannot be looked up, or the default of such a reference is no row or several.
    """
    mapping = with_pinned_others(mapping, batches)
    with transaction(engine) as connection:
        claim_load(connection, mapping.name)
        window = pinned_window(connection, run_id, mapping.name)
        is_latest = is_latest_reading(connection, run_id, mapping.name, window.read_at)
        apart = ids_apart(connection, mapping)
        found, rows = read_rejects(batches, apart)
        pace = Pace(f"{mapping.name}: rows staged", "pages", log.info)
        staged = [str(column.name) for column in staging_columns(mapping)]
        frames = pace.count(rows.of(batches.frames("rows", staged)), len)
        unfilled = find_unfilled(connection).get(mapping.name, []) if window.start is None else []
        loaded = load_rows(connection, mapping, frames, is_latest=is_latest, unfilled=unfilled)
        check_count(mapping, valid, rows.rows, "transform")
        rejects = collect_rejects(found, rows, loaded)
        update_quarantine(
            connection, mapping, batches, rows, rejects, loaded.skipped, run_id=run_id, is_latest=is_latest
        )
        update_candidates(connection, mapping, loaded.candidates, run_id)
        counts = judge_rejects(connection, mapping, rejects, loaded, apart)
        counts += mark_leavers(connection, mapping, batches, is_latest=is_latest)
        counts = commit_progress(connection, mapping, window, counts, run_id)
        add_new_rows(connection, run_id, mapping.name, loaded.new_rows)
        note_newest(connection, mapping, window.start)
        if window.start is None:
            filled = forget_filled(connection, mapping.name, run_id)
            if SCOPE_COLUMN in filled and mapping.where is None:
                unmark_all(connection, mapping)
    for column, records in loaded.unfound.items():
        log.warning(explain_unfound(mapping, column, records))
    return counts


def count_announced(engine: Engine, mapping: Mapping, *, run_id: str) -> int:
    """Return how many rows the run has made, by all of its tries, that `receive.announce` wants to be announced."""
    with transaction(engine) as connection:
        is_first = pinned_window(connection, run_id, mapping.name).watermark is None
        is_announced = not is_first if mapping.announce == "after_first_import" else mapping.announce
        return read_new_rows(connection, run_id, mapping.name) if is_announced else 0


def _transform_page(mapping: Mapping, batches: Batches, number: int) -> tuple[int, int, Counter[tuple[str, str]]]:
    page = read_page(batches.read_page(number))
    rows, rejects = to_rows(page, mapping)
    batches.write_frame("rows", number, rows)
    batches.write_frame("rejects", number, rejects)
    return len(page), len(rows), count_fallbacks(page, mapping)
