"""What a long step says while it runs: how far it has come and how fast, and not too often."""

from __future__ import annotations

import logging
import re

import pytest

from closedwon.errors import OrgUnavailable
from closedwon.flows.steps import pace
from closedwon.flows.steps.pace import Pace
from closedwon.salesforce import bulk_jobs, bulk_query
from closedwon.salesforce.query_model import Query
from tests.world import World


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


def run_step(seconds_per_page: float, pages: int) -> list[str]:
    """The lines of a step that reads pages of 2,000 records."""
    clock, lines = Clock(), list[str]()
    reading = Pace("contacts: records read", "pages", lines.append, clock)
    for _ in range(pages):
        clock.seconds += seconds_per_page
        reading.add(2000)
    return lines


def test_a_step_that_ends_within_ten_seconds_says_nothing() -> None:
    assert run_step(seconds_per_page=1, pages=9) == []


def test_a_long_step_says_every_ten_seconds_how_much_it_has_done_and_how_fast() -> None:
    assert run_step(seconds_per_page=4, pages=6) == [
        "contacts: records read so far: 6000 in 3 pages, 500 a second",
        "contacts: records read so far: 12000 in 6 pages, 500 a second",
    ]


def test_a_slow_step_says_one_line_for_each_of_its_parts() -> None:
    assert run_step(seconds_per_page=100, pages=2) == [
        "contacts: records read so far: 2000 in 1 pages, 20 a second",
        "contacts: records read so far: 4000 in 2 pages, 20 a second",
    ]


def test_parts_that_are_counted_come_through_as_they_are() -> None:
    clock, lines = Clock(), list[str]()

    counted = list(Pace("rows", "pages", lines.append, clock).count(["ab", "c"], len))

    assert counted == ["ab", "c"]


def test_an_import_says_its_pace_while_it_reads_and_while_it_loads(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN_LINES", 0)
    caplog.set_level(logging.INFO, "closedwon")

    world.run_import(objects=["users", "accounts"])

    lines = [message.rpartition(",")[0] for message in caplog.messages if " so far: " in message]
    assert lines == [
        "users: records read so far: 1 in 1 pages",
        "users: rows staged so far: 1 in 1 pages",
        "accounts: records read so far: 3 in 1 pages",
        "accounts: rows staged so far: 3 in 1 pages",
    ]


@pytest.mark.parametrize(("expected", "processed"), [(3, "3 of 3"), (None, "3")])
def test_a_bulk_job_that_is_waited_for_says_every_ten_seconds_its_state_and_what_it_has_processed(
    world: World, monkeypatch: pytest.MonkeyPatch, expected: int | None, processed: str
) -> None:
    sf, clock, lines = world.login(), Clock(), list[str]()
    job_id = bulk_query.start_job(sf, Query("Account", ("Id",)))
    bulk_query.await_job(sf, job_id)
    world.org.instance.query_jobs.find(job_id).state = "InProgress"
    world.org.instance.query_jobs.find(job_id).poll = lambda: None  # type: ignore[method-assign]
    monkeypatch.setattr(bulk_jobs, "LONGEST_WAIT_S", 60)
    sf.session.pause = clock.advance
    waiting = Pace("accounts: records read", "pages", lambda line: lines.append(f"{clock.seconds}: {line}"), clock)

    with pytest.raises(OrgUnavailable, match="still 'InProgress'"):
        bulk_query.await_job(sf, job_id, expected=expected, watch=waiting.see)

    said = f"accounts: records read: the bulk job {job_id} is InProgress, {processed} records processed so far"
    assert lines == [f"{seconds}: {said}" for seconds in (15.5, 31.5, 51.5)]


def test_an_import_says_how_far_its_bulk_job_has_come(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN_LINES", 0)
    caplog.set_level(logging.INFO, "closedwon")
    world.org.org.insert_many("Account", ({"Name": f"Account {number}"} for number in range(2_100)))

    world.run_import(objects=["users", "accounts"])

    said = r"accounts: records read: the bulk job 750\w{15} is InProgress, \d+ of 2103 records processed so far"
    assert any(re.fullmatch(said, message) for message in caplog.messages)
