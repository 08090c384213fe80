"""What a project takes from its record beside the one-time fields: its lead, and the day from which its dates count."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.projects.delivery_desk import TODAY, Desk

DAY_AFTER_BY_TASK = (
    "SELECT p.name, min(t.due_on) AS first, max(t.due_on) AS last FROM delivery.tasks t"
    " JOIN delivery.projects p ON p.id = t.project_id GROUP BY p.id ORDER BY p.id"
)


def bend(desk: Desk, **keys: Any) -> None:
    (rule,) = desk.catalog.rules
    desk.catalog = replace(desk.catalog, rules=(replace(rule, **keys),))


def put_owner(desk: Desk, email: str | None) -> int:
    salesforce_id = desk.put("User", name="Owner", email=email)
    return int(desk.ask("SELECT id FROM crm.users WHERE salesforce_id = :id", id=salesforce_id)[0].id)


@pytest.mark.parametrize(
    ("email", "lead"),
    [
        pytest.param("owner@example.com", "owner@example.com", id="the-owner"),
        pytest.param(" owner@example.com ", "owner@example.com", id="with-blanks"),
        pytest.param(None, "delivery.lead@example.com", id="an-owner-without-address"),
        pytest.param("", "delivery.lead@example.com", id="an-empty-address"),
        pytest.param("nobody", "delivery.lead@example.com", id="no-address"),
    ],
)
def test_the_owner_becomes_the_lead_where_the_rule_says_so_else_the_default(
    desk: Desk, email: str | None, lead: str
) -> None:
    bend(desk, lead="Owner.Email")
    desk.put_opportunity(owner_id=put_owner(desk, email))

    desk.run()

    assert desk.project().lead_email == lead


def test_a_record_without_owner_gets_the_default_lead(desk: Desk) -> None:
    bend(desk, lead="Owner.Email")
    desk.put_opportunity()

    desk.run()

    assert desk.project().lead_email == "delivery.lead@example.com"


def test_dates_count_from_each_records_own_day_and_from_the_run_where_it_is_empty(desk: Desk) -> None:
    bend(desk, dates_from="CloseDate")
    desk.put_opportunity(name="Closed", close_on=date(2026, 1, 31), deal_type="New Customer")
    desk.put_opportunity(name="Open end", close_on=None, deal_type="New Customer")
    desk.put_opportunity(name="Leap", close_on=date(2028, 2, 28), deal_type="New Customer")

    desk.run()

    assert list(map(tuple, desk.ask(DAY_AFTER_BY_TASK))) == [
        ("Closed", date(2026, 2, 2), date(2026, 4, 25)),
        ("Open end", date(2026, 3, 4), date(2026, 5, 25)),
        ("Leap", date(2028, 3, 1), date(2028, 5, 22)),
    ]
    starts = [row.start_on for row in desk.ask("SELECT start_on FROM delivery.projects ORDER BY id")]
    assert starts == [date(2026, 1, 31), TODAY, date(2028, 2, 28)]


def test_without_the_key_dates_count_from_the_run_and_no_start_is_set(desk: Desk) -> None:
    desk.put_opportunity(name="Closed", close_on=date(2026, 1, 31), deal_type="New Customer")

    desk.run()

    assert [tuple(row)[1] for row in desk.ask(DAY_AFTER_BY_TASK)] == [date(2026, 3, 4)]
    assert desk.project().start_on is None


def test_a_template_that_changes_touches_no_project_that_is_there(desk: Desk) -> None:
    desk.put_opportunity(name="Before", deal_type="New Customer")
    desk.run()
    kept = desk.ask("SELECT * FROM delivery.tasks ORDER BY id")
    onboarding = desk.catalog.templates["onboarding"]
    shorter = replace(onboarding, phases=onboarding.phases[:1])
    desk.catalog = replace(desk.catalog, templates={**desk.catalog.templates, "onboarding": shorter})
    desk.put_opportunity(name="After", deal_type="New Customer")

    desk.run()

    assert desk.ask("SELECT * FROM delivery.tasks WHERE project_id = 1 ORDER BY id") == kept
    assert len(desk.ask("SELECT FROM delivery.phases WHERE project_id = 2")) == 1
