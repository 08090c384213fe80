"""Import rules that a team writes, from the org to the project: records come over HTTP, and the rules pick them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from sqlalchemy import Engine

from closedwon.flows.projects import make_projects
from localorg.server import running_org
from tests.world import MAPPINGS, ROOT, World, fill_org

LAUNCH = """\
  Launch__c:
    label: Launch
    fields:
      Status__c: {type: picklist, values: [Draft, Signed]}
      Budget__c: {type: currency, precision: 18, scale: 2}
      Account__c: {type: reference, to: Account}
"""
LAUNCHES = """\
sobject: Launch__c
table: crm.launches
direction: receive
fields:
  - {salesforce: Name, column: name, type: text, direction: receive}
  - {salesforce: Status__c, column: status, type: picklist, direction: receive}
  - {salesforce: Budget__c, column: budget, type: number, direction: receive}
  - {salesforce: Account__c, column: account_id, type: reference, direction: receive, references: crm.accounts}
"""
RULES = {
    "Launch__c": """\
source: Launch__c
when: {field: Status__c, changes_to: [Signed]}
only_if: [{field: Budget__c, at_least: 5000}, {field: Account__r.Industry, is: [Banking]}]
default_lead: launches@example.com
once: [{column: name, sobject: Launch__c, field: Name}, {column: client_name, sobject: Account, field: Name}]
""",
    "Opportunity": """\
when: {field: StageName, changes_to: [Closed Won]}
only_if: [{field: Amount, at_least: 5000}, {field: Account.Industry, is: [Banking]}]
default_lead: deals@example.com
once: [{column: name, sobject: Opportunity, field: Name}, {column: client_name, sobject: Account, field: Name}]
""",
}
SMALL, LARGE = 4999.99, 5000


@pytest.fixture
def world(tmp_path: Path, engine: Engine, database_url: str) -> Iterator[World]:
    """An org with a custom object, and the shipped mapping files with one for it, and without rules."""
    mappings = Path(copytree(MAPPINGS, tmp_path / "mappings"))
    (mappings / "launches.yaml").write_text(LAUNCHES)
    for rule in (mappings / "rules").iterdir():
        rule.unlink()
    objects = tmp_path / "org.yaml"
    objects.write_text((ROOT / "demo" / "org.yaml").read_text() + LAUNCH)
    with running_org(tmp_path / "org", objects=objects) as org:
        world = World(org, engine, database_url, tmp_path, mappings)
        fill_org(world.people())
        world.prepare()
        yield world


def add_rule(world: World, name: str, text: str) -> None:
    (world.mappings / "rules" / f"{name}.yaml").write_text(text)


def bring(world: World) -> None:
    """One import and the run of the rules that follows it."""
    world.run_import()
    for rule in world.catalog.rules:
        make_projects(world.engine, world.catalog, rule, run_id=world.next_run(), today=date(2026, 12, 31))


def of_object(world: World, sobject: str, name: str, worth: float) -> str:
    """A record of a banking client at the value that the object's rule waits for."""
    account = world.people().create("Account", {"Name": f"Client of {name}", "Industry": "Banking"})
    values: dict[str, Any] = {"Status__c": "Signed", "Budget__c": worth, "Account__c": account}
    if sobject == "Opportunity":
        values = {"StageName": "Closed Won", "CloseDate": "2026-12-31", "Amount": worth, "AccountId": account}
    return world.people().create(sobject, {"Name": name, **values})


@pytest.mark.parametrize(
    "sobject", [pytest.param("Opportunity", id="Baton-2-standard"), pytest.param("Launch__c", id="Baton-2-custom")]
)
def test_a_rule_of_the_teams_own_makes_projects_of_the_records_that_it_picks(world: World, sobject: str) -> None:
    add_rule(world, "ours", RULES[sobject])
    of_object(world, sobject, "Picked", LARGE)
    other = of_object(world, sobject, "Too small", SMALL)

    bring(world)

    made = world.rows("SELECT name, client_name, source_sobject, rule, lead_email FROM delivery.projects")
    lead = {"Opportunity": "deals@example.com", "Launch__c": "launches@example.com"}[sobject]
    assert [tuple(row) for row in made] == [("Picked", "Client of Picked", sobject, "ours", lead)]
    reason = world.one("SELECT reason FROM sync.decision WHERE source_salesforce_id = :id", id=other)
    field = {"Opportunity": "Amount", "Launch__c": "Budget__c"}[sobject]
    assert reason == f"{field} is not at least 5000; the rule ours takes only records where it is."


def test_Baton_2_a_record_that_comes_to_meet_its_rule_in_the_org_becomes_a_project_in_the_next_run(
    world: World,
) -> None:
    add_rule(world, "ours", RULES["Launch__c"])
    launch = of_object(world, "Launch__c", "Grows", SMALL)
    bring(world)
    assert world.rows("SELECT FROM delivery.projects") == []

    world.people().update("Launch__c", launch, {"Budget__c": LARGE})
    bring(world)
    bring(world)

    assert world.one("SELECT name, source_salesforce_id FROM delivery.projects") == ("Grows", launch)
