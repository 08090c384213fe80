"""What an export says while it sends."""

from __future__ import annotations

import logging
import re
from itertools import count

import pytest

from closedwon.errors import OrgUnavailable
from closedwon.flows import outbound
from closedwon.flows.steps import pace
from tests.outbound.export_desk import Desk


def test_an_export_says_its_pace_with_each_call(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN_LINES", 0)
    caplog.set_level(logging.INFO, "closedwon")
    desk.projects(201)

    desk.export()

    lines = [message.rpartition(",")[0] for message in caplog.messages if " so far: " in message]
    assert lines == ["projects: rows sent so far: 200 in 1 calls", "projects: rows sent so far: 201 in 2 calls"]


@pytest.fixture
def bulk_desk(desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Desk:
    """A plan of three rows for a bulk job, of which each look is a line of the log."""
    monkeypatch.setattr(pace, "SECONDS_BETWEEN_LINES", 0)
    monkeypatch.setattr(outbound, "MOST_WITHOUT_BULK", 1)
    caplog.set_level(logging.INFO, "closedwon")
    desk.projects(3)
    desk.plan(run_id="old")
    return desk


def test_an_export_says_how_far_its_bulk_job_has_come(bulk_desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    bulk_desk.apply(run_id="old")

    said = r"projects: rows sent: the bulk job 750\w{15} is InProgress, \d of 3 records processed so far"
    assert any(re.fullmatch(said, message) for message in caplog.messages)


def test_an_export_that_waits_for_the_bulk_job_of_an_earlier_run_says_how_far_that_has_come(
    bulk_desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    bulk_desk.org.control.order("reset", "jobs/ingest/[^/]+$", when="after", method="PATCH", count=None)
    with pytest.raises(OrgUnavailable, match="no whole answer"):
        bulk_desk.apply(run_id="old")
    bulk_desk.org.control.clear_faults()
    (job,) = bulk_desk.org.instance.ingest_jobs
    looks, poll = count(1), job.poll
    job.poll = lambda: poll() if next(looks) > 2 else None  # type: ignore[method-assign]

    bulk_desk.plan(run_id="new")

    said = r"projects: rows that the run 'old' sent: the bulk job 750\w{15} is \w+, \d records processed so far"
    assert any(re.fullmatch(said, message) for message in caplog.messages)
