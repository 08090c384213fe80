"""From the org to a project: the import brings the records, and the shipped rule makes the projects."""

from __future__ import annotations

from datetime import date

import pytest

from closedwon.flows.projects import make_projects
from tests.world import World

WON = {"StageName": "Closed Won", "CloseDate": "2026-12-31"}
CLIENTS = """
SELECT p.name, p.client_name, a.name AS account, a.salesforce_id
  FROM delivery.projects p JOIN crm.accounts a ON a.id = p.account_id ORDER BY p.id
"""


@pytest.fixture
def world_with_projects(world: World) -> World:
    """An org whose one won opportunity, of an account with two contacts, has been imported and is a project."""
    bring(world)
    return world


def bring(world: World) -> None:
    """One import and the run of the rules that follows it."""
    world.run_import()
    apply_rules(world)


def apply_rules(world: World) -> None:
    for rule in world.catalog.rules:
        make_projects(world.engine, world.catalog, rule, run_id=world.next_run(), today=date(2026, 12, 31))


def test_BigTime_3_the_account_is_the_client_the_opportunity_the_project_and_the_contacts_are_there(
    world_with_projects: World,
) -> None:
    (project,) = world_with_projects.rows(CLIENTS)
    contacts = world_with_projects.rows(
        "SELECT c.last_name FROM delivery.projects p JOIN crm.contacts c USING (account_id) ORDER BY 1"
    )

    assert tuple(project)[:3] == ("Deal 1", 'Acme "Best" Ltd', 'Acme "Best" Ltd')
    assert [contact.last_name for contact in contacts] == ["Ito", "O'Neill"]


def test_BigTime_6_a_later_opportunity_of_the_same_account_has_the_client_that_is_there(
    world_with_projects: World,
) -> None:
    world = world_with_projects
    ((*_, account),) = world.rows(CLIENTS)
    world.people().create("Opportunity", {"Name": "Second", "AccountId": account, **WON})

    bring(world)

    assert [(line.name, line.salesforce_id) for line in world.rows(CLIENTS)] == [
        ("Deal 1", account),
        ("Second", account),
    ]
    assert world.one("SELECT count(*) FROM crm.accounts") == 3


def test_BigTime_7_a_new_account_comes_as_a_new_client_together_with_its_project(world_with_projects: World) -> None:
    world = world_with_projects
    account = world.people().create("Account", {"Name": "New Ltd"})
    world.people().create("Opportunity", {"Name": "First of New", "AccountId": account, **WON})

    bring(world)

    assert tuple(world.rows(CLIENTS)[-1]) == ("First of New", "New Ltd", "New Ltd", account)
    assert world.one("SELECT count(*) FROM crm.accounts") == 4


def test_BigTime_3_BigTime_7_a_new_client_its_contacts_and_its_project_come_in_one_run(
    world_with_projects: World,
) -> None:
    world = world_with_projects
    account = world.people().create("Account", {"Name": "New Ltd"})
    world.people().create("Contact", {"LastName": "Newman", "AccountId": account})
    world.people().create("Opportunity", {"Name": "First of New", "AccountId": account, **WON})

    bring(world)

    of_client = (
        "SELECT p.name, c.last_name FROM delivery.projects p JOIN crm.accounts a ON a.id = p.account_id"
        " JOIN crm.contacts c ON c.account_id = a.id WHERE a.salesforce_id = :id"
    )
    assert world.one(of_client, id=account) == ("First of New", "Newman")


def test_BigTime_7_a_project_is_never_there_without_its_client(world_with_projects: World) -> None:
    world = world_with_projects
    account = world.people().create("Account", {"Name": "Late Ltd"})
    deal = world.people().create("Opportunity", {"Name": "Early", "AccountId": account, **WON})

    world.run_import(objects=["opportunities"])  # the group of accounts has failed, or has not come to its load
    apply_rules(world)

    assert [line.name for line in world.rows(CLIENTS)] == ["Deal 1"]
    decided = "SELECT outcome FROM sync.decision WHERE source_salesforce_id = :id"
    assert world.one(decided, id=deal) == "quarantined"

    bring(world)  # brings the account
    bring(world)  # tries the opportunity again

    assert tuple(world.rows(CLIENTS)[-1]) == ("Early", "Late Ltd", "Late Ltd", account)
    assert world.one(decided, id=deal) == "made"
