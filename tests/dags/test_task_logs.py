"""What a task writes to its log, so that the person on call sees rows that were not written."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from closedwon.counts import Counts
from closedwon.orchestration.tasks import inbound


@pytest.fixture(autouse=True)
def a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that is run without Airflow and without a warehouse."""
    monkeypatch.setattr(inbound, "get_current_context", lambda: {"run_id": "run", "task": SimpleNamespace(outlets=[])})
    monkeypatch.setattr(inbound, "open_warehouse", nullcontext)
    monkeypatch.setattr(inbound, "read_mapping", lambda name: SimpleNamespace(table=f"crm.{name}"))
    monkeypatch.setattr(inbound.inbound, "count_announced", lambda *_, **__: 0)
    # Airflow's own settings of the log keep it from pytest.
    monkeypatch.setattr(inbound.log, "disabled", False)
    monkeypatch.setattr(inbound, "batches_of", lambda run_id, name: None)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


@pytest.mark.parametrize(
    ("rejected", "expected"),
    [(2, ["contacts: 2 records are in quarantine; see sync.quarantine for the reasons."]), (0, [])],
)
def test_a_load_warns_of_records_in_quarantine_and_says_where_their_reasons_stand(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, rejected: int, expected: list[str]
) -> None:
    def load(*_: Any, **__: Any) -> Counts:
        return Counts(read=3, written=3 - rejected, rejected=rejected)

    monkeypatch.setattr(inbound.inbound, "load", load)

    inbound.load.function("contacts", 3)

    assert warnings(caplog) == expected
