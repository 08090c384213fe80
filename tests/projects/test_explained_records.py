"""`closedwon explain` says in three lines why a record is, or is not, a project."""

from __future__ import annotations

from closedwon.flows.explanation import explain
from closedwon.ids import to_id18
from tests.projects.delivery_desk import Desk
from tests.projects.test_quarantined_records import DEAL, hold


def told(desk: Desk, record: str) -> list[str]:
    return explain(desk.engine, desk.catalog, record)


def test_Beyond_3_a_record_that_became_a_project_is_told_with_rule_reason_and_project(desk: Desk) -> None:
    deal = desk.put_opportunity(name="Acme roll-out")
    desk.run()

    came, decided, project = told(desk, deal)

    assert came == f"{deal} is Opportunity, row 1 of crm.opportunities."
    assert decided.startswith("The rule won_opportunities decided 2")
    assert f": made. {desk.decision(deal).reason}" in decided
    assert project.startswith("It has the project P-000001 'Acme roll-out', made 2")


def test_Beyond_3_a_record_that_is_no_project_is_told_with_the_reason_of_the_rule(desk: Desk) -> None:
    deal = desk.put_opportunity(stage="Negotiation")
    desk.run()

    _, decided, project = told(desk, deal)

    assert f": not_picked. {desk.decision(deal).reason}" in decided
    assert project == "It has no project."


def test_Beyond_3_a_record_that_waits_in_quarantine_is_told_with_what_keeps_it_away(desk: Desk) -> None:
    hold(desk, "opportunities", DEAL)

    came, decided, _ = told(desk, DEAL)

    assert came.startswith(f"{DEAL} has not come in: it waits in sync.quarantine since 2")
    assert came.endswith(": Amount = '-5' is below 0. Correct it in Salesforce.")
    assert decided == "No rule has looked at it."


def test_a_newer_state_that_waits_is_told_beside_the_row(desk: Desk) -> None:
    deal = desk.put_opportunity()
    hold(desk, "opportunities", deal)

    came, _, _ = told(desk, deal)

    assert "row 1 of crm.opportunities. A newer state of it waits in sync.quarantine since" in came


def test_a_record_that_the_rule_has_not_seen_yet_is_told_with_the_run_that_takes_it(desk: Desk) -> None:
    _, decided, _ = told(desk, desk.put_opportunity())

    assert decided == "No decision yet: the rule won_opportunities takes it at the next run of the DAG `projects`."


def test_a_record_of_an_object_that_no_rule_takes_is_told_so(desk: Desk) -> None:
    _, decided, _ = told(desk, desk.put("Account", name="Acme"))

    assert decided == "No rule takes records of Account: see the folder `rules` of the mapping files."


def test_a_record_that_nothing_is_known_of_is_told_with_where_to_look(desk: Desk) -> None:
    came, _, project = told(desk, to_id18("0065g0000000009"))

    assert "has not come in: no import has read it. See whether a mapping receives its object" in came
    assert project == "It has no project."


def test_a_project_that_the_team_unlinked_is_told_as_one_that_was(desk: Desk) -> None:
    deal = desk.put_opportunity()
    desk.run()
    desk.do("UPDATE delivery.projects SET source_sobject = NULL, source_salesforce_id = NULL")

    *_, project = told(desk, deal)

    assert project == "It has no project any more: 1 of delivery.projects was unlinked or deleted."


def test_a_record_is_told_although_the_table_of_a_new_mapping_is_not_made_yet(desk: Desk) -> None:
    deal = desk.put_opportunity()
    desk.do("DROP TABLE crm.contacts CASCADE")

    assert len(told(desk, deal)) == 3
