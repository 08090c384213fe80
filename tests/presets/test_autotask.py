"""The preset `autotask`: each line of its contact and company maps, on a running import."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from tests.presets.conftest import PresetWorld, preset_world

ACCOUNT = {
    "Name": "Acme",
    "AccountNumber": "C-0042",
    "AnnualRevenue": 1234567.89,
    "BillingStreet": "1 Main St\nFloor 2",
    "BillingCity": "Köln",
    "BillingCountry": "Germany",
    "BillingPostalCode": "00123",
    "BillingState": "NRW",
    "Fax": "+49 221 1",
    "Phone": "+49 221 2",
    "Sic": "7372",
    "TickerSymbol": "ACM",
    "Type": "Other",
    "Website": "https://acme.example",
    "Rating": "Hot",
    "Industry": "Agriculture",
}
CONTACT = {
    "Email": "zoe@acme.example",
    "Fax": "+49 221 3",
    "FirstName": "Zoë",
    "OtherPhone": "+49 221 4",
    "LastName": "O'Neill",
    "MailingCity": "Bonn",
    "MailingPostalCode": "53111",
    "MailingState": "NRW",
    "MailingStreet": "2 Side St",
    "MobilePhone": "+49 170 5",
    "Phone": "+49 221 6",
    "Title": "Head of Operations",
    "Post_Code__c": "not this one",
}
PEOPLE = """
    INSERT INTO delivery.people (first_name, last_name, email)
    VALUES ('Mia', 'Desk', 'account.manager@example.com'), ('Local', 'Admin', 'local.admin@example.com')
"""


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, new_database: Callable[[], AbstractContextManager[str]]
) -> Iterator[PresetWorld]:
    """An import of Acme with its parent and three contacts, one of whom belongs to no company."""
    with new_database() as url, preset_world("autotask", tmp_path_factory.mktemp("autotask"), url) as world:
        people = world.people()
        parent = people.create("Account", {"Name": "Acme Holding", "Type": "Customer - Channel", "Industry": "Banking"})
        stranger = world.org.control.write_records(
            "User", [{"FirstName": "Ada", "LastName": "Stranger", "Username": "ada@x.example"}]
        )
        account = people.create("Account", ACCOUNT | {"ParentId": parent, "OwnerId": stranger[0]})
        people.create("Contact", CONTACT | {"AccountId": account})
        people.create("Contact", {"LastName": "Second", "AccountId": account, "Post_Code__c": "50667"})
        people.create("Contact", {"LastName": "Freelance"})
        world.prepare()
        with world.engine.begin() as connection:
            connection.execute(text(PEOPLE))
        world.run_import()
        yield world


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("email_address", "zoe@acme.example", id="Autotask-26-EMail-Address"),
        pytest.param("fax_number", "+49 221 3", id="Autotask-27-Fax-Number"),
        pytest.param("first_name", "Zoë", id="Autotask-28-First-Name"),
        pytest.param("alternate_phone", "+49 221 4", id="Autotask-29-Alternate-Phone"),
        pytest.param("last_name", "O'Neill", id="Autotask-30-Last-Name"),
        pytest.param("city", "Bonn", id="Autotask-31-City"),
        pytest.param("zip_code", "53111", id="Autotask-32-Zip-Code"),
        pytest.param("state", "NRW", id="Autotask-33-State"),
        pytest.param("address_line", "2 Side St", id="Autotask-34-Address-Line"),
        pytest.param("mobile_phone", "+49 170 5", id="Autotask-36-Mobile-Phone"),
        pytest.param("phone", "+49 221 6", id="Autotask-37-Phone"),
        pytest.param("title", "Head of Operations", id="Autotask-38-Title"),
    ],
)
def test_a_field_of_the_contact_map_arrives(world: PresetWorld, column: str, value: Any) -> None:
    assert world.one(f"SELECT {column} FROM crm.contacts WHERE last_name = 'O''Neill'") == value


def test_Autotask_35_the_post_code_is_the_zip_code_where_the_address_has_none(world: PresetWorld) -> None:
    assert world.one("SELECT zip_code FROM crm.contacts WHERE last_name = 'Second'") == "50667"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("company_number", "C-0042", id="Autotask-39-Company-Number"),
        pytest.param("company_name", "Acme", id="Autotask-40-Company-Name"),
        pytest.param("asset_value", Decimal("1234567.89"), id="Autotask-41-Asset-Value"),
        pytest.param("address_1", "1 Main St\nFloor 2", id="Autotask-42-Address-1"),
        pytest.param("city", "Köln", id="Autotask-43-City"),
        pytest.param("country", "Germany", id="Autotask-44-Country"),
        pytest.param("postal_code", "00123", id="Autotask-45-Postal-Code"),
        pytest.param("state", "NRW", id="Autotask-46-State"),
        pytest.param("fax", "+49 221 1", id="Autotask-47-Fax"),
        pytest.param("phone", "+49 221 2", id="Autotask-48-Phone"),
        pytest.param("sic_code", "7372", id="Autotask-49-SICCode"),
        pytest.param("stock_symbol", "ACM", id="Autotask-50-Stock-Symbol"),
        pytest.param("company_type", "customer", id="Autotask-51-Company-Type-that-matches-none"),
        pytest.param("web_address", "https://acme.example", id="Autotask-52-Web-Address"),
        pytest.param("classification", "Hot", id="Autotask-54-Classification"),
        pytest.param("market_segment", None, id="Autotask-56-Market-Segment-that-matches-none"),
    ],
)
def test_a_field_of_the_company_map_arrives(world: PresetWorld, column: str, value: Any) -> None:
    assert world.one(f"SELECT {column} FROM crm.companies WHERE company_name = 'Acme'") == value


def test_Autotask_12_and_53_companies_and_contacts_carry_the_ids_of_their_records(world: PresetWorld) -> None:
    ids = {record["Id"] for name in ("Account", "Contact") for record in world.people().query(f"SELECT Id FROM {name}")}

    found = world.rows("SELECT salesforce_id FROM crm.companies UNION ALL SELECT salesforce_id FROM crm.contacts")

    assert len(found) == 4
    assert {row.salesforce_id for row in found} < ids


def test_Autotask_55_an_owner_who_is_not_one_of_our_people_gives_the_default_account_manager(
    world: PresetWorld,
) -> None:
    managers = world.rows(
        "SELECT c.company_name, p.email FROM crm.companies c JOIN delivery.people p ON p.id = account_manager_id "
        "ORDER BY c.id"
    )

    assert {tuple(row) for row in managers} == {
        ("Acme", "account.manager@example.com"),
        ("Acme Holding", "local.admin@example.com"),
    }


def test_Autotask_57_a_company_has_its_parent_that_came_in_the_same_run(world: PresetWorld) -> None:
    parent = world.one(
        "SELECT p.company_name FROM crm.companies c JOIN crm.companies p ON p.id = c.parent_company_id "
        "WHERE c.company_name = 'Acme'"
    )

    assert parent == "Acme Holding"


def test_Autotask_15_the_contact_without_a_company_is_not_there(world: PresetWorld) -> None:
    assert world.rows("SELECT FROM crm.contacts WHERE last_name = 'Freelance'") == []
    assert len(world.rows("SELECT FROM crm.contacts")) == 2


def test_Autotask_3_a_change_in_salesforce_arrives_and_one_of_ours_stays_here(world: PresetWorld) -> None:
    people = world.people()
    (account,) = people.query("SELECT Id FROM Account WHERE Name = 'Acme Holding'")
    people.update("Account", account["Id"], {"Fax": "+49 221 9"})
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE crm.companies SET phone = 'ours' WHERE company_name = 'Acme'"))

    world.run_import()

    assert world.one("SELECT fax FROM crm.companies WHERE company_name = 'Acme Holding'") == "+49 221 9"
    assert [line["Phone"] for line in people.query("SELECT Phone FROM Account WHERE Name = 'Acme'")] == ["+49 221 2"]


def test_Autotask_11_new_companies_and_contacts_are_imported_and_changed_ones_updated(world: PresetWorld) -> None:
    people = world.people()
    account = people.create("Account", {"Name": "Newcomer"})
    people.create("Contact", {"LastName": "Fresh", "AccountId": account})
    (second,) = people.query("SELECT Id FROM Contact WHERE LastName = 'Second'")
    people.update("Contact", second["Id"], {"Title": "Deputy"})

    counts = world.run_import()

    assert {name: count.written for name, count in counts.items()} == {"companies": 1, "contacts": 2}
    assert world.one("SELECT title FROM crm.contacts WHERE last_name = 'Second'") == "Deputy"
