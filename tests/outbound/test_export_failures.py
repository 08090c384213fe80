"""Rows that were not written: when they fail the run, and what is said of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from sqlalchemy import Engine

from closedwon.errors import RowsRejected
from closedwon.orchestration.tasks import outbound as tasks
from tests.outbound.export_desk import Desk, org_with_rules

TOO_LONG = "x" * 300
RULES = """    rules:
      Red: {when: "Health__c = 'Red'", message: A red project needs a date by which it is green again}
      Amber: {when: "Health__c = 'Amber'", message: Amber is not a colour, field: Health__c}
      Grey: {when: "Health__c = 'Grey'", message: Nobody knows grey}
      Blue: {when: "Health__c = 'Blue'", message: Nobody knows blue}
"""


@pytest.fixture
def ruled_desk(desk: Desk, tmp_path: Path) -> Iterator[Desk]:
    """A desk at an org that refuses some colours of health."""
    with org_with_rules(tmp_path, RULES) as org:
        desk.move_to(org)
        yield desk


def give_health(desk: Desk, **last_ids: int) -> None:
    """Gives each colour to the projects up to this id that have none."""
    for colour, last in last_ids.items():
        desk.do("UPDATE delivery.projects SET health = :c WHERE id <= :last AND health IS NULL", c=colour, last=last)


@pytest.mark.parametrize("bad_rows", [1, 2])
def test_X10_rows_that_are_rejected_for_their_data_fail_no_later_run_either(desk: Desk, bad_rows: int) -> None:
    desk.projects(21)
    desk.do("UPDATE delivery.projects SET health = :text WHERE id <= :last", text=TOO_LONG, last=bad_rows)

    runs = [desk.export() for _ in range(3)]

    assert [(run.planned, run.rejected) for run in runs] == [(21, bad_rows), (bad_rows, bad_rows), (bad_rows, bad_rows)]


def test_Beyond_1_an_export_that_has_never_written_a_row_and_writes_none_fails(desk: Desk) -> None:
    desk.project(health=TOO_LONG)

    with pytest.raises(RowsRejected, match=r"projects: 1 of 1 planned rows were not written to Delivery_Project__c"):
        desk.export()


def test_the_message_quotes_the_three_most_frequent_texts_of_salesforce_with_numbers_and_an_example(
    ruled_desk: Desk,
) -> None:
    ruled_desk.projects(20)
    give_health(ruled_desk, Amber=3, Red=8, Blue=9, Grey=11)

    with pytest.raises(RowsRejected) as failed:
        ruled_desk.export()

    assert str(failed.value).splitlines()[:6] == [
        "projects: 11 of 20 planned rows were not written to Delivery_Project__c (11 rejected, 0",
        "  unprocessed); 9 were.",
        "- 5 x FIELD_CUSTOM_VALIDATION_EXCEPTION, for example row 4: 'A red project needs a date by which it",
        "  is green again'",
        "- 3 x FIELD_CUSTOM_VALIDATION_EXCEPTION, for example row 1: 'Amber is not a colour [Health__c]'",
        "- 2 x FIELD_CUSTOM_VALIDATION_EXCEPTION, for example row 10: 'Nobody knows grey'",
    ]
    assert "- 1 rows for other reasons" in str(failed.value)
    assert max(map(len, str(failed.value).splitlines())) <= 100


def test_texts_that_differ_in_the_quoted_value_alone_count_as_one_and_the_value_is_not_shown(desk: Desk) -> None:
    desk.projects(12)
    desk.do("UPDATE delivery.projects SET health = id || :text", text=TOO_LONG)

    with pytest.raises(RowsRejected, match=r"(?s)- 12 x STRING_TOO_LONG, for example row 1: '.*255") as failed:
        desk.export()

    assert "xxx" not in str(failed.value)


@pytest.fixture
def run_settle(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The task `settle` without Airflow, on the desk's warehouse."""
    monkeypatch.setattr(tasks, "get_current_context", lambda: {"run_id": "run"})
    monkeypatch.setattr(tasks, "open_warehouse", lambda: nullcontext(desk.engine))
    monkeypatch.setattr(tasks, "read_mapping", desk.mapping)
    monkeypatch.setattr(tasks.log, "disabled", False)  # as Airflow's own settings of the log have left it
    return desk.engine


@pytest.mark.parametrize("state", ["rejected", "unprocessed"])
def test_Beyond_1_a_few_rows_that_were_not_written_are_warned_of_and_counted(
    desk: Desk, run_settle: Engine, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    desk.projects(21)
    desk.plan()
    desk.do("UPDATE sync.plan SET state = :state, code = 'Aborted', message = 'By admin' WHERE id <= 2", state=state)
    desk.apply()

    counts = tasks.settle.function("projects")

    (warning,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "projects: 2 of 21 planned rows were not written to Delivery_Project__c" in warning
    assert "- 2 x Aborted, for example row 1: 'By admin'" in warning
    assert (counts["planned"], counts["ok"], counts[state]) == (21, 19, 2)


def test_an_export_that_wrote_all_of_its_rows_warns_of_nothing(
    desk: Desk, run_settle: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    desk.projects(2)
    desk.plan()
    desk.apply()

    assert tasks.settle.function("projects")["ok"] == 2

    assert [record for record in caplog.records if record.levelno == logging.WARNING] == []
