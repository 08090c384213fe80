"""Which record a row is written to, after a backup, beside another warehouse, and when records are gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from closedwon.flows import outbound
from closedwon.mapping.model import Field, Key, Mapping, Send
from localorg.server import running_org
from tests.outbound.export_desk import ROOT, Desk, open_desk

FORGET = "TRUNCATE delivery.projects, sync.link, sync.plan RESTART IDENTITY CASCADE"
"""A new warehouse at the same org; also what a backup of before the first project leaves."""


def test_a_code_that_a_record_of_another_deal_carries_is_not_written_over(desk: Desk) -> None:
    deal_a, deal_b = desk.opportunities(2)
    desk.project(deal_a, private_notes="A's own")
    desk.export()
    desk.do(FORGET)
    repeated = desk.project(deal_b, private_notes="B's own")

    desk.plan()

    (refused,) = desk.ledger()
    assert (refused.row_id, refused.state, refused.code, refused.after) == (
        repeated,
        "rejected",
        "EXTERNAL_ID_TAKEN",
        {},
    )
    assert (
        f"carries its Project_ID__c 'P-000001', but another Opportunity__c: '{deal_a}' and not '{deal_b}'"
        in refused.message
    )
    assert "set id of row 1 in delivery.projects to DEFAULT" in refused.message
    (record,) = desk.records(fields="Opportunity__c, Private_Notes__c")
    assert (record["Opportunity__c"], record["Private_Notes__c"]) == (deal_a, "A's own")


def test_the_remedy_gives_the_project_a_code_that_nobody_has_and_new_projects_as_well(desk: Desk) -> None:
    desk.projects(3)
    desk.export()
    desk.do(FORGET)
    repeated = desk.project()
    desk.do("INSERT INTO delivery.phases (project_id, position, name) VALUES (:id, 1, 'Build')", id=repeated)
    desk.plan()

    desk.do("UPDATE delivery.projects SET id = DEFAULT WHERE id = :id", id=repeated)
    desk.project()
    counts = desk.export()

    assert [row.code for row in desk.ask("SELECT code FROM delivery.projects ORDER BY id")] == ["P-000004", "P-000005"]
    assert desk.ask("SELECT project_id FROM delivery.phases")[0].project_id == 4
    assert (counts.ok, len(desk.records())) == (2, 5)


def test_a_record_of_the_same_deal_is_adopted_with_what_it_held(desk: Desk) -> None:
    (deal,) = desk.opportunities(1)
    desk.project(deal, health="Green")
    desk.export()
    (there,) = desk.records()
    desk.do(FORGET)
    desk.project(deal, health="Red")

    counts = desk.export()

    assert (counts.planned, counts.ok) == (1, 1)
    assert (desk.last().before, desk.last().after) == ({"Health__c": "Green"}, {"Health__c": "Red"})
    assert [link.salesforce_id for link in desk.ask("SELECT salesforce_id FROM sync.link")] == [there["Id"]]


def test_a_record_that_is_as_the_row_already_is_linked_without_a_write(desk: Desk) -> None:
    (deal,) = desk.opportunities(1)
    desk.project(deal)
    desk.export()
    desk.do(FORGET)
    project = desk.project(deal)

    counts = desk.plan()

    assert (counts.planned, counts.unchanged) == (0, 1)
    assert [link.row_id for link in desk.ask("SELECT row_id FROM sync.link")] == [project]


def test_a_row_whose_record_is_another_rows_is_refused(desk: Desk) -> None:
    (deal,) = desk.opportunities(1)
    project = desk.project(deal)
    desk.export()
    desk.do("UPDATE sync.link SET row_id = 99")

    counts = desk.plan()

    assert (counts.planned, counts.rejected) == (1, 1)
    assert (desk.last().row_id, desk.last().code) == (project, "LINK_CONFLICT")
    assert "but row 99 is linked to it already" in desk.last().message


def test_Baton_30_an_external_id_in_other_letters_is_the_same_id(desk: Desk) -> None:
    project = desk.project()
    desk.export()
    desk.sf.Delivery_Project__c.update(desk.record(project)["Id"], {"Project_ID__c": "p-000001"})
    desk.do("UPDATE delivery.projects SET health = 'Red'")

    counts = desk.export()

    assert (counts.ok, counts.rejected) == (1, 0)
    assert [record["Health__c"] for record in desk.records()] == ["Red"]


def test_an_external_id_that_is_a_number_finds_its_record_as_well(numbered_desk: Desk) -> None:
    numbered_desk.projects(2)
    numbered_desk.export()
    numbered_desk.do("DELETE FROM sync.link")

    counts = numbered_desk.export()

    assert (counts.planned, len(numbered_desk.ask("SELECT FROM sync.link"))) == (0, 2)
    assert [record["Number__c"] for record in numbered_desk.records(fields="Number__c")] == [1, 2]


@pytest.mark.parametrize("retype", [str.lower, str.upper, lambda record_id: record_id[:15]])
def test_an_id_that_people_have_typed_in_another_form_is_the_same_record(
    desk: Desk, retype: Callable[[str], str]
) -> None:
    (deal,) = desk.opportunities(1)
    desk.do("CREATE TABLE delivery.scores (id bigint PRIMARY KEY, deal text, score text)")
    desk.do("INSERT INTO delivery.scores VALUES (1, :deal, 'Green')", deal=retype(deal))
    fields = (Field("Project_Health__c", "score", "text", "send"),)
    send = Send(Key("Id", "deal"))
    desk.use(Mapping("scores", "scores.yaml", "Opportunity", "delivery.scores", "send", fields, send=send))

    counts = desk.export("scores")

    assert (counts.ok, desk.last().salesforce_id) == (1, deal)
    assert desk.sf.Opportunity.get(deal)["Project_Health__c"] == "Green"


def keyed_by(desk: Desk, expression: str) -> None:
    """From now on the projects' external id is this expression."""
    desk.do(f"CREATE VIEW delivery.keyed AS SELECT *, {expression} AS code_sent FROM delivery.projects_current")
    mapping = desk.mapping("projects")
    desk.use(replace(mapping, send=Send(Key("Project_ID__c", "code_sent"), "delivery.keyed")))


def test_X08_an_external_id_with_blanks_around_it_finds_its_record_again(desk: Desk) -> None:
    keyed_by(desk, "' x' || id")
    desk.project()
    desk.export()
    desk.do("UPDATE delivery.projects SET health = 'Red'")

    second, third = desk.export(), desk.export()

    assert (second.ok, second.rejected, third.planned) == (1, 0, 0)
    assert [record["Project_ID__c"] for record in desk.records()] == ["x1"]


def test_of_two_rows_whose_external_ids_salesforce_takes_for_one_the_newer_is_sent(desk: Desk) -> None:
    keyed_by(desk, "CASE id WHEN 1 THEN 'x ' ELSE 'X' END")
    desk.projects(2)

    counts = desk.export()

    assert (counts.planned, counts.ok) == (1, 1)
    assert desk.last().row_id == 2


def test_X04_the_project_of_a_deleted_opportunity_goes_on_without_it(desk: Desk) -> None:
    (deal,) = desk.opportunities(1)
    project = desk.project(deal)
    desk.export()
    desk.export("opportunity_projects")
    desk.sf.Opportunity.delete(deal)

    runs = [(desk.export("projects"), desk.export("opportunity_projects")) for _ in range(3)]
    desk.do("UPDATE delivery.projects SET health = 'Red'")
    last = desk.export("projects")

    assert [(ours.planned, theirs.planned, theirs.skipped) for ours, theirs in runs] == [(0, 1, 1)] * 3
    assert (last.planned, last.ok) == (1, 1)
    record = desk.record(project)
    assert (record["Health__c"], record["Opportunity__c"]) == ("Red", None)
    (skipped,) = desk.ask("SELECT DISTINCT message FROM sync.plan WHERE state = 'skipped'")
    assert "set source_salesforce_id of row 1 in delivery.projects to its id or to NULL" in skipped.message


def test_X04_the_remedy_ends_the_skipping(desk: Desk) -> None:
    project = desk.project()
    desk.export("opportunity_projects")
    (row,) = desk.ask("SELECT source_salesforce_id FROM delivery.projects")
    desk.sf.Opportunity.delete(row.source_salesforce_id)

    desk.do("UPDATE delivery.projects SET source_salesforce_id = NULL WHERE id = :id", id=project)

    assert desk.export("opportunity_projects").planned == 0


def test_X04_a_project_whose_opportunity_is_gone_before_its_first_export_is_skipped(desk: Desk) -> None:
    kept, deleted = desk.opportunities(2)
    desk.projects_of([kept, deleted])
    desk.sf.Opportunity.delete(deleted)

    counts = desk.export()

    assert (counts.ok, counts.skipped) == (1, 1)
    (skipped,) = desk.ask("SELECT * FROM sync.plan WHERE state = 'skipped'")
    assert (skipped.row_id, skipped.code) == (2, "ENTITY_IS_DELETED")
    assert (
        f"the record {deleted} that Delivery_Project__c.Opportunity__c refers to is not in the org" in skipped.message
    )


def test_rows_that_the_warehouse_knows_to_be_deleted_are_left_out(desk: Desk) -> None:
    kept, deleted = desk.opportunities(2)
    desk.do(
        "INSERT INTO crm.opportunities (salesforce_id, name, is_deleted) "
        "VALUES (:kept, 'kept', false), (:gone, 'gone', true)",
        kept=kept,
        gone=deleted,
    )
    desk.sf.Opportunity.delete(deleted)
    fields = (Field("Project_Health__c", "name", "text", "send"),)
    send = Send(Key("Id", "salesforce_id"))
    desk.use(Mapping("back", "back.yaml", "Opportunity", "crm.opportunities", "send", fields, send=send))

    counts = desk.export("back")

    assert (counts.planned, counts.ok) == (1, 1)
    assert desk.sf.Opportunity.get(kept)["Project_Health__c"] == "kept"


@pytest.mark.parametrize("name", ["projects", "opportunity_projects"])
def test_X05_an_org_with_several_currencies_gets_no_amounts_and_a_finding(
    engine: Engine, tmp_path: Path, name: str
) -> None:
    shipped = (ROOT / "demo" / "org.yaml").read_text()
    (tmp_path / "org.yaml").write_text("org:\n  multiCurrency: {corporate: EUR, rates: {GBP: 0.85}}\n" + shipped)
    with running_org(tmp_path / "org", objects=tmp_path / "org.yaml", tls=True) as org:
        desk = open_desk(engine, org)
        desk.project(contract_value=1000, health="Green")

        counts = desk.plan(name)
        desk.apply(name)

    amounts = ["Contract_Value__c", "Implementation_Budget__c"] if name == "projects" else []
    assert [finding.split(" is not sent")[0].split(".")[-1] for finding in counts.findings] == amounts
    assert all("the org has several currencies" in finding for finding in counts.findings)
    assert desk.last().state == "ok"
    assert "Contract_Value__c" not in desk.last().after
    assert "Green" in desk.last().after.values()


def move(desk: Desk, project: int, opportunity: str) -> None:
    desk.do("UPDATE delivery.projects SET source_salesforce_id = :to WHERE id = :id", to=opportunity, id=project)


def shown(desk: Desk, opportunity: str) -> tuple[str | None, str | None]:
    record = desk.sf.Opportunity.get(opportunity)
    return record["Project_ID__c"], record["Project_Health__c"]


def test_a_project_that_is_linked_to_another_opportunity_leaves_the_old_one_first(desk: Desk) -> None:
    old, new = desk.opportunities(2)
    project = desk.project(old, health="Green")
    desk.export("projects")
    desk.export("opportunity_projects")
    move(desk, project, new)

    first, second = desk.export("opportunity_projects"), desk.export("opportunity_projects")

    assert (first.planned, first.ok, second.planned) == (2, 2, 0)
    assert (shown(desk, old), shown(desk, new)) == ((None, None), ("P-000001", "Green"))
    given_up, written = desk.ledger()[-2:]
    assert (given_up.operation, given_up.salesforce_id, written.salesforce_id) == ("give_up", old, new)
    assert given_up.before["Project_ID__c"] == "P-000001"
    assert (desk.export("projects").ok, desk.record(project)["Opportunity__c"]) == (1, new)


def test_two_projects_that_change_places_are_both_written_in_one_export(desk: Desk) -> None:
    one, two = desk.opportunities(2)
    first, second = desk.projects_of([one, two])
    desk.export("opportunity_projects")
    move(desk, first, two)
    move(desk, second, one)

    counts, repeat = desk.export("opportunity_projects"), desk.export("opportunity_projects")

    assert (counts.rejected, repeat.planned) == (0, 0)
    assert (shown(desk, one)[0], shown(desk, two)[0]) == ("P-000002", "P-000001")


def test_an_opportunity_that_a_project_has_left_shows_the_newest_of_the_others(desk: Desk) -> None:
    old, new = desk.opportunities(2)
    desk.project(old)
    leaving = desk.project(old)
    desk.export("opportunity_projects")
    move(desk, leaving, new)

    counts, repeat = desk.export("opportunity_projects"), desk.export("opportunity_projects")

    assert (counts.rejected, repeat.planned) == (0, 0)
    assert (shown(desk, old)[0], shown(desk, new)[0]) == ("P-000001", "P-000002")


def test_an_opportunity_that_was_given_up_once_is_left_alone(desk: Desk) -> None:
    old, new = desk.opportunities(2)
    project = desk.project(old)
    desk.export("opportunity_projects")
    move(desk, project, new)
    desk.export("opportunity_projects")
    desk.sf.Opportunity.update(old, {"Project_Health__c": "by hand"})

    desk.export("opportunity_projects")

    assert shown(desk, old) == (None, "by hand")


def test_an_opportunity_is_left_for_one_that_shows_a_newer_project_as_well(desk: Desk) -> None:
    old, new = desk.opportunities(2)
    project, newer = desk.projects_of([old, new])
    desk.export("opportunity_projects")
    move(desk, project, new)

    counts = desk.export("opportunity_projects")

    assert (counts.planned, counts.ok) == (1, 1)
    assert (shown(desk, old)[0], shown(desk, new)[0]) == (None, f"P-{newer:06}")


def test_a_field_that_the_org_never_has_empty_keeps_its_value_where_a_project_leaves(desk: Desk) -> None:
    old, new = desk.opportunities(2)
    mapping = desk.mapping("opportunity_projects")
    desk.use(replace(mapping, fields=(*mapping.fields, Field("Name", "name", "text", "send"))))
    project = desk.project(old)
    desk.export("opportunity_projects")
    move(desk, project, new)

    counts = desk.export("opportunity_projects")

    assert (counts.planned, counts.ok) == (2, 2)
    assert (desk.sf.Opportunity.get(old)["Name"], shown(desk, old)[0]) == ("Acme roll-out", None)


@pytest.mark.parametrize("locked", ["old", "new"])
def test_a_plan_that_is_cleared_writes_the_one_of_both_opportunities_that_was_locked(desk: Desk, locked: str) -> None:
    deals = dict(zip(("old", "new"), desk.opportunities(2), strict=True))
    mapping = desk.mapping("opportunity_projects")
    desk.use(replace(mapping, fields=tuple(f for f in mapping.fields if f.salesforce == "Project_Health__c")))
    project = desk.project(deals["old"], health="Green")
    desk.export("opportunity_projects")
    move(desk, project, deals["new"])
    desk.plan("opportunity_projects")
    desk.org.control.order("lock", "composite/sobjects", method="PATCH", ids=[deals[locked]], count=None)
    assert desk.apply("opportunity_projects").rejected == 1
    desk.org.control.clear_faults()

    desk.plan("opportunity_projects")
    counts = desk.apply("opportunity_projects")

    assert (counts.planned, counts.ok) == (2, 2)
    assert (shown(desk, deals["old"])[1], shown(desk, deals["new"])[1]) == (None, "Green")


def test_a_long_plan_gives_up_first_as_well(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "MOST_WITHOUT_BULK", 2)
    deals = desk.opportunities(6)
    projects = desk.projects_of(deals[:3])
    desk.export("opportunity_projects")
    for project, deal in zip(projects, deals[3:], strict=True):
        move(desk, project, deal)

    counts = desk.export("opportunity_projects")

    assert (counts.planned, counts.ok) == (6, 6)
    assert [shown(desk, deal)[0] for deal in deals] == [None] * 3 + ["P-000001", "P-000002", "P-000003"]


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param("UPDATE delivery.projects SET source_salesforce_id = NULL", id="unlinked"),
        pytest.param("UPDATE delivery.projects SET source_sobject = 'Case'", id="of another object"),
        pytest.param("DELETE FROM delivery.projects", id="deleted"),
    ],
)
def test_an_opportunity_whose_project_is_unlinked_or_deleted_shows_it_no_longer(desk: Desk, leave: str) -> None:
    (deal,) = desk.opportunities(1)
    desk.project(deal, health="Green")
    desk.export("opportunity_projects")
    desk.do(leave)

    first, second = desk.export("opportunity_projects"), desk.export("opportunity_projects")

    assert (first.planned, first.ok, second.planned) == (1, 1, 0)
    assert shown(desk, deal) == (None, None)
    assert (desk.last().operation, desk.last().before["Project_ID__c"]) == ("give_up", "P-000001")


def test_opportunities_stay_as_they_are_where_more_than_ten_and_a_fifth_of_their_projects_are_deleted(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    deals = desk.opportunities(11)
    desk.projects_of(deals)
    desk.export("opportunity_projects")
    desk.do("DELETE FROM delivery.projects")

    assert desk.export("opportunity_projects").planned == 0
    assert [shown(desk, deal)[0] for deal in deals] == [f"P-{number:06}" for number in range(1, 12)]
    assert "11 of the 11 rows that Opportunity records show were deleted or unlinked" in caplog.text


def test_an_opportunity_whose_newest_project_is_deleted_shows_the_one_before_in_one_write(desk: Desk) -> None:
    (deal,) = desk.opportunities(1)
    desk.project(deal)
    newest = desk.project(deal)
    desk.export("opportunity_projects")
    desk.do("DELETE FROM delivery.projects WHERE id = :id", id=newest)

    counts = desk.export("opportunity_projects")

    assert (counts.planned, desk.last().operation) == (1, "update")
    assert shown(desk, deal)[0] == "P-000001"


def test_a_project_that_the_view_leaves_out_is_still_shown(desk: Desk) -> None:
    (deal,) = desk.opportunities(1)
    desk.project(deal)
    desk.do("CREATE VIEW delivery.current AS SELECT * FROM delivery.projects_current WHERE NOT is_archived")
    mapping = desk.mapping("opportunity_projects")
    desk.use(replace(mapping, send=Send(Key("Id", "opportunity_salesforce_id"), "delivery.current")))
    desk.export("opportunity_projects")
    desk.do("UPDATE delivery.projects SET is_archived = true")

    assert desk.export("opportunity_projects").planned == 0
    assert shown(desk, deal)[0] == "P-000001"
