"""Rules with further conditions: what a record must meet beside its trigger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from closedwon.mapping.model import Catalog
from closedwon.mapping.reader import read_catalog, require_sound
from tests.projects.delivery_desk import Desk, open_desk

WriteCatalog = Callable[..., Catalog]

ACCOUNTS = """
sobject: Account
table: crm.accounts
direction: receive
fields:
  - {salesforce: Name, column: name, type: text, direction: receive}
  - {salesforce: Type, column: company_type, type: picklist, direction: receive, values: account_type}
"""
DEALS = """
sobject: Opportunity
table: crm.opportunities
direction: receive
fields:
  - {salesforce: Name, column: name, type: text, direction: receive}
  - {salesforce: StageName, column: stage, type: picklist, direction: receive}
  - {salesforce: Type, column: deal_type, type: picklist, direction: receive}
  - {salesforce: Amount, column: amount, type: number, direction: receive}
  - {salesforce: CloseDate, column: close_on, type: date, direction: receive}
  - {salesforce: Signed__c, column: is_signed, type: boolean, direction: receive}
  - {salesforce: AccountId, column: account_id, type: reference, direction: receive, references: crm.accounts}
  - {salesforce: Owner.Email, column: owner_email, type: text, direction: receive}
"""
RULE = """
when: {field: StageName, changes_to: [Closed Won]}
only_if:
%s
default_lead: lead@example.com
once:
  - {column: name, sobject: Opportunity, field: Name}
"""


@pytest.fixture
def open_with(engine: Engine, write_catalog: WriteCatalog, tmp_path: Any) -> Callable[..., Desk]:
    """A desk whose rule `won` has these conditions."""

    def build(*conditions: str) -> Desk:
        values = tmp_path / "values" / "account_type.csv"
        values.parent.mkdir()
        values.write_text("label,code\nCustomer - Direct,customer\nProspect,prospect\n")
        rule = RULE % "\n".join(f"  - {{{condition}}}" for condition in conditions)
        return open_desk(engine, write_catalog(accounts=ACCOUNTS, deals=DEALS, rules__won=rule))

    return build


MET_OR_NOT = [
    pytest.param("field: Type, is: [New, Renewal]", {"deal_type": "Renewal"}, "", id="is"),
    pytest.param(
        "field: Type, is: [New, Renewal]",
        {"deal_type": "Upgrade"},
        "Type is 'Upgrade'; the rule won takes only 'New' or 'Renewal'.",
        id="is-another",
    ),
    pytest.param(
        "field: Type, is: [New]", {}, "Type is empty; the rule won takes only 'New'.", id="is-and-the-field-is-empty"
    ),
    pytest.param("field: Type, is_not: [Upgrade]", {"deal_type": "New"}, "", id="is_not"),
    pytest.param("field: Type, is_not: [Upgrade]", {}, "", id="is_not-and-the-field-is-empty"),
    pytest.param(
        "field: Type, is_not: [Upgrade]",
        {"deal_type": "Upgrade"},
        "Type is 'Upgrade', which the rule won does not take.",
        id="is_not-but-is",
    ),
    pytest.param("field: Amount, at_least: 1000", {"amount": 1000}, "", id="at_least"),
    pytest.param(
        "field: Amount, at_least: 1000.01",
        {"amount": "1000.00999"},
        "Amount is not at least 1000.01; the rule won takes only records where it is.",
        id="at_least-but-less",
    ),
    pytest.param(
        "field: Amount, at_least: 0",
        {},
        "Amount is empty; the rule won takes only records that have it.",
        id="at_least-and-the-field-is-empty",
    ),
    pytest.param("field: Amount, at_most: 10", {"amount": 10}, "", id="at_most"),
    pytest.param(
        "field: Amount, at_least: 1, at_most: 10",
        {"amount": 11},
        "Amount is not at least 1 and at most 10; the rule won takes only records where it is.",
        id="a-range",
    ),
    pytest.param("field: CloseDate, at_least: 2026-01-01", {"close_on": date(2026, 1, 1)}, "", id="a-day"),
    pytest.param(
        "field: CloseDate, at_least: 2026-01-01",
        {"close_on": date(2025, 12, 31)},
        "CloseDate is not at least 2026-01-01; the rule won takes only records where it is.",
        id="a-day-before",
    ),
    pytest.param("field: Amount, is_empty: true", {}, "", id="is_empty"),
    pytest.param(
        "field: Amount, is_empty: true",
        {"amount": 0},
        "Amount is not empty; the rule won takes only records where it is.",
        id="is_empty-but-is-not",
    ),
    pytest.param("field: Type, is_empty: false", {"deal_type": "New"}, "", id="is-filled"),
    pytest.param(
        "field: Type, is_empty: false",
        {"deal_type": ""},
        "Type is empty; the rule won takes only records that have it.",
        id="is-filled-but-is-empty",
    ),
    pytest.param("field: Signed__c, is_checked: true", {"is_signed": True}, "", id="is_checked"),
    pytest.param(
        "field: Signed__c, is_checked: true",
        {"is_signed": None},
        "Signed__c is not checked; the rule won waits until it is.",
        id="is_checked-but-is-not",
    ),
    pytest.param(
        "field: Signed__c, is_checked: false",
        {"is_signed": True},
        "Signed__c is checked; the rule won waits until it is not.",
        id="is-not-checked-but-is",
    ),
    pytest.param("field: Owner.Email, is: [me@example.com]", {"owner_email": "me@example.com"}, "", id="a-dotted-line"),
]


@pytest.mark.parametrize(("condition", "values", "reason"), MET_OR_NOT)
def test_Baton_2_a_won_record_becomes_a_project_only_if_it_meets_the_rules_condition(
    open_with: Callable[..., Desk], condition: str, values: dict[str, Any], reason: str
) -> None:
    desk = open_with(condition)
    deal = desk.put_opportunity(**values)

    (counts,) = desk.run()

    decision = desk.decision(deal)
    assert (decision.outcome, decision.reason) == (
        ("not_picked", reason) if reason else ("made", "Made without a template.")
    )
    assert (counts.made, counts.not_picked, desk.projects()) == ((0, 1, 0) if reason else (1, 0, 1))


@pytest.mark.parametrize(("company_type", "made"), [("customer", 1), ("prospect", 0), (None, 0)])
def test_Baton_2_a_condition_may_be_on_a_record_that_the_source_refers_to_by_its_label(
    open_with: Callable[..., Desk], company_type: str | None, made: int
) -> None:
    desk = open_with("field: Account.Type, is: [Customer - Direct]")
    deal = desk.put_opportunity(account_id=desk.put_account(company_type=company_type))

    desk.run()

    assert desk.projects() == made
    if company_type == "prospect":
        assert desk.decision(deal).reason == (
            "Account.Type is 'Prospect'; the rule won takes only 'Customer - Direct'."
        )


def test_Baton_2_all_conditions_must_be_met_and_the_first_that_is_not_is_the_reason(
    open_with: Callable[..., Desk],
) -> None:
    desk = open_with("field: Amount, at_least: 10", "field: Type, is: [New]", "field: Signed__c, is_checked: true")
    deal = desk.put_opportunity(amount=10, deal_type="Old", is_signed=False)

    desk.run()

    assert desk.decision(deal).reason == "Type is 'Old'; the rule won takes only 'New'."


def test_Baton_14_a_record_whose_condition_comes_true_later_becomes_one_project_though_its_stage_stayed(
    open_with: Callable[..., Desk],
) -> None:
    desk = open_with("field: Amount, at_least: 1000")
    deal = desk.put_opportunity(amount=999)
    desk.run()
    desk.change("Opportunity", deal, amount=1000)

    (counts,) = desk.run()
    (after,) = desk.run()

    assert (counts.made, after.looked_at, desk.projects()) == (1, 0, 1)
    assert desk.decision(deal).unmet is None


def test_a_condition_on_the_account_comes_true_with_the_account(open_with: Callable[..., Desk]) -> None:
    desk = open_with("field: Account.Type, is: [Customer - Direct]")
    account = desk.put("Account", name="Acme", company_type="prospect")
    (row,) = desk.ask("SELECT id FROM crm.accounts")
    desk.put_opportunity(account_id=row.id)
    desk.run()
    desk.change("Account", account, company_type="customer")

    (counts,) = desk.run()

    assert counts.made == desk.projects() == 1


def test_a_record_that_does_not_meet_its_condition_is_looked_at_again_only_when_its_value_changes(
    open_with: Callable[..., Desk],
) -> None:
    desk = open_with("field: Type, is: [New]")
    deal = desk.put_opportunity(deal_type="Upgrade")
    (first,), (second,) = desk.run(), desk.run()
    desk.change("Opportunity", deal, deal_type="Renewal")
    (third,) = desk.run()

    assert [counts.looked_at for counts in (first, second, third)] == [1, 0, 1]
    assert desk.decision(deal).reason == "Type is 'Renewal'; the rule won takes only 'New'."


def test_a_record_that_no_longer_meets_its_condition_keeps_its_project(open_with: Callable[..., Desk]) -> None:
    desk = open_with("field: Amount, at_least: 1000")
    deal = desk.put_opportunity(amount=1000)
    desk.run()
    desk.change("Opportunity", deal, amount=1)

    (counts,) = desk.run()

    assert (counts.looked_at, desk.projects(), desk.decision(deal).outcome) == (0, 1, "made")


def test_Baton_14_a_deleted_project_stays_deleted_when_the_condition_goes_and_comes(
    open_with: Callable[..., Desk],
) -> None:
    desk = open_with("field: Amount, at_least: 1000")
    deal = desk.put_opportunity(amount=1000)
    desk.run()
    desk.do("DELETE FROM delivery.projects")
    for amount in (1, 1000):
        desk.change("Opportunity", deal, amount=amount)
        desk.run()

    assert desk.projects() == 0


def test_an_edited_condition_is_looked_at_anew(open_with: Callable[..., Desk], tmp_path: Any) -> None:
    desk = open_with("field: Amount, at_least: 1000")
    desk.put_opportunity(amount=10)
    kept = desk.put_opportunity(amount=3)
    desk.run()
    rule = tmp_path / "rules" / "won.yaml"
    rule.write_text(rule.read_text().replace("1000", "10"))
    desk.catalog = require_sound(read_catalog(tmp_path))

    (counts,) = desk.run()

    assert (counts.made, counts.not_picked) == (1, 1)
    assert desk.decision(kept).reason == "Amount is not at least 10; the rule won takes only records where it is."
