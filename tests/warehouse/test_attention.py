"""What on-call sees in the warehouse: where each object stands, and everything that needs a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from crm_rows import CATALOG, CONTACTS, contact_id

from closedwon.counts import Counts
from closedwon.mapping.model import BrokenFile, Catalog
from closedwon.warehouse.state.failure import TaskFailure, heal_earlier_runs, record_failure
from closedwon.warehouse.state.mapping_names import record_mappings
from closedwon.warehouse.state.quarantine import put_rejects
from closedwon.warehouse.state.run import record_counts
from closedwon.warehouse.state.watermark import commit_watermark
from closedwon.warehouse.transaction import transaction

NOW = datetime.now(UTC)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FAILED = TaskFailure(
    flow="import",
    run_id="second",
    task="accounts.extract",
    mapping="accounts",
    error="AccessDenied",
    message="Hidden.\nGive the permission.",
    remedy="Give it, then clear the task.",
    will_retry=False,
)


@pytest.fixture
def fail(warehouse):
    """A task fails, in a transaction of its own."""

    def run(failure: TaskFailure = FAILED) -> None:
        with transaction(warehouse) as connection:
            record_failure(connection, failure)

    return run


@pytest.fixture
def succeed(warehouse):
    """An object's run succeeds, in a transaction of its own."""

    def run(run_id: str, mapping: str = "accounts", flow: str = "import", **counts: int) -> None:
        with transaction(warehouse) as connection:
            record_counts(connection, run_id, mapping, Counts(**counts), flow=flow)

    return run


@pytest.fixture
def plan(do):
    """A row of an export's plan with its end state."""

    def run(run_id: str, row: int, state: str) -> None:
        do(
            "INSERT INTO sync.plan (run_id, mapping, row_id, record_key, operation, before, after, state, code, "
            "message, settled_at) VALUES (:run_id, 'projects', :row, :key, 'upsert', '{}', '{}', :state, "
            "'FIELD_CUSTOM_VALIDATION_EXCEPTION', 'No projects here', now())",
            run_id=run_id,
            row=row,
            key=f"P-{row:06}",
            state=state,
        )

    do("DELETE FROM sync.plan")
    do("INSERT INTO sync.mapping VALUES ('export', 'projects')")
    return run


def attention(ask) -> list[tuple]:
    return ask("SELECT kind, mapping, subject FROM sync.attention ORDER BY 1, 2, 3")


def test_the_status_shows_a_failure_beside_the_last_success_and_its_counts(ask, fail, succeed) -> None:
    succeed("first", read=5, written=4, rejected=1)
    fail()

    status = "SELECT state, last_run_id, read, written, rejected, failed_task, failed_run_id, failure FROM sync.status"
    assert ask(f"{status} WHERE mapping = 'accounts'") == [
        ("failed", "first", 5, 4, 1, "accounts.extract", "second", "Hidden.\nGive the permission.")
    ]


def test_a_run_without_changes_is_the_last_success_and_keeps_the_counts_of_the_last_that_had_some(ask, succeed) -> None:
    succeed("first", read=5, written=5)
    succeed("quiet")

    status = "SELECT state, last_run_id, read, written, counted_at < last_success_at FROM sync.status"
    assert ask(f"{status} WHERE mapping = 'accounts'") == [("ok", "quiet", 5, 5, True)]


def test_the_status_shows_every_object_of_the_mapping_files_and_what_waits(ask, warehouse) -> None:
    put_contact_in_quarantine(warehouse)

    assert ask("SELECT flow, mapping, state, last_run_id, waiting FROM sync.status ORDER BY 1, 2") == [
        ("import", "accounts", "new", None, 0),
        ("import", "contacts", "new", None, 1),
    ]


def test_exports_and_rules_stand_beside_imports(ask, succeed, plan) -> None:
    succeed("scheduled at noon", "projects", "export", read=2, written=2)
    succeed("scheduled at noon", "accounts", "import", read=9, written=9)

    shown = ask("SELECT flow, mapping, written FROM sync.status WHERE state = 'ok' ORDER BY 1")
    assert shown == [("export", "projects", 2), ("import", "accounts", 9)]


def test_a_failed_task_needs_a_person_until_its_object_succeeds(ask, fail, succeed) -> None:
    fail()
    assert attention(ask) == [("failed task", "accounts", "accounts.extract")]
    assert ask("SELECT seen, remedy FROM sync.attention") == [
        ("Hidden.\nGive the permission.", "Give it, then clear the task.")
    ]

    succeed("third", mapping="contacts")
    succeed("third", flow="export")
    assert len(attention(ask)) == 1

    succeed("third")
    assert attention(ask) == []


def test_a_task_that_airflow_tries_again_is_in_the_status_and_needs_nobody(ask, fail) -> None:
    fail(replace(FAILED, will_retry=True))

    assert attention(ask) == []
    assert ask("SELECT state FROM sync.status WHERE flow = 'import' AND mapping = 'accounts'") == ["retrying"]


def test_a_later_try_of_a_task_replaces_the_earlier_one(ask, fail) -> None:
    fail(replace(FAILED, will_retry=True))
    fail()

    assert ask("SELECT will_retry FROM sync.failure") == [False]


def test_a_failure_of_a_whole_run_needs_a_person_until_the_next_run_begins_or_its_task_is_repeated(
    ask, fail, warehouse
) -> None:
    probe = replace(FAILED, task="probe", mapping=None)
    for run_id, task in (("third", "probe"), ("second", "probe")):
        fail(probe)
        assert attention(ask) == [("failed task", None, "probe")]

        with transaction(warehouse) as connection:
            heal_earlier_runs(connection, "import", run_id, task)

        assert attention(ask) == []


def test_a_record_in_quarantine_needs_a_person_and_shows_its_reason(ask, warehouse) -> None:
    put_contact_in_quarantine(warehouse)

    assert attention(ask) == [("quarantine", "contacts", f"{contact_id(1)} Email")]
    assert ask("SELECT seen FROM sync.attention") == ["Not an e-mail."]


def test_a_rejected_write_needs_a_person_until_the_row_is_written_or_needs_no_write(ask, plan, succeed) -> None:
    plan("first", 1, "rejected")
    plan("first", 2, "rejected")
    succeed("first", "projects", "export", read=2, rejected=2)
    assert attention(ask) == [("rejected write", "projects", "P-000001"), ("rejected write", "projects", "P-000002")]
    assert ask("SELECT DISTINCT seen FROM sync.attention") == ["FIELD_CUSTOM_VALIDATION_EXCEPTION: No projects here"]

    plan("second", 1, "ok")
    assert attention(ask) == [("rejected write", "projects", "P-000002")]

    succeed("second", "projects", "export", read=1, written=1)
    assert attention(ask) == []


def test_an_object_that_was_not_brought_up_to_date_for_an_hour_needs_a_person(ask, warehouse) -> None:
    with transaction(warehouse) as connection:
        commit_watermark(connection, "accounts", NOW - timedelta(minutes=50), "run")
        commit_watermark(connection, "contacts", NOW - timedelta(minutes=70), "run")

    assert attention(ask) == [("stale object", "contacts", "contacts")]


def test_everything_that_needs_a_person_says_what_to_do(ask, fail, plan, warehouse) -> None:
    fail()
    plan("first", 1, "unprocessed")
    put_contact_in_quarantine(warehouse)
    with transaction(warehouse) as connection:
        commit_watermark(connection, "accounts", NOON, "run")

    assert ask("SELECT kind FROM sync.attention WHERE length(seen) > 5 AND length(remedy) > 20 ORDER BY 1") == [
        "failed task",
        "quarantine",
        "rejected write",
        "stale object",
    ]


def test_a_mapping_that_was_removed_leaves_the_views(ask, fail, succeed, warehouse) -> None:
    put_contact_in_quarantine(warehouse)
    fail(replace(FAILED, task="contacts.extract", mapping="contacts"))
    succeed("first", "contacts")
    with transaction(warehouse) as connection:
        commit_watermark(connection, "contacts", NOON, "run")

        record_mappings(connection, Catalog(CATALOG.mappings[:1], (), {}))

    for view in ("attention", "status", "freshness"):
        assert ask(f"SELECT mapping FROM sync.{view} WHERE mapping = 'contacts'") == [], view


def test_a_mapping_whose_file_is_broken_stays_in_the_views(ask, warehouse) -> None:
    broken = BrokenFile("contacts", "contacts.yaml", "mapping", ())
    with transaction(warehouse) as connection:
        record_mappings(connection, Catalog(CATALOG.mappings[:1], (), {}, broken=(broken,)))

    assert ask("SELECT mapping FROM sync.status WHERE mapping = 'contacts'") == ["contacts"]


def put_contact_in_quarantine(warehouse) -> None:
    reject = {
        "salesforce_id": contact_id(1),
        "field": "Email",
        "class": "needs_data",
        "value": "x",
        "reason": "Not an e-mail.",
        "system_modstamp": pd.Timestamp(NOON),
        "waits_for_table": None,
        "waits_for_id": None,
    }
    with transaction(warehouse) as connection:
        put_rejects(connection, CONTACTS, pd.DataFrame([reject]), "first", is_latest=False)
