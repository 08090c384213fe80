"""Projects whose account is merged into another one in Salesforce."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from closedwon.flows.projects import make_projects
from localorg.server import running_org
from tests.projects.delivery_desk import TODAY, Desk
from tests.world import ROOT, World


@pytest.mark.parametrize("is_made_by_hand", [False, True], ids=["by-the-rule", "by-hand"])
def test_a_project_follows_its_opportunity_to_the_account_that_its_own_was_merged_into(
    desk: Desk, is_made_by_hand: bool
) -> None:
    loser, winner = desk.put_account(name="Acme"), desk.put_account(name="ACME Inc.")
    deal = desk.put_opportunity(account_id=loser)
    desk.run()
    if is_made_by_hand:
        desk.do("UPDATE delivery.projects SET rule = NULL")
    desk.change("Opportunity", deal, account_id=winner)
    desk.do("UPDATE crm.accounts SET is_deleted = true WHERE id = :id", id=loser)

    (counts,) = desk.run()

    assert (desk.project().account_id, desk.project().client_name) == (winner, "Acme")
    assert (counts.made, counts.moved) == (0, 1)


def test_a_project_stays_with_its_account_when_its_opportunity_is_moved_to_another(desk: Desk) -> None:
    account, other = desk.put_account(), desk.put_account()
    deal = desk.put_opportunity(account_id=account)
    desk.run()
    desk.change("Opportunity", deal, account_id=other)

    desk.run()

    assert desk.project().account_id == account


def test_a_project_stays_with_a_deleted_account_where_no_other_is_known(desk: Desk) -> None:
    account = desk.put_account()
    desk.put_opportunity(account_id=account)
    desk.run()
    desk.do("UPDATE crm.accounts SET is_deleted = true")

    desk.run()

    assert desk.project().account_id == account


def test_a_merge_in_the_org_takes_the_projects_along(tmp_path: Path, engine: Engine, database_url: str) -> None:
    with running_org(tmp_path / "org", objects=ROOT / "demo" / "org.yaml") as org:
        world = World(org, engine, database_url, tmp_path)
        loser, winner = (world.people().create("Account", {"Name": name}) for name in ("Acme", "ACME Inc."))
        deal = {"Name": "Roll-out", "StageName": "Closed Won", "CloseDate": "2026-12-31", "AccountId": loser}
        world.people().create("Opportunity", deal)
        (rule,) = world.catalog.rules
        world.run_import()
        make_projects(engine, world.catalog, rule, run_id="first", today=TODAY)
        org.control.merge("Account", winner, [loser])

        world.run_import()
        make_projects(engine, world.catalog, rule, run_id="second", today=TODAY)

        account = "SELECT a.salesforce_id FROM delivery.projects p JOIN crm.accounts a ON a.id = p.account_id"
        assert world.rows(account) == [(winner,)]
