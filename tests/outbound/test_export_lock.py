"""Two exports at once: older values never follow newer ones into the org."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from closedwon.errors import ExportRunning, WarehouseUnavailable
from closedwon.warehouse import export_lock
from tests.outbound.export_desk import Desk, connect


def lock_of(desk: Desk, run_id: str) -> Any:
    return export_lock.export_lock(desk.engine, desk.mapping("projects"), run_id)


@pytest.fixture
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_lock, "LONGEST_WAIT", "10ms")


@pytest.mark.parametrize("task", ["plan", "apply"])
def test_a_second_run_of_a_mapping_can_be_retried_and_says_which_run_is_at_work(
    desk: Desk, short_wait: None, task: str
) -> None:
    desk.projects(2)
    desk.plan(run_id="second")

    with (
        lock_of(desk, "manual__2026-11-30"),
        pytest.raises(ExportRunning, match=r"The run 'manual__2026-11-30' has been exporting projects since 20..-"),
    ):
        getattr(desk, task)(run_id="second")

    assert desk.writes() == 0
    assert desk.apply(run_id="second").ok == 2


def test_a_run_of_another_mapping_does_not_wait(desk: Desk, short_wait: None) -> None:
    desk.projects(2)

    with lock_of(desk, "first"):
        assert desk.export("opportunity_projects").ok == 2


def test_a_run_whose_connection_ends_gives_the_lock_back(desk: Desk, short_wait: None) -> None:
    desk.projects(2)

    with pytest.raises(WarehouseUnavailable, match="Nothing of this transaction was written"), lock_of(desk, "killed"):
        end_sessions(desk, "killed")
        assert desk.export().ok == 2


def end_sessions(desk: Desk, run_id: str) -> None:
    """Ends the lock's connection, as the server does when a worker stands still for long."""
    desk.ask(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
        "WHERE application_name = :run AND datname = current_database()",
        run=run_id,
    )


def after_first_write(desk: Desk, work: Callable[[], object]) -> None:
    """Does the work when the org has answered the first write, before the worker goes on."""
    works = [work]

    def answered(response: Any, *_: Any, **__: Any) -> None:
        if response.request.method == "PATCH" and works:
            works.pop()()

    desk.sf.session.hooks["response"].append(answered)


def test_a_worker_that_was_frozen_for_minutes_and_wakes_sends_no_older_rows_over_newer_ones(desk: Desk) -> None:
    desk.projects(201)
    desk.do("UPDATE delivery.projects SET health = 'Old'")
    desk.plan(run_id="old")

    def export_newer_values() -> None:
        end_sessions(desk, "old")
        desk.do("UPDATE delivery.projects SET health = 'New'")
        newer = Desk(desk.engine, desk.catalog, desk.org, connect(desk.org))
        assert newer.export().ok == 201

    after_first_write(desk, export_newer_values)
    with pytest.raises(WarehouseUnavailable, match="Nothing of this transaction was written"):
        desk.apply(run_id="old")
    writes = desk.writes()
    desk.apply(run_id="old")

    assert {record["Health__c"] for record in desk.records()} == {"New"}
    assert desk.writes() == writes == 3


def test_a_write_that_is_no_longer_planned_is_not_sent(desk: Desk) -> None:
    desk.projects(201)
    desk.plan()
    after_first_write(desk, lambda: desk.do("UPDATE sync.plan SET state = 'skipped' WHERE row_id = 201"))

    counts = desk.apply()

    assert (counts.ok, counts.skipped, desk.writes(), len(desk.records())) == (200, 1, 1, 200)


def test_a_call_is_not_repeated_once_its_writes_are_no_longer_planned(desk: Desk) -> None:
    desk.project()
    desk.plan()
    desk.org.control.order("status", "composite/sobjects", method="PATCH")
    desk.sf.session.pause = lambda _: desk.do("UPDATE sync.plan SET state = 'skipped'")

    counts = desk.apply()

    assert (counts.skipped, desk.records()) == (1, [])


def test_a_worker_that_has_lost_the_lock_makes_no_further_call(desk: Desk) -> None:
    desk.projects(201)
    desk.plan(run_id="old")
    after_first_write(desk, lambda: end_sessions(desk, "old"))

    with pytest.raises(WarehouseUnavailable, match="Nothing of this transaction was written"):
        desk.apply(run_id="old")

    assert (desk.writes(), len(desk.records())) == (1, 200)
