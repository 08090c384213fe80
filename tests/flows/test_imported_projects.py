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
