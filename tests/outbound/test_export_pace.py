"""What an export says while it sends."""

from __future__ import annotations

import logging

import pytest

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
