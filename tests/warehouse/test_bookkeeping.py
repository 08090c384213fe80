from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from closedwon.counts import Counts
from closedwon.errors import WarehouseUnavailable
from closedwon.warehouse.state.api_usage import record_usage
from closedwon.warehouse.state.bulk_job import find_job, forget_query_jobs, remember_job
from closedwon.warehouse.state.run import claim_load, is_latest_reading, record_counts
from closedwon.warehouse.state.watermark import commit_watermark
from closedwon.warehouse.state.window import begin_reading, pin_window
from closedwon.warehouse.transaction import transaction
from closedwon.window import Window

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_the_counts_of_a_retried_run_replace_those_of_its_first_try(warehouse, ask):
    for counts in (Counts(read=9, written=9), Counts(read=10, written=7, unchanged=2, rejected=1)):
        with transaction(warehouse) as connection:
            record_counts(connection, "run", "accounts", counts, flow="import")

    assert ask("SELECT run_id, mapping, read, written, unchanged, rejected FROM sync.run") == [
        ("run", "accounts", 10, 7, 2, 1)
    ]


def test_a_reading_is_the_latest_until_another_run_has_loaded_records_that_it_read_later(warehouse, ask):
    with transaction(warehouse) as connection:
        pin_window(connection, "run", "accounts", Window(start=None, end=NOON))
        read_at = begin_reading(connection, "run", "accounts", NOON).read_at
    others = [
        ("run", "accounts", Counts(read=1)),
        ("another object", "contacts", Counts(read=1)),
        ("quiet", "accounts", Counts()),
    ]
    with transaction(warehouse) as connection:
        record_counts(connection, "an export", "accounts", Counts(read=1), flow="export")
    for run_id, mapping, counts in others:
        with transaction(warehouse) as connection:
            record_counts(connection, run_id, mapping, counts, flow="import")
            assert is_latest_reading(connection, "run", "accounts", read_at)

    with transaction(warehouse) as connection:
        record_counts(connection, "next run", "accounts", Counts(read=1), flow="import")
        assert not is_latest_reading(connection, "run", "accounts", read_at)


def test_a_window_that_was_read_before_its_reading_was_noted_is_not_the_latest(warehouse):
    with transaction(warehouse) as connection:
        assert not is_latest_reading(connection, "run", "accounts", None)


def test_a_reading_begins_anew_unless_it_resumes_the_job_of_a_killed_try(warehouse):
    moments = []
    for _ in range(2):
        with transaction(warehouse) as connection:
            pin_window(connection, "run", "accounts", Window(start=None, end=NOON))
            moments.append(begin_reading(connection, "run", "accounts", NOON).read_at)
    with transaction(warehouse) as connection:
        remember_job(connection, "run", "accounts", "query", "750000000000001AAA", "SELECT Id FROM Account")
    with transaction(warehouse) as connection:
        resumed = begin_reading(connection, "run", "accounts", NOON).read_at

    assert moments[0] < moments[1] == resumed


def test_while_a_mapping_is_loaded_no_other_run_can_load_it(warehouse):
    with transaction(warehouse) as frozen:
        claim_load(frozen, "accounts")

        with pytest.raises(WarehouseUnavailable, match="lock"), transaction(warehouse) as connection:
            claim_load(connection, "contacts")
            connection.execute(text("SET LOCAL lock_timeout = '1ms'"))
            claim_load(connection, "accounts")


def test_a_run_has_started_when_it_pinned_its_window(warehouse, ask):
    with transaction(warehouse) as connection:
        pin_window(connection, "run", "accounts", Window(start=None, end=NOON))
    with transaction(warehouse) as connection:
        record_counts(connection, "run", "accounts", Counts(), flow="import")

    pinned_first = (
        "SELECT started_at = pinned_at AND finished_at > pinned_at FROM sync.run JOIN sync.window USING (run_id)"
    )
    assert ask(pinned_first) == [True]


def test_the_calls_of_all_tries_of_a_task_add_up_beside_the_orgs_latest_count(warehouse, ask):
    with transaction(warehouse) as connection:
        record_usage(connection, "run", "accounts.extract", 3, 100, 15000)
        record_usage(connection, "run", "accounts.extract", 2, 120, 15000)
        record_usage(connection, "run", "accounts.extract", 1, None, None)
        record_usage(connection, "run", "probe", 1, None, None)

    assert ask("SELECT task, calls, used, maximum FROM sync.api_usage ORDER BY task") == [
        ("accounts.extract", 6, 120, 15000),
        ("probe", 1, None, None),
    ]


def test_a_retried_task_finds_the_job_that_its_run_has_started_last(warehouse):
    with transaction(warehouse) as connection:
        assert find_job(connection, "run", "accounts", "query") is None
        remember_job(connection, "run", "accounts", "query", "750000000000001AAA")
        remember_job(connection, "run", "accounts", "query", "750000000000002AAA")

        assert find_job(connection, "run", "accounts", "query") == "750000000000002AAA"
        assert find_job(connection, "run", "accounts", "ingest") is None
        assert find_job(connection, "run", "contacts", "query") is None
        assert find_job(connection, "next run", "accounts", "query") is None


def test_a_job_of_another_query_is_not_found(warehouse):
    with transaction(warehouse) as connection:
        remember_job(connection, "run", "accounts", "query", "750000000000001AAA", "SELECT Id FROM Account")

        assert find_job(connection, "run", "accounts", "query", "SELECT Id, Name FROM Account") is None
        assert find_job(connection, "run", "accounts", "query", "SELECT Id FROM Account") == "750000000000001AAA"


def test_query_jobs_whose_records_were_read_are_forgotten_and_jobs_that_write_are_not(warehouse):
    with transaction(warehouse) as connection:
        for number, kind in enumerate(("query", "query due 1")):
            remember_job(connection, "run", "accounts", kind, f"75000000000000{number}AAA", "SELECT Id FROM Account")
        remember_job(connection, "run", "accounts", "ingest", "750000000000009AAA")
        remember_job(connection, "run", "contacts", "query", "750000000000008AAA", "SELECT Id FROM Contact")

        forget_query_jobs(connection, "run", "accounts")

        assert sorted(connection.scalars(text("SELECT job_id FROM sync.bulk_job"))) == [
            "750000000000008AAA",
            "750000000000009AAA",
        ]


def test_freshness_is_the_time_since_the_watermark(warehouse, ask):
    with transaction(warehouse) as connection:
        commit_watermark(connection, "accounts", NOON, "run")

    assert ask("SELECT mapping, age = now() - watermark_at FROM sync.freshness") == [("accounts", True)]
