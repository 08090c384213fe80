"""What sales sees of a project in Salesforce."""

from __future__ import annotations

from dataclasses import replace

import pytest

from closedwon.mapping.model import Key
from tests.outbound.export_desk import TASKS, Desk


def test_BigTime_11_and_Baton_25_a_project_shows_on_its_opportunity_as_a_child_record(desk: Desk) -> None:
    (opportunity,) = desk.opportunities(1)
    project = desk.project(opportunity)

    counts = desk.export()

    shown = desk.sf.query(
        f"SELECT (SELECT Id, Name FROM Delivery_Projects__r) FROM Opportunity WHERE Id = '{opportunity}'"
    )
    (child,) = shown["records"][0]["Delivery_Projects__r"]["records"]
    assert (counts.ok, counts.planned) == (1, 1)
    assert child["Name"] == f"P-{project:06}"
    assert child["Id"] == desk.ask("SELECT salesforce_id FROM delivery.projects_current")[0].salesforce_id


def test_BigTime_12_details_that_are_added_later_follow(desk: Desk) -> None:
    project = desk.project()
    desk.export()

    desk.do("UPDATE delivery.projects SET health = 'Green', due_on = '2026-06-30' WHERE id = :id", id=project)
    desk.export()

    record = desk.record(project)
    assert (record["Health__c"], record["Due_Date__c"]) == ("Green", "2026-06-30")
    assert desk.last().after == {"Health__c": "Green", "Due_Date__c": "2026-06-30"}
    assert desk.last().before == {"Health__c": None, "Due_Date__c": None}


@pytest.mark.parametrize(
    ("flags", "done", "label"),
    [
        pytest.param({}, 0, "Missing Required Info", id="Baton-61"),
        pytest.param({"is_setup_complete": True}, 0, "Planning", id="Baton-62"),
        pytest.param({"is_setup_complete": True, "is_active": True}, 1, "Doing", id="Baton-63"),
        pytest.param({"is_setup_complete": True, "is_active": True}, 2, "Done", id="Baton-64"),
    ],
)
def test_the_status_is_pushed_in_the_words_of_sales(desk: Desk, flags: dict[str, bool], done: int, label: str) -> None:
    (opportunity,) = desk.opportunities(1)
    project = desk.project(opportunity, **flags)
    desk.do(TASKS, project=project, done=done)

    desk.export("projects")
    desk.export("opportunity_projects")

    assert desk.record(project)["Status__c"] == label
    assert desk.sf.Opportunity.get(opportunity)["Project_Status__c"] == label


def test_the_opportunity_itself_shows_the_state_of_its_project(desk: Desk) -> None:
    (opportunity,) = desk.opportunities(1)
    project = desk.project(opportunity, health="Green", due_on="2026-06-30")
    desk.do(TASKS, project=project, done=1)

    desk.export("opportunity_projects")

    record = desk.sf.Opportunity.get(opportunity)
    assert (record["Project_ID__c"], record["Project_Phase__c"]) == ("P-000001", "Build")
    assert (record["Tasks_Complete__c"], record["Project_Health__c"]) == (50, "Green")
    assert (record["Project_Due_Date__c"], record["StageName"]) == ("2026-06-30", "Closed Won")
    assert desk.ask("SELECT salesforce_id FROM delivery.projects_current")[0].salesforce_id is None


def test_of_two_projects_of_an_opportunity_the_later_one_is_shown_on_it(desk: Desk) -> None:
    (opportunity,) = desk.opportunities(1)
    desk.project(opportunity)
    desk.project(opportunity)

    first = desk.export("opportunity_projects")
    second = desk.export("opportunity_projects")
    desk.export("projects")

    assert desk.sf.Opportunity.get(opportunity)["Project_ID__c"] == "P-000002"
    assert (first.planned, second.planned) == (1, 0)
    assert len(desk.records()) == 2


@pytest.mark.parametrize("name", ["projects", "opportunity_projects"])
def test_Baton_27_of_all_projects_only_those_of_opportunities_are_pushed(desk: Desk, name: str) -> None:
    desk.own_project()
    desk.do(
        "INSERT INTO delivery.projects (name, lead_email, source_sobject, source_salesforce_id)"
        " VALUES ('Of a launch', 'lead@closedwon.example', 'Launch__c', 'a0X000000000001AAA')"
    )
    (opportunity,) = desk.opportunities(1)
    project = desk.project(opportunity)

    counts = desk.export(name)

    assert (counts.planned, counts.ok) == (1, 1)
    assert [line.row_id for line in desk.ledger()] == [project]
    shown = [record["Project_ID__c"] for record in desk.records("Opportunity", "Project_ID__c")]
    made = [record["Project_ID__c"] for record in desk.records()]
    assert (shown if name == "opportunity_projects" else made) == ["P-000003"]


def test_two_mappings_of_one_table_keep_a_record_each_over_runs(desk: Desk) -> None:
    project = desk.project()
    desk.export("opportunity_projects")  # gives the opportunity its Project_ID__c
    by_id = desk.mapping("opportunity_projects")
    assert by_id.send is not None
    key = Key(salesforce="Project_ID__c", column="code")
    by_code = replace(by_id, name="by_code", send=replace(by_id.send, key=key))
    desk.use(by_code)
    for health in ("Green", "Red", "Green"):
        desk.do("UPDATE delivery.projects SET health = :health WHERE id = :id", health=health, id=project)
        desk.export("projects")
        desk.export("by_code")

    links = desk.ask("SELECT mapping, left(salesforce_id, 3) AS prefix, unlinked_at FROM sync.link ORDER BY mapping")
    assert [tuple(link) for link in links] == [("by_code", "006", None), ("projects", "a00", None)]
    assert {line.message for line in desk.ledger()} == {None}
    assert [line.before for line in desk.ledger()][-2:] == [{"Health__c": "Red"}, {"Project_Health__c": "Red"}]
