"""The file of a mapping that is received, under another name: watermark and quarantine are those of its id."""

from __future__ import annotations

import re

import pytest

from closedwon.counts import Counts
from closedwon.errors import MappingFault
from tests.world import World

FAX = "  - {salesforce: Fax, column: fax, type: text, direction: receive}\n"
WAITING = "SELECT mapping, attempts FROM sync.quarantine WHERE state = 'waiting'"


@pytest.fixture
def imported(world: World) -> World:
    """All records are in the warehouse but one account, which waits in quarantine."""
    world.without_fallbacks()
    world.people().create("Account", {"Name": "Drama", "Industry": "Llama Farming"})
    world.run_import()
    return world


def rename(world: World, new: str, own_id: str | None = None) -> None:
    """From now on the mapping file of the accounts has this name."""
    (world.mappings / "accounts.yaml").rename(world.mappings / f"{new}.yaml")
    if own_id:
        add_id(world, new, own_id)


def add_id(world: World, name: str, own_id: str) -> None:
    file = world.mappings / f"{name}.yaml"
    file.write_text(f"id: {own_id}\n{file.read_text()}")


def refuse_import(world: World) -> str:
    with pytest.raises(MappingFault) as refused:
        world.run_import()
    return str(refused.value)


def test_a_mapping_that_may_have_been_renamed_reads_nothing_and_says_what_to_add(imported: World) -> None:
    rename(imported, "companies")
    before = imported.rows("SELECT * FROM crm.accounts")

    message = refuse_import(imported)

    assert "companies.yaml: crm.accounts was filled by the mapping 'accounts', which no file receives" in message
    assert re.search("^If it was renamed, add `id: accounts` to companies.yaml", message, re.M)
    assert re.search("^If it is another mapping, add `id: companies`", message, re.M)
    assert imported.rows("SELECT * FROM crm.accounts") == before
    assert imported.one("SELECT count(*) FROM sync.watermark WHERE mapping = 'companies'") == 0


def test_others_are_read_beside_a_mapping_that_may_have_been_renamed(imported: World) -> None:
    rename(imported, "companies")
    imported.people().create("Contact", {"LastName": "New"})
    imported.prepare()

    assert set(imported.run_probe("run")) == {"companies", "contacts"}
    assert imported.read_mapping("contacts", {"contacts": 1}, imported.login(), "run").written == 1


def test_a_renamed_mapping_goes_on_with_its_watermark_and_its_quarantine(imported: World) -> None:
    rename(imported, "companies")
    refuse_import(imported)
    add_id(imported, "companies", "accounts")

    assert imported.run_import().keys() == {"accounts"}  # as the file has changed, the record is tried again

    assert list(map(tuple, imported.rows(WAITING))) == [("accounts", 2)]
    assert imported.rows("SELECT DISTINCT run_id FROM sync.window WHERE start_at IS NULL AND mapping = 'accounts'") == [
        ("run-1",)
    ]
    assert imported.run_import() == {}
    assert {row.mapping for row in imported.rows("SELECT mapping FROM sync.attention")} == {"accounts"}


def test_another_mapping_on_the_table_of_one_that_is_gone_reads_all_records(imported: World) -> None:
    rename(imported, "companies", "companies")

    assert imported.run_import() == {"companies": Counts(read=4, unchanged=3, rejected=1)}
    assert imported.run_import() == {}


def test_a_field_that_came_with_the_new_name_is_filled_in_all_rows(imported: World) -> None:
    (account, *_) = imported.rows("SELECT salesforce_id FROM crm.accounts")
    imported.people().update("Account", account.salesforce_id, {"Fax": "555"})
    imported.run_import()
    rename(imported, "companies")
    with (imported.mappings / "companies.yaml").open("a") as file:
        file.write(FAX)
    refuse_import(imported)
    add_id(imported, "companies", "accounts")

    imported.run_import()

    assert imported.rows("SELECT fax FROM crm.accounts WHERE fax IS NOT NULL") == [("555",)]


def test_the_suite_of_a_renamed_mapping_has_the_name_of_its_file(imported: World) -> None:
    rename(imported, "companies", "accounts")
    (imported.mappings / "suites" / "companies.yaml").write_text(
        "- {expect: column_values_to_not_match_regex, column: name, regex: '^Wrong'}\n"
    )
    imported.people().create("Account", {"Name": "Wrong name"})

    assert imported.run_import()["accounts"].rejected == 2
    reasons = [row.reason for row in imported.rows("SELECT reason FROM sync.quarantine WHERE field = 'Name'")]
    assert len(reasons) == 1
    assert "suites/companies.yaml" in reasons[0]
