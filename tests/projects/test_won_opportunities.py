"""What the shipped rule does with opportunities, on a real Postgres."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.projects.delivery_desk import Desk


@pytest.mark.parametrize(
    "stage",
    [
        pytest.param("Prospecting", id="BigTime-8"),
        pytest.param("Negotiation/Review", id="BigTime-8-a-later-stage"),
        pytest.param("Closed Lost", id="BigTime-8-lost"),
    ],
)
def test_an_opportunity_before_the_stage_makes_no_project_and_the_decision_says_why(desk: Desk, stage: str) -> None:
    opportunity = desk.put_opportunity(stage=stage)

    (counts,) = desk.run()

    assert (counts.looked_at, counts.made, counts.not_picked, desk.projects()) == (1, 0, 1, 0)
    decision = desk.decision(opportunity)
    assert decision.outcome == "not_picked"
    assert decision.reason == f"StageName is '{stage}'; the rule won_opportunities waits for 'Closed Won'."


def test_Baton_14_BigTime_9_an_opportunity_that_comes_to_the_stage_makes_a_project(desk: Desk) -> None:
    opportunity = desk.put_opportunity(stage="Prospecting", name="Roll-out in Łódź 🚀", amount=Decimal("1234.56"))
    desk.run()
    desk.move(opportunity, "Closed Won")

    (counts,) = desk.run()

    assert (counts.looked_at, counts.made) == (1, 1)
    project = desk.project()
    assert project.source_salesforce_id == project.opportunity_salesforce_id == opportunity
    assert (project.rule, project.source_sobject) == ("won_opportunities", "Opportunity")
    assert desk.decision(opportunity).outcome == "made"
    assert desk.decision(opportunity).project_id == project.id


def test_BigTime_13_an_opportunity_saved_straight_at_the_stage_makes_a_project(desk: Desk) -> None:
    desk.put_opportunity(stage="Closed Won")

    (counts,) = desk.run()

    assert counts.made == desk.projects() == 1


def test_Baton_14_an_opportunity_that_stays_at_the_stage_makes_no_second_project(desk: Desk) -> None:
    desk.put_opportunity()
    desk.run()

    (counts,) = desk.run()

    assert (counts.looked_at, desk.projects()) == (0, 1)


def test_Baton_14_a_project_that_the_team_deleted_stays_deleted_while_the_stage_stays(desk: Desk) -> None:
    opportunity = desk.put_opportunity()
    desk.run()
    desk.do("DELETE FROM delivery.projects")
    desk.change("Opportunity", opportunity, name="Renamed")

    desk.run()

    assert desk.projects() == 0


def test_Baton_14_an_opportunity_that_left_the_stage_and_came_back_makes_a_project_anew(desk: Desk) -> None:
    opportunity = desk.put_opportunity()
    desk.run()
    desk.do("DELETE FROM delivery.projects")
    desk.move(opportunity, "Negotiation/Review")
    desk.run()
    desk.move(opportunity, "Closed Won")

    (counts,) = desk.run()

    assert counts.made == desk.projects() == 1


def test_Baton_14_coming_back_to_the_stage_makes_no_second_project(desk: Desk) -> None:
    opportunity = desk.put_opportunity()
    desk.run()
    for stage in ("Negotiation/Review", "Closed Won"):
        desk.move(opportunity, stage)
        (counts,) = desk.run()
        assert (counts.made, counts.exists, desk.projects()) == (0, 1, 1)

    assert desk.decision(opportunity).reason == "There is a project for it already; no second one is made."
    assert desk.decision(opportunity).project_id == desk.project().id


def test_Baton_17_every_project_gets_the_default_lead(desk: Desk) -> None:
    desk.put_opportunity()
    desk.put_opportunity()

    desk.run()

    leads = [row.lead_email for row in desk.ask("SELECT lead_email FROM delivery.projects")]
    assert leads == ["delivery.lead@example.com"] * 2


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("name", 'The "big"\none, for Zoë', id="BigTime-4"),
        pytest.param("client_name", "Acme, Inc.", id="BigTime-5"),
        pytest.param("contract_value", Decimal("123456789012345.67"), id="exact-amount"),
        pytest.param("description", "Two\nlines", id="two-lines"),
    ],
)
def test_a_new_project_gets_the_one_time_fields(desk: Desk, column: str, value: object) -> None:
    account = desk.put_account(name="Acme, Inc.")
    desk.put_opportunity(
        account_id=account,
        name='The "big"\none, for Zoë',
        amount=Decimal("123456789012345.67"),
        description="Two\nlines",
    )

    desk.run()

    assert desk.project()._mapping[column] == value


def test_Baton_18_a_later_change_in_salesforce_does_not_overwrite_the_project(desk: Desk) -> None:
    opportunity = desk.put_opportunity(name="As sold", amount=10)
    desk.run()
    desk.change("Opportunity", opportunity, name="Renamed", amount=99, stage="Negotiation/Review")
    desk.run()
    desk.move(opportunity, "Closed Won")

    desk.run()

    assert (desk.project().name, desk.project().contract_value) == ("As sold", 10)


def test_Baton_18_what_the_team_wrote_stays(desk: Desk) -> None:
    desk.put_opportunity(name="As sold")
    desk.run()
    desk.do("UPDATE delivery.projects SET name = 'Ours', lead_email = 'me@example.com'")

    desk.run()

    assert (desk.project().name, desk.project().lead_email) == ("Ours", "me@example.com")


def test_Baton_21_a_project_that_the_team_made_and_linked_is_neither_filled_nor_doubled(desk: Desk) -> None:
    opportunity = desk.put_opportunity(name="As sold", stage="Prospecting")
    desk.run()
    desk.do(
        "INSERT INTO delivery.projects (source_sobject, source_salesforce_id, name, lead_email)"
        " VALUES ('Opportunity', :id, 'Ours', 'me@example.com')",
        id=opportunity,
    )
    desk.move(opportunity, "Closed Won")

    (counts,) = desk.run()

    assert (counts.made, counts.exists) == (0, 1)
    assert (desk.project().name, desk.project().contract_value, desk.project().template) == ("Ours", None, None)


@pytest.mark.parametrize(
    ("deal_type", "template"),
    [
        pytest.param("New Customer", "onboarding", id="Baton-23-onboarding"),
        pytest.param("Existing Customer - Upgrade", "upgrade", id="Baton-23-upgrade"),
    ],
)
def test_the_value_of_a_field_chooses_the_template(desk: Desk, deal_type: str, template: str) -> None:
    opportunity = desk.put_opportunity(deal_type=deal_type)

    (counts,) = desk.run()

    assert (desk.project().template, counts.flagged) == (template, 0)
    assert desk.decision(opportunity).reason == f"Made from template '{template}'."


def test_Baton_23_the_project_begins_with_the_phases_and_tasks_of_its_template(desk: Desk) -> None:
    desk.put_opportunity(deal_type="New Customer")
    desk.put_opportunity(deal_type="Existing Customer - Upgrade")

    desk.run(today=date(2026, 1, 30))

    rows = desk.ask(
        "SELECT h.position AS phase, h.name AS phase_name, t.position, t.name, t.hours, t.due_on"
        " FROM delivery.tasks t JOIN delivery.phases h ON h.id = t.phase_id"
        " JOIN delivery.projects p ON p.id = t.project_id WHERE p.template = 'onboarding'"
        " ORDER BY h.position, t.position"
    )
    assert len(rows) == 14
    assert [tuple(row) for row in rows][:4] == [
        (1, "Kick-off", 1, "Hand-over from sales", 2, date(2026, 2, 1)),
        (1, "Kick-off", 2, "Welcome call with the client", 1, date(2026, 2, 4)),
        (1, "Kick-off", 3, "Agree on goals and success measures", 4, date(2026, 2, 9)),
        (2, "Design", 1, "Workshop on processes", 8, date(2026, 2, 16)),
    ]
    assert tuple(rows[-1]) == (4, "Launch", 4, "Review after two weeks", 2, date(2026, 4, 24))
    (upgrade,) = desk.ask(
        "SELECT count(*) AS n FROM delivery.tasks JOIN delivery.projects p ON p.id = project_id"
        " WHERE p.template = 'upgrade'"
    )
    assert upgrade.n == 8


def test_Baton_24_a_value_without_template_gets_the_default_and_is_flagged(desk: Desk) -> None:
    opportunity = desk.put_opportunity(deal_type="Barter")

    (counts,) = desk.run()

    assert (desk.project().template, counts.made, counts.flagged) == ("standard", 1, 1)
    assert desk.decision(opportunity).reason == (
        "Type = 'Barter' has no template in rules/won_opportunities.yaml: made with the default template 'standard'."
    )


@pytest.mark.parametrize("empty", [None, ""])
def test_Baton_24_an_empty_value_gets_the_default_and_is_nothing_to_correct(desk: Desk, empty: str | None) -> None:
    opportunity = desk.put_opportunity(deal_type=empty)

    (counts,) = desk.run()

    assert (desk.project().template, counts.flagged) == ("standard", 0)
    assert desk.decision(opportunity).reason == "Type is empty: made with the default template 'standard'."


def test_BigTime_3_BigTime_6_projects_of_one_account_have_one_client(desk: Desk) -> None:
    account = desk.put_account(name="Acme")
    desk.put_opportunity(account_id=account, name="First")
    desk.run()
    desk.put_opportunity(account_id=account, name="Second")

    desk.run()

    clients = [row.account_id for row in desk.ask("SELECT account_id FROM delivery.projects")]
    assert clients == [account, account]
    assert len(desk.ask("SELECT FROM crm.accounts")) == 1


def test_BigTime_7_a_new_account_is_the_new_projects_client(desk: Desk) -> None:
    desk.put_opportunity(account_id=desk.put_account(name="Old"))
    desk.run()
    new = desk.put_account(name="New")
    desk.put_opportunity(account_id=new)

    desk.run()

    (project,) = desk.ask("SELECT client_name FROM delivery.projects_current WHERE account_id = :id", id=new)
    assert project.client_name == "New"


def test_Beyond_3_an_opportunity_without_account_waits_and_says_for_what(desk: Desk) -> None:
    opportunity = desk.put_opportunity(account_id=None)

    (counts,) = desk.run()

    assert (counts.made, counts.waits, desk.projects()) == (0, 1, 0)
    assert desk.decision(opportunity).outcome == "waits"
    assert desk.decision(opportunity).reason == (
        "AccountId is empty, or the Account has no Name: the project's client_name comes from it."
        " Fill it in Salesforce; each run looks again."
    )


def test_Beyond_3_what_waited_becomes_a_project_once_it_is_complete_though_the_stage_stayed(desk: Desk) -> None:
    opportunity = desk.put_opportunity(account_id=None)
    desk.run()
    desk.change("Opportunity", opportunity, account_id=desk.put_account())

    (counts,) = desk.run()

    assert counts.made == desk.projects() == 1
    assert desk.decision(opportunity).outcome == "made"


def test_Beyond_3_a_deleted_opportunity_is_not_picked_until_it_is_restored(desk: Desk) -> None:
    opportunity = desk.put_opportunity(is_deleted=True)
    (first,) = desk.run()
    (second,) = desk.run()
    assert (first.not_picked, second.looked_at, desk.projects()) == (1, 0, 0)
    assert desk.decision(opportunity).reason == "It is deleted in Salesforce."

    desk.change("Opportunity", opportunity, is_deleted=False)
    desk.run()

    assert desk.projects() == 1


def test_a_project_outlives_its_opportunity(desk: Desk) -> None:
    opportunity = desk.put_opportunity()
    desk.run()
    desk.change("Opportunity", opportunity, is_deleted=True)

    desk.run()

    assert desk.project().source_salesforce_id == opportunity
