from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text

from closedwon.counts import Counts
from closedwon.warehouse.state.api_usage import record_usage
from closedwon.warehouse.state.bulk_job import find_job, forget_query_jobs, remember_job
from closedwon.warehouse.state.run import record_counts
from closedwon.warehouse.state.watermark import commit_watermark
from closedwon.warehouse.state.window import pin_window
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
