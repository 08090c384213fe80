"""`closedwon link` and `closedwon unlink` on a warehouse that an import and a rule have filled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine, text

from closedwon.flows.projects import make_projects
from localorg.server import RunningOrg, running_org
from tests.world import ROOT, World, fill_org

Closedwon = Callable[..., Result]


@pytest.fixture
def org(tmp_path: Path) -> Iterator[RunningOrg]:
    """An org of the test's own, as the tests change its records."""
    with running_org(tmp_path / "org", objects=ROOT / "demo" / "org.yaml") as org:
        yield org


@pytest.fixture
def world(
    org: RunningOrg, engine: Engine, database_url: str, mappings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> World:
    """A warehouse, named in an Airflow Connection, with the org's records and the projects of those that are won."""
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", database_url)
    world = World(org, engine, database_url, tmp_path, mappings)
    fill_org(world.people())
    bring(world)
    return world


def bring(world: World) -> None:
    world.run_import()
    for rule in world.catalog.rules:
        make_projects(world.engine, world.catalog, rule, run_id=world.next_run(), today=date(2026, 12, 31))


def test_Baton_22_a_project_is_unlinked_and_linked_again_by_the_command(closedwon: Closedwon, world: World) -> None:
    code, deal = world.one("SELECT code, source_salesforce_id FROM delivery.projects")

    unlinked = closedwon("unlink", code)
    bring(world)
    linked = closedwon("link", code, deal)

    assert (unlinked.exit_code, unlinked.output) == (0, f"{code} is no longer linked to Opportunity {deal}.\n")
    assert (linked.exit_code, linked.output) == (0, f"{code} is linked to Opportunity {deal}.\n")
    assert world.one("SELECT code, source_salesforce_id FROM delivery.projects") == (code, deal)


def test_Baton_22_a_project_made_by_hand_is_linked_to_an_opportunity_that_is_won_later(
    closedwon: Closedwon, world: World
) -> None:
    (deal,) = world.people().query("SELECT Id FROM Opportunity WHERE StageName = 'Prospecting'")
    with world.engine.begin() as connection:
        ours = "INSERT INTO delivery.projects (name, lead_email) VALUES ('Ours', 'me@example.com') RETURNING code"
        code = connection.scalar(text(ours))

    closedwon("link", code, deal["Id"])
    world.people().update("Opportunity", deal["Id"], {"StageName": "Closed Won"})
    bring(world)

    of_deal = "SELECT code, name, contract_value FROM delivery.projects WHERE source_salesforce_id = :id"
    assert world.one(of_deal, id=deal["Id"]) == (code, "Ours", None)


def test_a_link_that_cannot_be_ends_with_status_1_and_what_to_do(closedwon: Closedwon, world: World) -> None:
    code, deal = world.one("SELECT code, source_salesforce_id FROM delivery.projects")

    refused = closedwon("link", "P-9", deal)

    assert refused.exit_code == 1
    assert refused.output == (
        "Error: There is no project 'P-9'.\nTake the code from delivery.projects, for example P-000042.\n"
    )
    assert world.one("SELECT code FROM delivery.projects") == code
