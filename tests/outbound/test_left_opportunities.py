"""Records of projects that belong to no opportunity any more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.outbound.export_desk import Desk


def unlinked_record(desk: Desk, leave: str, *, times: int = 1) -> dict[str, Any]:
    """The record of a project that was exported, after the row has been changed and exported again."""
    project = desk.project(health="Green")
    desk.export()
    record = desk.record(project)
    desk.do(leave)
    for _ in range(times):
        desk.export()
    return dict(desk.sf.Delivery_Project__c.get(record["Id"]))


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param("UPDATE delivery.projects SET source_salesforce_id = NULL", id="unlinked"),
        pytest.param("UPDATE delivery.projects SET source_sobject = 'Case'", id="of another object"),
        pytest.param("DELETE FROM delivery.projects", id="deleted"),
    ],
)
def test_the_record_of_a_project_that_is_unlinked_or_deleted_leaves_its_opportunity_and_keeps_its_values(
    desk: Desk, leave: str
) -> None:
    record = unlinked_record(desk, leave, times=2)

    assert (record["Opportunity__c"], record["Health__c"], record["Project_ID__c"]) == (None, "Green", "P-000001")
    (line,) = [line for line in desk.ledger() if line.operation == "give_up"]
    assert (line.state, line.salesforce_id, line.after) == ("ok", record["Id"], {"Opportunity__c": None})
    assert list(line.before) == ["Opportunity__c"]


def test_a_project_that_is_linked_again_goes_on_in_the_record_that_had_left_its_opportunity(desk: Desk) -> None:
    record = unlinked_record(desk, "UPDATE delivery.projects SET source_salesforce_id = NULL")
    (deal,) = desk.opportunities(1)
    desk.do("UPDATE delivery.projects SET source_salesforce_id = :deal, health = 'Red'", deal=deal)

    counts = desk.export()

    assert (counts.planned, counts.ok, len(desk.records())) == (1, 1, 1)
    held = desk.sf.Delivery_Project__c.get(record["Id"])
    assert (held["Opportunity__c"], held["Health__c"]) == (deal, "Red")


def test_an_opportunity_that_people_give_the_record_of_an_unlinked_project_stays(desk: Desk) -> None:
    record = unlinked_record(desk, "UPDATE delivery.projects SET source_salesforce_id = NULL")
    (deal,) = desk.opportunities(1)
    desk.sf.Delivery_Project__c.update(record["Id"], {"Opportunity__c": deal})

    desk.export()

    assert desk.sf.Delivery_Project__c.get(record["Id"])["Opportunity__c"] == deal


def test_a_record_whose_link_was_ended_by_hand_keeps_its_opportunity(desk: Desk) -> None:
    leave = "UPDATE delivery.projects SET source_salesforce_id = NULL; UPDATE sync.link SET unlinked_at = now()"

    assert unlinked_record(desk, leave)["Opportunity__c"] is not None


def test_a_lost_answer_to_the_write_that_takes_a_record_off_its_opportunity_is_found_in_the_org(desk: Desk) -> None:
    project = desk.project()
    desk.export()
    record = desk.record(project)
    desk.do("DELETE FROM delivery.projects")
    desk.plan(run_id="lost")
    desk.do("UPDATE sync.plan SET sent_at = now() WHERE state = 'planned'")
    desk.sf.Delivery_Project__c.update(record["Id"], {"Opportunity__c": None})

    assert desk.export().planned == 0

    assert [(line.run_id, line.state) for line in desk.ledger() if line.operation == "give_up"] == [("lost", "ok")]


def test_records_keep_their_opportunities_where_more_than_ten_and_a_fifth_of_the_projects_are_unlinked(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.projects(11)
    desk.export()
    desk.do("UPDATE delivery.projects SET source_salesforce_id = NULL")

    assert desk.export().planned == 0
    assert all(record["Opportunity__c"] for record in desk.records(fields="Id, Opportunity__c"))
    assert "11 of the 11 rows that Delivery_Project__c records show were deleted or unlinked" in caplog.text
