"""Long plans go by Bulk API 2.0, and a task that is repeated takes up the job that is there."""

from __future__ import annotations

import pytest

from closedwon.errors import OrgUnavailable
from tests.outbound.export_desk import Desk

MANY = 2_001
TOO_LONG = "x" * 256


@pytest.fixture
def full_desk(desk: Desk) -> Desk:
    """One project more than collections are used for; the seventh cannot be written."""
    desk.projects(MANY)
    desk.do("UPDATE delivery.projects SET health = :text WHERE id = 7", text=TOO_LONG)
    desk.plan()
    return desk


def jobs(desk: Desk) -> int:
    """How many ingest jobs the org has been given."""
    return len(desk.sf.restful("jobs/ingest")["records"])


def test_a_long_plan_is_one_bulk_job_and_settles_each_row(full_desk: Desk) -> None:
    counts = full_desk.apply()

    assert (counts.planned, counts.ok, counts.rejected) == (MANY, MANY - 1, 1)
    assert (jobs(full_desk), full_desk.writes()) == (1, 0)
    (refused,) = full_desk.ask("SELECT * FROM sync.plan WHERE state = 'rejected'")
    assert (refused.row_id, refused.code) == (7, "STRING_TOO_LONG")
    (linked,) = full_desk.ask("SELECT count(salesforce_id) AS rows FROM delivery.projects")
    assert linked.rows == MANY - 1


def test_a_killed_task_takes_up_the_job_that_it_had_started(full_desk: Desk) -> None:
    full_desk.org.control.order("status", "jobs/ingest/.*/successfulResults", count=None)
    with pytest.raises(OrgUnavailable):
        full_desk.apply()
    full_desk.org.control.clear_faults()

    counts = full_desk.apply()

    assert (counts.ok, counts.rejected, jobs(full_desk)) == (MANY - 1, 1, 1)


def test_a_job_that_fails_leaves_its_rows_unprocessed_with_its_reason(full_desk: Desk) -> None:
    full_desk.org.control.order("job_failed", "jobs/ingest")

    counts = full_desk.apply()

    assert (counts.planned, counts.unprocessed) == (MANY, MANY)
    assert {line.code for line in full_desk.ledger()} == {"Failed"}


def test_a_repeat_after_the_end_calls_nothing(full_desk: Desk) -> None:
    full_desk.apply()
    full_desk.org.control.reset_calls()

    full_desk.apply()

    assert full_desk.org.control.calls()["api"] == 0


def test_an_update_in_bulk_sends_only_changed_fields_and_empties_what_was_emptied(full_desk: Desk) -> None:
    full_desk.apply()
    full_desk.do("UPDATE delivery.projects SET health = CASE WHEN id % 2 = 0 THEN 'Green' END, description = id::text")
    full_desk.export()
    full_desk.do("UPDATE delivery.projects SET health = NULL, due_on = CASE WHEN id = 8 THEN DATE '2026-06-30' END")

    counts = full_desk.export()

    assert counts.ok == counts.planned == MANY // 2
    records = full_desk.records(fields="Health__c, Due_Date__c, Description__c")
    assert {record["Health__c"] for record in records} == {None}
    assert [record["Due_Date__c"] for record in records if record["Due_Date__c"]] == ["2026-06-30"]
    assert {record["Description__c"] for record in records} == {str(n) for n in range(1, MANY + 1)}
