"""The preset `bigtime`: a won opportunity becomes a project of its client, and is shown on the opportunity."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.presets.conftest import PresetWorld

WON = {"StageName": "Closed Won", "CloseDate": "2026-12-31"}
PROJECTS = """
    SELECT p.name, p.client_name, c.name AS client, p.contract_value, p.description, p.template
      FROM delivery.projects p JOIN crm.clients c ON c.id = p.account_id ORDER BY p.id
"""


@pytest.fixture
def world(open_preset: Callable[[str], PresetWorld]) -> PresetWorld:
    """An org with a client, its contact, a won deal and one that is not."""
    world = open_preset("bigtime")
    people = world.people()
    account = people.create("Account", {"Name": "Acme", "BillingCity": "Köln", "BillingPostalCode": "00123"})
    people.create("Contact", {"LastName": "O'Neill", "AccountId": account, "Email": "o@acme.example"})
    deal = {"Name": "Roll-out", "Amount": 1234.56, "Description": "Two sites", "AccountId": account}
    people.create("Opportunity", deal | WON)
    people.create("Opportunity", deal | WON | {"Name": "Idea", "StageName": "Prospecting"})
    return world


def test_a_round_ends_with_the_same_values_on_both_sides(world: PresetWorld) -> None:
    world.round()

    assert [line.first_difference for line in world.parity()] == [""] * 5
    assert world.is_in_parity()


def test_the_won_deal_is_a_project_of_the_client_and_the_other_one_is_not(world: PresetWorld) -> None:
    world.round()

    (project,) = world.rows(PROJECTS)
    assert tuple(project) == ("Roll-out", "Acme", "Acme", Decimal("1234.56"), "Two sites", "standard")
    assert tuple(world.one("SELECT city, zip FROM crm.clients")) == ("Köln", "00123")
    assert world.one("SELECT count(*) FROM delivery.tasks") == 4


def test_the_project_stands_in_the_related_list_of_its_opportunity_and_follows_what_is_added(
    world: PresetWorld,
) -> None:
    world.round()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE delivery.projects SET is_setup_complete = true, due_on = '2026-09-30'")
    world.export()

    (record,) = world.people().query(
        "SELECT Name, Title__c, Opportunity__r.Name, Status__c, Due_Date__c, Estimated_Hours__c, Notes__c "
        "FROM BigTime_Project__c"
    )
    assert (record["Name"], record["Title__c"], record["Opportunity__r"]["Name"]) == ("P-000001",) + ("Roll-out",) * 2
    assert (record["Status__c"], record["Due_Date__c"], record["Notes__c"]) == ("Planned", "2026-09-30", "Two sites")
    assert record["Estimated_Hours__c"] == 49
