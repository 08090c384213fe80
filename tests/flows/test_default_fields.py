"""What the shipped mapping files read of each record beside its own data: its stamps, who changed it, its parent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from sqlalchemy import Engine

from closedwon.counts import Counts
from localorg.server import running_org
from tests.world import MAPPINGS, ROOT, World, fill_org

FAMILIES = """
    SELECT c.name, p.name, p.salesforce_id = c.parent_id_salesforce_id
      FROM crm.accounts c LEFT JOIN crm.accounts p ON p.id = c.parent_id
     WHERE c.parent_id_salesforce_id IS NOT NULL
"""
FIELDS = ("CreatedDate", "LastModifiedDate", "LastModifiedById", "ParentId")


@pytest.mark.parametrize("table", ["users", "accounts", "contacts", "opportunities"])
def test_each_record_says_when_it_was_made_and_when_and_by_whom_it_was_changed(world: World, table: str) -> None:
    world.run_import()

    rows = world.rows(f"""
        SELECT r.created_at <= r.last_modified_at AND r.last_modified_at <= r.system_modstamp, u.name
          FROM crm.{table} r LEFT JOIN crm.users u ON u.id = r.last_modified_by_id
    """)

    assert rows
    assert {tuple(row) for row in rows} == {(True, "Local Admin")}


def test_an_account_and_its_parent_come_in_one_run_though_the_parent_is_younger(world: World) -> None:
    people = world.people()
    (child,) = people.query("SELECT Id FROM Account WHERE Name = 'Globex'")
    people.update("Account", child["Id"], {"ParentId": people.create("Account", {"Name": "Globex Holding"})})

    world.run_import()

    assert [tuple(row) for row in world.rows(FAMILIES)] == [("Globex", "Globex Holding", True)]
    assert world.is_in_parity()


def test_an_account_whose_parent_waits_in_quarantine_comes_without_it_and_is_linked_later(world: World) -> None:
    world.without_fallbacks()
    people = world.people()
    parent = people.create("Account", {"Name": "Globex Holding", "Industry": "Llama Farming"})
    child = people.create("Account", {"Name": "Globex Ltd", "ParentId": parent})
    people.create("Contact", {"LastName": "Nye", "AccountId": child})

    counts = world.run_import()

    assert (counts["accounts"].rejected, counts["contacts"].rejected) == (1, 0)
    assert [tuple(row) for row in world.rows(FAMILIES)] == [("Globex Ltd", None, None)]

    people.update("Account", parent, {"Industry": "Banking"})
    world.run_import()

    assert [tuple(row) for row in world.rows(FAMILIES)] == [("Globex Ltd", "Globex Holding", True)]


@pytest.fixture
def older(tmp_path: Path, engine: Engine, database_url: str) -> Iterator[World]:
    """An org with records, and an empty warehouse whose mapping files lack the fields of this page."""
    folder = Path(copytree(MAPPINGS, tmp_path / "older"))
    for file in folder.glob("*.yaml"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not any(f"salesforce: {name}," in line for name in FIELDS)]
        file.write_text("".join(kept), encoding="utf-8")
    with running_org(tmp_path / "org", objects=ROOT / "demo" / "org.yaml") as org:
        world = World(org, engine, database_url, tmp_path, mappings=folder)
        fill_org(world.people())
        yield world


def test_records_that_were_imported_before_the_fields_were_there_get_their_values(older: World) -> None:
    older.run_import()
    assert older.rows("SELECT FROM information_schema.columns WHERE column_name LIKE 'last\\_modified%'") == []

    older.mappings = MAPPINGS
    counts = older.run_import()

    assert counts["accounts"] == Counts(read=3, written=3)
    for table in ("users", "accounts", "contacts", "opportunities"):
        columns = "created_at, last_modified_at, last_modified_by_id"
        assert older.rows(f"SELECT FROM crm.{table} WHERE num_nulls({columns}) > 0") == []
    assert older.is_in_parity()


@pytest.fixture
def world_of_two_currencies(tmp_path: Path, engine: Engine, database_url: str) -> Iterator[World]:
    """An org with EUR and GBP, and an empty warehouse."""
    shipped = (ROOT / "demo" / "org.yaml").read_text(encoding="utf-8")
    objects = tmp_path / "org.yaml"
    objects.write_text("org:\n  multiCurrency: {corporate: EUR, rates: {GBP: 0.85}}\n" + shipped, encoding="utf-8")
    with running_org(tmp_path / "org", objects=objects) as org:
        yield World(org, engine, database_url, tmp_path)


@pytest.mark.parametrize(("is_written", "columns"), [(False, []), (True, ["accounts", "opportunities"])])
def test_the_currency_of_an_amount_is_received_where_receive_is_written_in_its_line(
    world_of_two_currencies: World, is_written: bool, columns: list[str]
) -> None:
    world = world_of_two_currencies
    if is_written:
        world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
        for name in columns:
            file = world.mappings / f"{name}.yaml"
            file.write_text(re.sub(r"(CurrencyIsoCode.*direction: )none", r"\1receive", file.read_text()))
    world.people().create("Account", {"Name": "Acme", "AnnualRevenue": 5, "CurrencyIsoCode": "GBP"})

    world.run_import()

    there = "SELECT table_name FROM information_schema.columns WHERE (table_schema, column_name) = ('crm', 'currency')"
    assert [row.table_name for row in world.rows(f"{there} ORDER BY 1")] == columns
    assert not is_written or world.one("SELECT currency FROM crm.accounts") == "GBP"
