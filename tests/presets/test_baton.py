"""The preset `baton`: two import rules, and the field table pushed to the opportunity."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.presets.conftest import PresetWorld

OPEN = {"StageName": "Prospecting", "CloseDate": "2026-12-31", "Amount": 5000.5}


@pytest.fixture
def world(open_preset: Callable[[str], PresetWorld]) -> PresetWorld:
    """An org with a deal that is won, one with the checkbox, and one with neither."""
    world = open_preset("baton")
    people = world.people()
    account = people.create("Account", {"Name": "Acme", "Industry": "Banking"})
    for name, values in {
        "Won": {"StageName": "Closed Won", "Type": "New Customer"},
        "Sent": {"Sent_to_Baton__c": True},
        "Neither": {},
    }.items():
        people.create("Opportunity", {"Name": name, "AccountId": account, **OPEN, **values})
    return world


def test_a_round_ends_with_the_same_values_on_both_sides(world: PresetWorld) -> None:
    world.round()

    assert [line.first_difference for line in world.parity()] == [""] * 5
    assert world.is_in_parity()


def test_a_deal_that_is_won_or_has_the_checkbox_is_a_project_with_the_lead_and_its_template(
    world: PresetWorld,
) -> None:
    world.round()

    projects = world.rows("SELECT name, client_name, rule, template, lead_email FROM delivery.projects ORDER BY name")
    lead = "implementation.lead@example.com"
    assert [tuple(project) for project in projects] == [
        ("Sent", "Acme", "sent_to_baton", "standard", lead),
        ("Won", "Acme", "closed_won", "onboarding", lead),
    ]


@pytest.mark.parametrize(
    ("name", "later"),
    [("Sent", {"StageName": "Closed Won"}), ("Won", {"Sent_to_Baton__c": True})],
)
def test_a_deal_that_both_rules_pick_one_after_the_other_keeps_its_one_project(
    world: PresetWorld, name: str, later: dict[str, object]
) -> None:
    world.round()
    (deal,) = world.people().query(f"SELECT Id FROM Opportunity WHERE Name = '{name}'")
    world.people().update("Opportunity", deal["Id"], later)

    world.round()

    assert world.one("SELECT count(*) FROM delivery.projects WHERE name = :name", name=name) == 1


def test_the_projects_fields_are_pushed_to_the_opportunity(world: PresetWorld) -> None:
    world.round()
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE delivery.projects SET is_setup_complete = true, is_active = true, health = 'Green', "
            "risk_status = 'Low', started_on = '2026-06-02', private_notes = 'Call Zoë' WHERE name = 'Won'"
        )
    world.export()

    (record,) = world.people().query("SELECT FIELDS(ALL) FROM Opportunity WHERE Name = 'Won' LIMIT 1")
    assert {name: record[f"Baton_{name}__c"] for name in PUSHED} == PUSHED


PUSHED = {
    "Title": "Won",
    "Status": "Doing",
    "Phase": "Welcome",
    "Health": "Green",
    "Risk_Status": "Low",
    "Started_Date": "2026-06-02",
    "Projected_Due_Date": "2026-08-25",
    "Private_Notes": "Call Zoë",
    "Lead_Email": "implementation.lead@example.com",
    "Tasks_Complete": 0,
    "Contract_Value": 5000.5,
    "Estimated_Hours": 52,
    "Archived": False,
}
