"""Long plans go by Bulk API 2.0, and a task that is repeated takes up the job that is there."""

from __future__ import annotations

import pytest

from closedwon.errors import OrgUnavailable, RowsRejected
from closedwon.flows import outbound
from closedwon.salesforce import bulk_ingest
from tests.outbound.export_desk import Desk

MANY = 30
NO_ADDRESS = "not an address"


@pytest.fixture
def full_desk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A plan of which one row cannot be written; 20 rows are many here, for the sake of the time it takes."""
    monkeypatch.setattr(outbound, "MOST_WITHOUT_BULK", 20)
    desk.projects(MANY)
    desk.do("UPDATE delivery.projects SET lead_email = :text WHERE id = 7", text=NO_ADDRESS)
    desk.plan()
    return desk


def jobs(desk: Desk) -> int:
    """How many ingest jobs the org has been given."""
    return len(desk.sf.restful("jobs/ingest")["records"])


def test_more_than_two_thousand_rows_are_one_bulk_job(desk: Desk) -> None:
    desk.projects(2_001)

    counts = desk.export()

    assert (counts.planned, counts.ok) == (2_001, 2_001)
    assert (jobs(desk), desk.writes()) == (1, 0)


def test_a_bulk_job_settles_each_row(full_desk: Desk) -> None:
    counts = full_desk.apply()

    assert (counts.planned, counts.ok, counts.rejected) == (MANY, MANY - 1, 1)
    assert (jobs(full_desk), full_desk.writes()) == (1, 0)
    (refused,) = full_desk.ask("SELECT * FROM sync.plan WHERE state = 'rejected'")
    assert (refused.row_id, refused.code) == (7, "INVALID_EMAIL_ADDRESS")
    linked = {row.salesforce_id for row in full_desk.ask("SELECT salesforce_id FROM delivery.projects_current")}
    assert linked - {None} == {record["Id"] for record in full_desk.records()}


def test_Beyond_11_a_killed_task_takes_up_the_job_that_it_had_started(full_desk: Desk) -> None:
    full_desk.org.control.order("status", "jobs/ingest/.*/successfulResults", count=None)
    with pytest.raises(OrgUnavailable, match="SERVER_UNAVAILABLE"):
        full_desk.apply()
    full_desk.org.control.clear_faults()

    counts = full_desk.apply()

    assert (counts.ok, counts.rejected, jobs(full_desk)) == (MANY - 1, 1, 1)


def test_a_job_that_fails_leaves_its_rows_unprocessed_and_fails_the_export(full_desk: Desk) -> None:
    full_desk.org.control.order("job_failed", "jobs/ingest")

    counts = full_desk.apply()

    assert (counts.planned, counts.unprocessed) == (MANY, MANY)
    assert {line.code for line in full_desk.ledger()} == {"Failed"}
    with pytest.raises(RowsRejected, match=f"- {MANY} x Failed, for example row 1: 'InternalServerError"):
        full_desk.settle()


def test_a_repeat_after_the_end_calls_nothing(full_desk: Desk) -> None:
    full_desk.apply()
    full_desk.org.control.reset_calls()

    full_desk.apply()

    assert full_desk.org.control.calls()["api"] == 0


def test_an_update_in_bulk_sends_only_changed_fields_and_empties_what_was_emptied(full_desk: Desk) -> None:
    full_desk.apply()
    full_desk.do(
        "UPDATE delivery.projects SET health = CASE WHEN id > 5 THEN 'Green' END, description = id::text, "
        "lead_email = 'ana@x.example'"
    )
    full_desk.export()
    full_desk.do("UPDATE delivery.projects SET health = NULL, due_on = CASE WHEN id = 8 THEN DATE '2026-06-30' END")

    counts = full_desk.export()

    assert counts.ok == counts.planned == MANY - 5
    assert jobs(full_desk) == 3
    records = full_desk.records(fields="Health__c, Due_Date__c, Description__c")
    assert {record["Health__c"] for record in records} == {None}
    assert [record["Due_Date__c"] for record in records if record["Due_Date__c"]] == ["2026-06-30"]
    assert {record["Description__c"] for record in records} == {str(n) for n in range(1, MANY + 1)}


LONG = "y" * 32_500
"""Longer than a cell of a bulk job may be, and not too long for the field."""


def test_X11_rows_that_no_bulk_job_can_carry_go_by_collections_and_the_others_in_bulk(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "MOST_WITHOUT_BULK", 20)
    desk.projects(MANY)
    desk.do("UPDATE delivery.projects SET description = :text WHERE id = 3", text=LONG)
    desk.do("UPDATE delivery.projects SET description = :text WHERE id = 4", text="z" * 40_000)
    desk.do("UPDATE delivery.projects SET description = :text WHERE id = 5", text="z" * 131_073)
    desk.do("UPDATE delivery.projects SET health = '#N/A' WHERE id = 6")

    counts = desk.export()

    assert (counts.planned, counts.ok, counts.rejected) == (MANY, MANY - 2, 2)
    assert (jobs(desk), desk.writes()) == (1, 1)
    refused = desk.ask("SELECT row_id, code FROM sync.plan WHERE state = 'rejected' ORDER BY row_id")
    assert [(line.row_id, line.code) for line in refused] == [(4, "STRING_TOO_LONG"), (5, "STRING_TOO_LONG")]
    records = {r["Project_ID__c"]: r for r in desk.records(fields="Project_ID__c, Description__c, Health__c")}
    assert records["P-000003"]["Description__c"] == LONG
    assert records["P-000006"]["Health__c"] == "#N/A"
    assert desk.export().planned == 2


def test_a_record_of_many_long_texts_is_longer_than_a_bulk_job_takes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "MOST_WITHOUT_BULK", 1)
    monkeypatch.setattr(bulk_ingest, "LONGEST_TEXTS", 50_000)
    desk.projects(2)
    text = "y" * 30_000
    desk.do("UPDATE delivery.projects SET description = :text, private_notes = :text WHERE id = 1", text=text)

    counts = desk.export()

    assert (counts.ok, jobs(desk), desk.writes()) == (2, 1, 1)
