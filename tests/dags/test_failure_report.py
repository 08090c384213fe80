"""What a failed task leaves at the end of its log: short lines, what to do on a line of its own."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from closedwon.errors import AccessDenied, MappingFault, OrgUnavailable
from closedwon.orchestration import failure_report
from closedwon.orchestration.failure_report import report_failure

LONG = (
    "POST services/data/v66.0/composite/sobjects was answered 403 with 'INSUFFICIENT_ACCESS: no edit on Account'. "
    "Nothing was written. Give the integration user the permission for the object and field in a permission set."
)


@pytest.fixture
def log_of(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Returns the lines that a task's failure leaves in its log."""
    monkeypatch.setattr(failure_report.log, "disabled", False)
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", "postgresql://nobody@127.0.0.1:1/nowhere")
    caplog.set_level(logging.INFO, logger=failure_report.log.name)

    def report(error: object, state: str = "failed") -> list[str]:
        task = SimpleNamespace(
            dag_id="salesforce_import", run_id="run", task_id="contacts.extract", state=state, try_number=1
        )
        report_failure({"ti": task, "exception": error})
        return [record.getMessage() for record in caplog.records if record.levelno != logging.WARNING]

    return report


def test_the_message_is_the_last_of_the_log_outside_of_what_airflow_folds_away(log_of: Any) -> None:
    lines = log_of(AccessDenied("Seen. Do this."))

    assert lines == ["::endgroup::", "contacts.extract failed: AccessDenied", "Seen.", "Do this."]


def test_a_warehouse_that_is_away_is_said_before_the_message_and_hides_nothing(
    log_of: Any, caplog: pytest.LogCaptureFixture
) -> None:
    lines = log_of(AccessDenied("Seen. Do this."))

    warning, *rest = [record.getMessage() for record in caplog.records]
    assert warning.startswith("This failure is not in sync.failure, as the warehouse could not be written: ")
    assert rest == lines


def test_no_line_is_longer_than_100_characters_and_what_to_do_has_a_line_of_its_own(log_of: Any) -> None:
    lines = log_of(AccessDenied(LONG))

    assert max(map(len, lines)) <= 100
    assert lines[-2:] == [
        "Nothing was written.",
        "Give the integration user the permission for the object and field in a permission set.",
    ]


def test_each_finding_keeps_its_line_and_what_to_do_comes_after_the_last(log_of: Any) -> None:
    lines = log_of(MappingFault("contacts.yaml:3: 'colum' is no key.\ncontacts.yaml:9: 'Fone' is no field."))

    assert lines[-4:] == [
        "contacts.yaml:3: 'colum' is no key.",
        "contacts.yaml:9: 'Fone' is no field.",
        "Other objects have gone on.",
        "Correct what the message names, then clear the task `contacts.extract` and those after it.",
    ]


def test_a_quoted_sentence_ends_before_what_to_do(log_of: Any) -> None:
    assert log_of(AccessDenied("It said 'Not allowed.' Ask an admin."))[-2:] == [
        "It said 'Not allowed.'",
        "Ask an admin.",
    ]


def test_a_task_that_is_tried_again_says_that_nobody_need_act(log_of: Any) -> None:
    lines = log_of(OrgUnavailable("The org is away."), state="up_for_retry")

    assert lines[-1] == "Nothing to do yet: this was try 1, and Airflow tries the task again by itself."


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        pytest.param(KeyError("Id"), "KeyError: 'Id'", id="a fault of ours"),
        pytest.param(None, "Its process ended without a word, as one does that is killed.", id="a killed process"),
        pytest.param("heartbeat timed out", "heartbeat timed out", id="what Airflow says of a killed process"),
    ],
)
def test_an_unknown_error_is_quoted_and_followed_by_what_to_do(log_of: Any, error: object, seen: str) -> None:
    lines = log_of(error)

    assert lines[1:3] == ["contacts.extract failed: unknown error", seen]
    assert any(line.startswith("Clear the task") for line in lines[3:])


def test_every_task_of_every_dag_reports_its_failures(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        for task in dag.tasks:
            assert report_failure in task.on_failure_callback, f"{dag.dag_id}.{task.task_id}"
            assert report_failure in task.on_retry_callback, f"{dag.dag_id}.{task.task_id}"
