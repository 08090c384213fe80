"""The preset `planhat`: customers, their people, and won opportunities as licences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.presets.conftest import PresetWorld, preset_world

LICENCE = {
    "Name": "Platform",
    "StageName": "Closed Won",
    "CloseDate": "2026-03-31",
    "Amount": 12000.5,
    "Licence_Start__c": "2026-04-01",
    "Licence_End__c": "2027-03-31",
    "Revenue_Type__c": "Recurring",
    "Auto_Renews__c": True,
}


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, new_database: Callable[[], AbstractContextManager[str]]
) -> Iterator[PresetWorld]:
    """An import of a customer and a prospect, each with a contact and a won opportunity, and one that is nobody's."""
    with new_database() as url, preset_world("planhat", tmp_path_factory.mktemp("planhat"), url) as world:
        people = world.people()
        world.org.control.write_records("User", [{"LastName": "Left", "Username": "left@x.example", "IsActive": False}])
        for name, kind in [("Acme", "Customer - Direct"), ("Initech", "Prospect")]:
            account = people.create("Account", {"Name": name, "Type": kind, "Customer_Id__c": f"cust-{name.lower()}"})
            people.create("Contact", {"LastName": f"Of {name}", "AccountId": account})
            people.create("Opportunity", LICENCE | {"AccountId": account})
            people.create("Opportunity", LICENCE | {"Name": "Open", "AccountId": account, "StageName": "Prospecting"})
        people.create("Opportunity", LICENCE | {"Name": "Nobody's"})
        world.run_import()
        yield world


def test_a_second_import_changes_nothing_and_both_sides_agree(world: PresetWorld) -> None:
    assert world.run_import() == {}
    assert [line.first_difference for line in world.parity()] == [""] * 4


def test_Planhat_9_the_users_whom_where_chooses_are_team_members(world: PresetWorld) -> None:
    assert [row.name for row in world.rows("SELECT name FROM crm.team_members")] == ["Local Admin"]


def test_Planhat_11_a_company_carries_the_id_by_which_usage_data_name_it(world: PresetWorld) -> None:
    assert tuple(world.one("SELECT name, external_id FROM crm.companies")) == ("Acme", "cust-acme")


def test_Planhat_13_the_owner_of_an_account_is_the_companys_team_member(world: PresetWorld) -> None:
    owner = world.one("SELECT t.name FROM crm.companies c JOIN crm.team_members t ON t.id = c.owner_id")

    assert owner == "Local Admin"


def test_Planhat_19_the_contacts_of_companies_come_with_their_company(world: PresetWorld) -> None:
    contacts = world.rows("SELECT c.last_name, a.name FROM crm.contacts c JOIN crm.companies a ON a.id = c.company_id")

    assert [tuple(contact) for contact in contacts] == [("Of Acme", "Acme")]


def test_Planhat_35_licences_come_from_the_object_that_the_mapping_names(world: PresetWorld) -> None:
    assert world.catalog.mapping("licences").sobject == "Opportunity"
    assert [row.name for row in world.rows("SELECT name FROM crm.licences")] == ["Platform"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("value", Decimal("12000.5"), id="Planhat-36-contract-value"),
        pytest.param("start_on", date(2026, 4, 1), id="Planhat-36-start"),
        pytest.param("end_on", date(2027, 3, 31), id="Planhat-36-end"),
        pytest.param("revenue_type", "Recurring", id="Planhat-36-revenue-type"),
        pytest.param("auto_renews", True, id="Planhat-36-renewal"),
    ],
)
def test_a_licence_has_its_fields(world: PresetWorld, column: str, value: Any) -> None:
    assert world.one(f"SELECT {column} FROM crm.licences") == value


def test_Planhat_38_a_licence_belongs_to_the_company_of_its_relation_field(world: PresetWorld) -> None:
    company = world.one("SELECT c.name FROM crm.licences l JOIN crm.companies c ON c.id = l.company_id")

    assert company == "Acme"


def test_a_new_licence_has_the_default_options_and_the_currency(world: PresetWorld) -> None:
    assert tuple(world.one("SELECT product, renewal_period_months, currency FROM crm.licences")) == (
        "standard",
        12,
        "EUR",
    )
