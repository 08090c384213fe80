from __future__ import annotations

from collections.abc import Iterator

import pytest
from org_samples import CUSTOM, Sales, StandingClock

from localorg.org import Org
from localorg.schema import Schema, load_schema


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    file = tmp_path_factory.mktemp("schema") / "custom.yaml"
    file.write_text(CUSTOM, encoding="utf-8")
    return load_schema(file)


@pytest.fixture
def org(schema: Schema, clock: StandingClock) -> Iterator[Org]:
    org = Org(schema, None, clock)
    yield org
    org.close()


@pytest.fixture
def sales(org: Org) -> Sales:
    acme = org.create("Account", {"Name": "Acme", "Industry": "Banking", "AnnualRevenue": 100, "BillingCity": "Bern"})
    globex = org.create("Account", {"Name": "Globex", "AnnualRevenue": 300})
    ann = org.create(
        "Contact", {"FirstName": "Ann", "LastName": "Özil", "AccountId": acme, "Email": "ann@acme.example"}
    )
    bob = org.create("Contact", {"LastName": "Bob", "AccountId": None})
    for name, stage, amount, account in (
        ("Roof", "Closed Won", 50, acme),
        ("Wall", "Prospecting", None, acme),
        ("Door", "Closed Lost", 20, globex),
    ):
        fields = {"Name": name, "StageName": stage, "CloseDate": "2026-04-30", "Amount": amount, "AccountId": account}
        org.create("Opportunity", fields)
    return Sales(acme, globex, ann, bob)
