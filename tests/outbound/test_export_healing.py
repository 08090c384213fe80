"""A red export is healed where it stands: with the cause removed, clearing `plan` writes what was not written."""

from __future__ import annotations

from pathlib import Path

import pytest

from closedwon.errors import RowsRejected
from closedwon.flows import outbound
from tests.outbound.export_desk import Desk, org_with_rules

NO_RED = """    rules:
      Red: {when: "Health__c = 'Red'", message: No red projects please}
"""
MANY = 12


def health_in_org(desk: Desk) -> dict[str, str]:
    return {record["Project_ID__c"]: record["Health__c"] for record in desk.records()}


def health_here(desk: Desk) -> dict[str, str]:
    return {row.code: row.health for row in desk.ask("SELECT code, health FROM delivery.projects")}


@pytest.mark.parametrize("most_without_bulk", [2_000, 1], ids=["collections", "bulk"])
def test_with_the_rule_removed_the_same_run_ends_in_parity_and_the_ledger_tells_both_tries(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_without_bulk: int
) -> None:
    monkeypatch.setattr(outbound, "MOST_WITHOUT_BULK", most_without_bulk)
    with org_with_rules(tmp_path, NO_RED) as org:
        desk.move_to(org)
        desk.projects(MANY)
        desk.do("UPDATE delivery.projects SET health = CASE WHEN id = 1 THEN 'Green' ELSE 'Red' END")
        desk.plan()
        desk.apply()
        with pytest.raises(RowsRejected, match="- 11 x FIELD_CUSTOM_VALIDATION_EXCEPTION, "):
            desk.settle()
    desk.do("UPDATE delivery.projects SET health = 'Amber' WHERE id = 2")

    with org_with_rules(tmp_path, "") as org:
        desk.move_to(org)
        planned = desk.plan()
        desk.apply()
        counts = desk.settle()

        assert (planned.planned, planned.rejected, planned.unchanged) == (MANY, 0, 1)
        assert (counts.planned, counts.ok, counts.failed) == (MANY, MANY, 0)
        assert health_in_org(desk) == health_here(desk)
    tries = [(line.row_id, line.state, line.after["Health__c"], line.replanned_at is None) for line in desk.ledger()]
    assert [one for one in tries if one[0] < 4] == [
        (1, "ok", "Green", True),
        (2, "rejected", "Red", False),
        (3, "rejected", "Red", False),
        (2, "ok", "Amber", True),
        (3, "ok", "Red", True),
    ]


def test_the_message_says_what_to_clear_and_clearing_less_sends_nothing(desk: Desk, tmp_path: Path) -> None:
    with org_with_rules(tmp_path, NO_RED) as org:
        desk.move_to(org)
        desk.projects(2)
        desk.do("UPDATE delivery.projects SET health = 'Red'")
        desk.plan()
        desk.apply()
    with org_with_rules(tmp_path, "") as org:
        desk.move_to(org)

        desk.apply()

        remedy = r"Remove the cause, then clear the task `projects.plan` and those after it"
        with pytest.raises(RowsRejected, match=rf"{remedy}(.|\n)*only `apply` or `settle` sends nothing"):
            desk.settle()
        assert desk.records() == []


def test_what_a_run_has_written_is_not_planned_again_by_it(desk: Desk) -> None:
    desk.projects(2)
    desk.org.control.order("lock", "composite/sobjects", method="PATCH", records=1)
    desk.plan()
    desk.apply()
    desk.do("UPDATE delivery.projects SET health = 'Red'")

    desk.plan()
    counts = desk.apply()

    assert (counts.planned, counts.ok) == (2, 2)
    assert [(line.row_id, line.state) for line in desk.ledger()] == [(1, "rejected"), (2, "ok"), (1, "ok")]
    assert set(health_in_org(desk).values()) == {"Red", None}


def test_what_needs_no_write_any_more_is_no_longer_counted(desk: Desk) -> None:
    desk.projects(2)
    desk.export()
    desk.do("UPDATE delivery.projects SET health = 'Red' WHERE id = 1")
    desk.org.control.order("lock", "composite/sobjects", method="PATCH", records=1)
    desk.plan()
    assert desk.apply().rejected == 1
    desk.sf.Delivery_Project__c.update(desk.record(1)["Id"], {"Health__c": "Red"})

    planned = desk.plan()

    assert (planned.planned, planned.unchanged) == (0, 2)
    assert desk.last().state == "rejected"


def test_a_healed_run_starts_a_bulk_job_of_its_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "MOST_WITHOUT_BULK", 1)
    first, second = desk.opportunities(2)
    desk.projects_of([first, second])
    desk.org.control.lock_records([first])
    desk.plan()
    assert desk.apply().rejected == 1
    desk.org.control.unlock_records()

    desk.plan()
    counts = desk.apply()

    assert (counts.planned, counts.ok) == (2, 2)
    assert len(desk.sf.restful("jobs/ingest")["records"]) == 2
