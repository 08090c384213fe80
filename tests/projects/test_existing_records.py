"""Rules that leave what was there before them, and dry runs, which say what would be made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from closedwon.flows.project_preview import preview_projects
from tests.projects.delivery_desk import Desk
from tests.projects.test_quarantined_records import DEAL, hold, release

LEFT = (
    "It was there when the rule won_opportunities ran first, which leaves such records: it is picked once StageName has"
    " changed and come back, or if rules/won_opportunities.yaml says `existing: take`."
)


def set_existing(desk: Desk, existing: str) -> None:
    (rule,) = desk.catalog.rules
    desk.catalog = replace(desk.catalog, rules=(replace(rule, existing=existing),))


@pytest.fixture
def leaving(desk: Desk) -> Desk:
    """A desk whose rule leaves what is there when it runs first."""
    set_existing(desk, "leave")
    return desk


def test_old_wins_are_left_at_the_rules_first_run_and_later_ones_become_projects(leaving: Desk) -> None:
    old, open_one = leaving.put_opportunity(), leaving.put_opportunity(stage="Prospecting")
    (first,) = leaving.run()
    leaving.move(open_one, "Closed Won")
    new = leaving.put_opportunity()

    (second,) = leaving.run()

    assert (first.made, first.not_picked, second.looked_at, second.made) == (0, 2, 2, 2)
    made = {row.source_salesforce_id for row in leaving.ask("SELECT source_salesforce_id FROM delivery.projects")}
    assert made == {open_one, new}
    assert leaving.decision(old).reason == LEFT


def test_an_old_win_that_leaves_the_stage_and_comes_back_becomes_a_project(leaving: Desk) -> None:
    old = leaving.put_opportunity()
    for stage in ("Closed Won", "Negotiation/Review", "Closed Won"):
        leaving.move(old, stage)
        leaving.run()

    assert leaving.projects() == 1
    assert not leaving.decision(old).was_there


def test_a_change_of_another_field_makes_no_project_of_an_old_win(leaving: Desk) -> None:
    old = leaving.put_opportunity()
    leaving.run()
    leaving.change("Opportunity", old, name="Renamed", amount=5)

    (counts,) = leaving.run()

    assert (counts.looked_at, leaving.projects()) == (0, 0)


def test_an_old_win_that_was_deleted_at_the_first_run_is_left_when_it_is_restored(leaving: Desk) -> None:
    old = leaving.put_opportunity(is_deleted=True)
    leaving.run()
    leaving.change("Opportunity", old, is_deleted=False)

    leaving.run()

    assert leaving.projects() == 0
    assert leaving.decision(old).reason == LEFT


def test_an_old_win_that_was_in_quarantine_at_the_first_run_is_left_when_it_comes_in(leaving: Desk) -> None:
    hold(leaving, "opportunities", DEAL)
    leaving.run()
    leaving.run()
    release(leaving)
    deal = leaving.put_opportunity()
    leaving.do("UPDATE crm.opportunities SET salesforce_id = :id WHERE salesforce_id = :old", id=DEAL, old=deal)

    leaving.run()

    assert leaving.projects() == 0
    assert leaving.decision(DEAL).reason == LEFT


def test_a_rule_that_says_take_afterwards_makes_projects_of_what_it_left(leaving: Desk) -> None:
    leaving.put_opportunity()
    leaving.run()
    set_existing(leaving, "take")

    (made,) = leaving.run()
    (after,) = leaving.run()

    assert (made.made, after.looked_at, leaving.projects()) == (1, 0, 1)


def test_a_project_that_was_made_stays_when_its_rule_says_leave(desk: Desk) -> None:
    desk.put_opportunity()
    desk.run()
    set_existing(desk, "leave")
    desk.do("DELETE FROM delivery.projects")

    (counts,) = desk.run()

    assert (counts.looked_at, desk.projects()) == (0, 0)


@pytest.mark.parametrize("has_run", [False, True], ids=["before-the-first-run", "after-it"])
def test_a_dry_run_says_what_a_backfill_would_make_and_writes_nothing(leaving: Desk, *, has_run: bool) -> None:
    old = leaving.put_opportunity()
    if has_run:
        leaving.run()
    decided = leaving.ask("SELECT * FROM sync.decision")

    preview = preview_projects(leaving.engine, leaving.catalog, leaving.catalog.rules[0])

    assert (preview.made, preview.left) == ((), (old,))
    assert preview.reasons == ({} if has_run else {f"not_picked: {LEFT}": 1})
    assert (leaving.projects(), leaving.ask("SELECT * FROM sync.decision")) == (0, decided)


def test_a_dry_run_says_what_a_run_would_make_and_why_not_the_others(desk: Desk) -> None:
    won = sorted(desk.put_opportunity(deal_type="New Customer") for _ in range(2))
    desk.put_opportunity(account_id=None)

    preview = preview_projects(desk.engine, desk.catalog, desk.catalog.rules[0])

    assert (list(preview.made), preview.left) == (won, ())
    assert preview.reasons == {
        "made: Made from template 'onboarding'.": 2,
        "waits: AccountId is empty, or the Account has no Name: the project's client_name comes from it."
        " Fill it in Salesforce; each run looks again.": 1,
    }
    assert (desk.projects(), desk.ask("SELECT FROM sync.decision"), desk.ask("SELECT FROM sync.run")) == (0, [], [])
