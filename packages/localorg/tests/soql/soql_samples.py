"""What the tests of SOQL ask about: one small org. A test may add records of its own, and changes none of these."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from material import MATERIAL

from localorg.errors import OrgError
from localorg.org import Org

CORPUS = MATERIAL / "recorded" / "soql" / "corpus.jsonl"

CUSTOM = """
objects:
  Delivery_Project__c:
    label: Delivery Project
    fields:
      Opportunity__c: {type: reference, to: Opportunity}
      Skills__c: {type: multipicklist, values: [Design, Build, Run, Überblick]}
      Is_Billable__c: {type: checkbox}
      Started__c: {type: datetime}
      Code__c: {type: text, length: 40, externalId: true, unique: true, caseSensitive: true}
  Delivery_Task__c:
    label: Delivery Task
    fields:
      Project__c: {type: reference, to: Delivery_Project__c}
      Lead__c: {type: reference, to: Contact}
  Delivery_Hour__c:
    label: Delivery Hour
    fields:
      Task__c: {type: reference, to: Delivery_Task__c}
      Spent__c: {type: number, precision: 8, scale: 2}
      Opens__c: {type: time}
"""

CURRENCIES = "org: {multiCurrency: {corporate: EUR, rates: {USD: 1.25, CHF: 0.5}}}\n"


@dataclass
class StandingClock:
    """Shows the same moment until a test moves it. 2026-05-06 was a Wednesday."""

    moment: datetime = field(default=datetime(2026, 5, 6, 11, 56, 44, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.moment


def fill(org: Org) -> dict[str, str]:
    """Three accounts in a row of parents, contacts, opportunities, projects and tasks; their ids by name."""
    ids: dict[str, str] = {}

    def create(sobject: str, name: str, **fields: Any) -> None:
        given = {key: ids.get(value, value) if isinstance(value, str) else value for key, value in fields.items()}
        ids[name] = org.create(sobject, given)

    bern = {"BillingCity": "Bern", "BillingLatitude": 46.948, "BillingLongitude": 7.4474}
    zurich = {"BillingCity": "Zürich", "BillingLatitude": 47.3769, "BillingLongitude": 8.5417}
    create("Account", "Acme", Name="Acme", Industry="Banking", AnnualRevenue=100, **bern)
    create("Account", "Globex", Name="Globex", Industry="Apparel", AnnualRevenue=300, ParentId="Acme", **zurich)
    create("Account", "Öko", Name="Öko", ParentId="Globex")
    create("Contact", "Ann", FirstName="Ann", LastName="Özil", AccountId="Acme", Email="ann@acme.example")
    create("Contact", "Bob", LastName="Bob")
    create("Lead", "Lea", LastName="Lea", Company="Leas")
    for name, stage, amount, day, account in (
        ("Roof", "Closed Won", 50, "2025-12-31", "Acme"),
        ("Wall", "Prospecting", None, "2026-01-01", "Acme"),
        ("Door", "Closed Won", 20, "2026-04-30", "Globex"),
    ):
        create("Opportunity", name, Name=name, StageName=stage, CloseDate=day, Amount=amount, AccountId=account)
    create("OpportunityContactRole", "Role", OpportunityId="Roof", ContactId="Ann", Role="Evaluator")
    create("Task", "Call", Subject="Call", WhatId="Acme", WhoId="Ann")
    create("Task", "Mail", Subject="Mail", WhatId="Roof", WhoId="Lea")
    create("Task", "Idle", Subject="Idle")
    project = "Delivery_Project__c"
    create(
        project, "P1", Name="P1", Opportunity__c="Roof", Skills__c="Design;Build", Code__c="AbC", Is_Billable__c=True
    )
    create(project, "P2", Name="P2", Skills__c="Run;Überblick", Code__c="aBc", Started__c="2026-02-08T23:30:00Z")
    create("Delivery_Task__c", "T1", Name="T1", Project__c="P1", Lead__c="Ann")
    create("Delivery_Task__c", "T2", Name="T2", Project__c="P1")
    create("Delivery_Hour__c", "H1", Name="H1", Task__c="T1", Spent__c=1.5)
    return ids


def rows(org: Org, soql: str, **options: Any) -> list[list[Any]]:
    """The values of each record without its attributes, and of its parents likewise."""
    return [_plain(record) for record in org.query(soql, **options).records(0, 2_000)]


def column(org: Org, soql: str, **options: Any) -> list[Any]:
    """The last value of each record."""
    return [row[-1] for row in rows(org, soql, **options)]


def refusal(org: Org, soql: str) -> OrgError:
    """What the org says to a query that it does not take."""
    with pytest.raises(OrgError) as caught:
        org.query(soql)
    return caught.value


def _plain(record: dict[str, Any]) -> list[Any]:
    values = []
    for key, value in record.items():
        if isinstance(value, dict) and "records" in value:
            values.append([_plain(child) for child in value["records"]])
        elif isinstance(value, dict) and "attributes" in value:
            values.append(_plain(value))
        elif key != "attributes":
            values.append(value)
    return values
