"""`others: receive`: every other readable field of the object comes in, without a line for each."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from closedwon.flows import inbound
from localorg.server import running_org
from tests.flows.own_org import line, open_world
from tests.world import World

OBJECTS = """
objects:
  Account:
    fields:
      Seats__c: {type: number, precision: 18, scale: 0}
      Colours__c: {type: multipicklist, values: [Red, Blue]}
      Opens__c: {type: time}
      Phone__c: {type: phone, label: Second phone}
      Secret__c: {type: text}
      Sea_Port__c: {type: text}
"""
MORE = OBJECTS.replace("    fields:\n", "    fields:\n      SeaPort__c: {type: text}\n      Tier__c: {type: text}\n")
ACCOUNTS = "\n".join(
    [
        "sobject: Account",
        "table: crm.accounts",
        "direction: receive",
        "receive: {others: receive}",
        "fields:",
        line("Name", "title", "text"),
        line("Secret__c", "secret", "text").replace("direction: receive", "direction: none"),
        "",
    ]
)


@pytest.fixture
def world(tmp_path: Path, engine: Engine, database_url: str) -> Iterator[World]:
    """An org whose accounts have custom fields, and a mapping with a line for their name alone."""
    yield from open_world(tmp_path, engine, database_url, OBJECTS, accounts=ACCOUNTS)


def columns(world: World) -> dict[str, str]:
    """The comments of the table's columns that an import has filled."""
    query = """
        SELECT attname, col_description(attrelid, attnum) FROM pg_attribute
         WHERE attrelid = 'crm.accounts'::regclass AND attnum > 0
    """
    return {name: comment for name, comment in world.rows(query) if (comment or "").startswith("Salesforce Account.")}


def row(world: World, name: str) -> Any:
    (found,) = world.rows("SELECT * FROM crm.accounts WHERE title = :name", name=name)
    return found


def test_Beyond_21_every_readable_field_comes_in_without_a_line_for_each(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    values = {"Seats__c": 7, "Colours__c": "Red;Blue", "Opens__c": "08:30:00.000Z", "Phone__c": "2", "Phone": "1"}
    parent = world.people().create("Account", {"Name": "Parent"})
    world.people().create(
        "Account",
        {"Name": "Acme", "AnnualRevenue": 10.25, "BillingCity": "Bonn", "ParentId": parent, "Secret__c": "x", **values},
    )

    with caplog.at_level(logging.INFO):
        counts = world.run_import()

    assert (counts["accounts"].written, counts["accounts"].rejected) == (2, 0)
    acme = row(world, "Acme")
    assert (acme.seats, acme.colours, str(acme.opens), acme.phone, acme.phone_c) == (
        7,
        ["Red", "Blue"],
        "08:30:00",
        "1",
        "2",
    )
    assert (acme.annual_revenue, acme.billing_city, acme.parent_id) == (Decimal("10.25"), "Bonn", parent)
    described = {field["name"]: field["type"] for field in world.people().describe("Account")["fields"]}
    unread = {"Id", "IsDeleted", "SystemModstamp", "Secret__c", "LastViewedDate", "LastReferencedDate"}
    wanted = {name for name, kind in described.items() if name not in unread and kind != "address"}
    assert {comment.split(".")[1] for comment in columns(world).values()} == wanted
    assert "accounts: `others: receive` leaves out" in caplog.text
    assert "BillingAddress (a compound field, its parts are fields of their own)" in caplog.text
    assert world.run_import() == {}


def test_a_field_that_the_org_gets_later_fills_all_rows_and_takes_no_column_of_another(world: World) -> None:
    account = world.people().create("Account", {"Name": "Acme", "Sea_Port__c": "Kiel"})
    world.run_import(run_id="before")
    before = columns(world)
    (world.folder / "more.yaml").write_text(MORE)
    with running_org(world.folder / "org", objects=world.folder / "more.yaml") as org:
        grown = World(org, world.engine, world.database_url, world.folder, mappings=world.mappings)
        grown.people().update("Account", account, {"Tier__c": "Gold", "SeaPort__c": "Bremen"})
        grown.run_import()
        grown.run_import()

    acme = row(world, "Acme")
    assert (acme.tier, acme.sea_port, acme.sea_port_c) == ("Gold", "Kiel", "Bremen")
    assert columns(world) == before | {
        "tier": "Salesforce Account.Tier__c.",
        "sea_port_c": "Salesforce Account.SeaPort__c.",
    }


def test_a_field_that_the_org_no_longer_has_leaves_its_column_and_the_comment_says_so(world: World) -> None:
    world.people().create("Account", {"Name": "Acme", "Seats__c": 7})
    world.run_import()
    world.org.control.set_access("Account.Seats__c", "hidden")
    world.people().create("Account", {"Name": "Globex"})

    world.run_import()

    assert (row(world, "Acme").seats, row(world, "Globex").seats) == (7, None)
    assert "Not filled any more since" in columns(world)["seats"]
    assert "Not filled any more" not in columns(world)["phone"]
    world.org.control.set_access("Account.Seats__c", None)
    world.run_import()
    world.run_import()
    assert columns(world)["seats"] == "Salesforce Account.Seats__c."


def test_the_tasks_of_a_run_agree_on_the_fields_whatever_the_org_gets_meanwhile(world: World) -> None:
    world.people().create("Account", {"Name": "Acme", "Seats__c": 7})
    world.prepare()
    expected = world.run_probe("one")
    mapping, batches = world.catalog.mapping("accounts"), world.batches("one", "accounts")
    options = inbound.RunOptions()
    read = inbound.extract(world.engine, world.login(), mapping, batches, expected["accounts"], options, run_id="one")
    world.org.control.set_access("Account.Seats__c", "hidden")
    world.run_probe("two")

    world.transform_and_load("accounts", read, "one")

    assert row(world, "Acme").seats == 7


@pytest.mark.parametrize(
    "more",
    [
        pytest.param("", id="alone"),
        pytest.param(", where: \"Name != 'x'\", new: {stage: onboarding}, match: [[title]]", id="with-other-keys"),
        pytest.param(", currency: {column: currency, default: EUR}", id="with-a-currency"),
    ],
)
def test_records_are_read_once_where_neither_they_nor_their_fields_change(world: World, more: str) -> None:
    lines = line("AnnualRevenue", "revenue", "number") + "\n"
    text = ACCOUNTS.replace("others: receive", f"others: receive{more}").replace("fields:\n", f"fields:\n{lines}")
    (world.mappings / "accounts.yaml").write_text(text)
    world.people().create("Account", {"Name": "Acme"})
    world.run_import()

    assert (world.run_import(), world.run_import()) == ({}, {})


def test_a_line_of_its_own_gives_a_field_another_column(world: World) -> None:
    world.people().create("Account", {"Name": "Acme", "Seats__c": 7})
    world.run_import()
    own = ACCOUNTS.replace("fields:\n", "fields:\n" + line("Seats__c", "licences", "integer") + "\n")
    (world.mappings / "accounts.yaml").write_text(own)

    world.run_import()

    assert row(world, "Acme").licences == 7
    assert "Not filled any more since" in columns(world)["seats"]
