"""Rules that a team writes itself: other objects, other criteria, several at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from closedwon.errors import MappingFault
from closedwon.mapping.model import Catalog, ChangesTo, TemplateChoice
from tests.projects.delivery_desk import Desk, open_desk

WriteCatalog = Callable[..., Catalog]

SOURCE_OBJECTS = (
    *("Account", "Campaign", "Case", "Contact", "ContractLineItem", "Entitlement", "Lead", "LiveChatTranscript"),
    *("MessagingSession", "Opportunity", "Quote", "QuoteLineItem", "ServiceAppointment", "ServiceContract", "Task"),
    *("UserServicePresence", "WorkOrder", "WorkOrderLineItem", "Launch__c"),
)
OTHER_OBJECTS = [pytest.param(name, id=f"Baton-16-{name}") for name in ("Product2", "Asset", "User", "Event", "Order")]
OBJECT = """
sobject: {sobject}
table: crm.things
direction: receive
fields:
  - {{salesforce: Name, column: name, type: text, direction: receive}}
  - {{salesforce: Status__c, column: status, type: picklist, direction: receive}}
  - {{salesforce: Send_to_Delivery__c, column: send_to_delivery, type: boolean, direction: receive}}
  - {{salesforce: Starts__c, column: starts_on, type: date, direction: receive}}
"""
REFERENCE = (
    "  - {salesforce: AccountId, column: account_id, type: reference, direction: receive, references: crm.accounts}\n"
)
RULE = """
source: {sobject}
when: {{field: {when}}}
default_lead: lead@example.com
once:
  - {{column: name, sobject: {sobject}, field: Name}}
"""


def test_Baton_12_a_rule_without_source_makes_projects_of_opportunities(
    engine: Engine, write_catalog: WriteCatalog
) -> None:
    rule = RULE.format(sobject="Opportunity", when="Send_to_Delivery__c, is_checked: true")
    rule = rule.replace("source: Opportunity\n", "")
    desk = open_desk(engine, write_catalog(things=OBJECT.format(sobject="Opportunity"), rules__checked=rule))
    desk.put("Opportunity", name="Sold", send_to_delivery=True)

    desk.run()

    assert (desk.project().name, desk.project().source_sobject) == ("Sold", "Opportunity")


def test_Baton_13_objects_without_a_rule_make_no_projects(desk: Desk) -> None:
    desk.put_account()
    desk.put("Contact", last_name="Doe")

    (counts,) = desk.run()

    assert (counts.looked_at, desk.projects()) == (0, 0)


def test_Baton_11_BigTime_2_source_and_stage_are_what_the_rule_file_says(
    engine: Engine, write_catalog: WriteCatalog
) -> None:
    rule = RULE.format(sobject="Launch__c", when="Status__c, changes_to: [Signed, Countersigned]")
    desk = open_desk(engine, write_catalog(launches=OBJECT.format(sobject="Launch__c"), rules__launches=rule))
    desk.put("Launch__c", name="Picked", status="Countersigned")
    other = desk.put("Launch__c", name="Not picked", status="Closed Won")

    desk.run()

    assert (desk.project().name, desk.project().source_sobject) == ("Picked", "Launch__c")
    assert desk.project().opportunity_salesforce_id is None
    assert desk.decision(other).reason == (
        "Status__c is 'Closed Won'; the rule launches waits for 'Signed' or 'Countersigned'."
    )


@pytest.mark.parametrize("stage", ["Verbal", "Closed Won"])
def test_BigTime_1_BigTime_2_an_opportunity_that_reaches_the_stage_of_the_rule_becomes_a_project(
    desk: Desk, stage: str
) -> None:
    (rule,) = desk.catalog.rules
    desk.catalog = replace(desk.catalog, rules=(replace(rule, when=ChangesTo("StageName", (stage,))),))
    opportunity = desk.put_opportunity(stage="Prospecting", name="Roll-out")
    desk.run()
    assert desk.projects() == 0

    desk.move(opportunity, stage)
    desk.run()

    assert (desk.project().name, desk.project().source_salesforce_id) == ("Roll-out", opportunity)


@pytest.mark.parametrize(
    "sobject", [pytest.param("Opportunity", id="Baton-15-standard"), pytest.param("Launch__c", id="Baton-15-custom")]
)
def test_a_checkbox_picks_a_record_when_it_is_set(engine: Engine, write_catalog: WriteCatalog, sobject: str) -> None:
    rule = RULE.format(sobject=sobject, when="Send_to_Delivery__c, is_checked: true")
    desk = open_desk(engine, write_catalog(things=OBJECT.format(sobject=sobject), rules__checked=rule))
    record = desk.put(sobject, name="Thing", send_to_delivery=False)
    desk.run()
    assert desk.projects() == 0
    assert desk.decision(record).reason == "Send_to_Delivery__c is not checked; the rule checked waits until it is."

    desk.change(sobject, record, send_to_delivery=True)
    desk.run()

    assert desk.project().name == "Thing"


@pytest.mark.parametrize("sobject", [pytest.param(name, id=f"Baton-16-{name}") for name in SOURCE_OBJECTS])
def test_these_objects_can_be_sources(write_catalog: WriteCatalog, sobject: str) -> None:
    rule = RULE.format(sobject=sobject, when="Send_to_Delivery__c, is_checked: true")

    catalog = write_catalog(things=OBJECT.format(sobject=sobject), rules__checked=rule)

    assert [rule.source for rule in catalog.rules] == [sobject]


@pytest.mark.parametrize("sobject", OTHER_OBJECTS)
def test_other_standard_objects_are_refused_as_sources(write_catalog: WriteCatalog, sobject: str) -> None:
    rule = RULE.format(sobject=sobject, when="Send_to_Delivery__c, is_checked: true")

    with pytest.raises(MappingFault, match=f"records of {sobject} cannot become projects"):
        write_catalog(things=OBJECT.format(sobject=sobject), rules__checked=rule)


def test_Baton_17_a_rule_without_default_lead_is_refused(write_catalog: WriteCatalog) -> None:
    rule = RULE.format(sobject="Launch__c", when="Send_to_Delivery__c, is_checked: true").replace("default_lead", "#")

    with pytest.raises(MappingFault, match="default_lead"):
        write_catalog(things=OBJECT.format(sobject="Launch__c"), rules__checked=rule)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        pytest.param(
            "name, sobject: Launch__c, field: Starts__c", "Starts__c is date in things.yaml", id="Baton-19-type"
        ),
        pytest.param("nmae, sobject: Launch__c, field: Name", "did you mean 'name'", id="Baton-19-column"),
        pytest.param("code, sobject: Launch__c, field: Name", "a rule cannot fill `code`", id="Baton-19-our-own"),
        pytest.param("start_on, sobject: Launch__c, field: Starts__c", "fills no `name`", id="Baton-19-no-name"),
        pytest.param(
            "name, sobject: Launch__c, field: Name}\n  - {column: name, sobject: Launch__c, field: Status__c",
            "is filled a second time",
            id="Baton-20-twice",
        ),
    ],
)
def test_a_field_that_cannot_fill_a_column_is_a_finding_of_the_file(
    write_catalog: WriteCatalog, lines: str, message: str
) -> None:
    rule = RULE.format(sobject="Launch__c", when="Send_to_Delivery__c, is_checked: true")
    rule = rule.replace("name, sobject: Launch__c, field: Name", lines)

    with pytest.raises(MappingFault, match=message) as raised:
        write_catalog(things=OBJECT.format(sobject="Launch__c"), rules__checked=rule)

    assert "rules/checked.yaml:" in str(raised.value)


def test_Baton_19_a_one_time_field_takes_a_column_from_the_source_or_from_an_object_that_it_refers_to(
    engine: Engine, write_catalog: WriteCatalog
) -> None:
    things = OBJECT.format(sobject="Launch__c") + REFERENCE
    accounts = ACCOUNTS + "  - {salesforce: Description, column: description, type: text, direction: receive}\n"
    rule = RULE.format(sobject="Launch__c", when="Send_to_Delivery__c, is_checked: true")
    rule += "  - {column: start_on, sobject: Launch__c, field: Starts__c}\n"
    rule += "  - {column: private_notes, sobject: Account, field: Description}\n"
    desk = open_desk(engine, write_catalog(accounts=accounts, things=things, rules__checked=rule))
    account = desk.put_account(description="call first")
    launch = {"name": "Launch", "starts_on": date(2026, 4, 1), "send_to_delivery": True}
    desk.put("Launch__c", **launch, account_id=account)

    desk.run()

    project = desk.project()
    assert (project.name, project.start_on, project.private_notes) == ("Launch", date(2026, 4, 1), "call first")


@pytest.mark.parametrize("number", [1, 2, 7])
def test_Baton_20_a_rule_fills_as_many_columns_as_it_has_one_time_fields(
    engine: Engine, write_catalog: WriteCatalog, number: int
) -> None:
    texts = ["name", "client_name", "description", "private_notes", "risk_status", "health", "health_note"]
    columns = texts[:number]
    rule = RULE.format(sobject="Launch__c", when="Send_to_Delivery__c, is_checked: true")
    rule += "".join(f"  - {{column: {column}, sobject: Launch__c, field: Name}}\n" for column in columns[1:])
    desk = open_desk(engine, write_catalog(things=OBJECT.format(sobject="Launch__c"), rules__checked=rule))
    desk.put("Launch__c", name="Thing", send_to_delivery=True)

    desk.run()

    assert [column for column in texts if desk.project()._mapping[column] == "Thing"] == columns


def test_Baton_14_a_label_that_never_occurs_is_refused_before_any_project_is_made(desk: Desk) -> None:
    rule = replace(desk.catalog.rules[0], when=ChangesTo("Type", ("Custmer - Direct",)), source="Account")
    desk.catalog = replace(desk.catalog, rules=(rule,))
    desk.put_account()

    with pytest.raises(MappingFault, match="Type = 'Custmer - Direct' is not one of the"):
        desk.run()

    assert desk.projects() == 0


def test_Baton_11_a_rule_names_labels_and_the_warehouse_holds_codes(desk: Desk) -> None:
    (rule,) = desk.catalog.rules
    (accounts,) = (m for m in desk.catalog.inbound if m.sobject == "Account")
    (field,) = (f for f in accounts.fields if f.salesforce == "Type")
    assert field.values
    (wanted, code), (other, other_code) = list(field.values.codes.items())[:2]
    rule = replace(
        rule,
        source="Account",
        when=ChangesTo("Type", (wanted,)),
        once=tuple(replace(once, sobject="Account") for once in rule.once if once.column == "name"),
        template=TemplateChoice("Type", values={wanted: "upgrade"}),
    )
    desk.catalog = replace(desk.catalog, rules=(rule,))
    account = desk.put_account(company_type=code)
    not_picked = desk.put("Account", name="Other", company_type=other_code)

    desk.run()

    assert (desk.project().account_id, desk.project().template) == (account, "upgrade")
    assert f"Type is '{other}'" in desk.decision(not_picked).reason


def test_Baton_11_two_rules_each_make_a_project_of_their_own(desk: Desk) -> None:
    (rule,) = desk.catalog.rules
    desk.catalog = replace(desk.catalog, rules=(rule, replace(rule, name="second", id="second")))
    desk.put_opportunity()

    desk.run()

    made_by = [row.rule for row in desk.ask("SELECT rule FROM delivery.projects ORDER BY 1")]
    assert made_by == ["second", "won_opportunities"]


def test_Baton_11_a_rule_that_is_widened_picks_what_is_there_already(desk: Desk) -> None:
    desk.put_opportunity(stage="Verbal")
    desk.run()
    (rule,) = desk.catalog.rules
    when = replace(rule.when, changes_to=("Closed Won", "Verbal"))
    desk.catalog = replace(desk.catalog, rules=(replace(rule, when=when),))

    (made,) = desk.run()
    (after,) = desk.run()

    assert (made.made, after.looked_at, desk.projects()) == (1, 0, 1)


def test_Baton_14_moving_between_two_wanted_stages_brings_no_deleted_project_back(desk: Desk) -> None:
    (rule,) = desk.catalog.rules
    when = replace(rule.when, changes_to=("Closed Won", "Verbal"))
    desk.catalog = replace(desk.catalog, rules=(replace(rule, when=when),))
    opportunity = desk.put_opportunity(stage="Verbal")
    desk.run()
    desk.do("DELETE FROM delivery.projects")

    for stage in ("Closed Won", "Verbal"):
        desk.move(opportunity, stage)
        desk.run()

    assert desk.projects() == 0
    assert desk.decision(opportunity).reason == (
        "Its project has been deleted or unlinked; the rule won_opportunities makes none until StageName has changed"
        " and come back."
    )


ACCOUNTS = """
sobject: Account
table: crm.accounts
direction: receive
fields:
  - {salesforce: Name, column: name, type: text, direction: receive}
"""
RELATED = (
    "  - {salesforce: WhatId, column: related, type: reference, direction: receive, references: [crm.%s, crm.%s]}\n"
)


@pytest.mark.parametrize(("first", "second"), [("accounts", "things"), ("things", "accounts")])
def test_a_reference_to_several_objects_gives_the_client_only_where_it_leads_to_an_account(
    engine: Engine, write_catalog: WriteCatalog, first: str, second: str
) -> None:
    rule = RULE.format(sobject="Task", when="Send_to_Delivery__c, is_checked: true")
    tasks = OBJECT.format(sobject="Task").replace("crm.things", "crm.todos") + RELATED % (first, second)
    things = OBJECT.format(sobject="Launch__c")
    desk = open_desk(engine, write_catalog(accounts=ACCOUNTS, things=things, todos=tasks, rules__todos=rule))
    account, launch = desk.put("Account", name="Acme"), desk.put("Launch__c", name="Launch")
    (client,) = desk.ask("SELECT id FROM crm.accounts")
    (thing,) = desk.ask("SELECT id FROM crm.things")
    assert client.id == thing.id  # the row's id alone cannot tell the two apart
    for name, row_id, salesforce_id in [
        ("of an account", client.id, account),
        ("of a launch", thing.id, launch),
        ("of nothing", None, None),
    ]:
        desk.put("Task", name=name, send_to_delivery=True, related=row_id, related_salesforce_id=salesforce_id)

    desk.run()

    assert {row.name: row.account_id for row in desk.ask("SELECT name, account_id FROM delivery.projects")} == {
        "of an account": client.id,
        "of a launch": None,
        "of nothing": None,
    }
