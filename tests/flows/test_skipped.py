"""Records without a parent that a mapping leaves out: counted and listed, and in no one's way."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from closedwon.counts import Counts
from closedwon.flows import inbound
from closedwon.flows.inbound import RunOptions
from demo.org_client import OrgClient
from tests.world import MAPPINGS, World

DEAL = {"Name": "Licence", "StageName": "Closed Won", "CloseDate": "2026-12-31"}


def skip(world: World, *files: str) -> None:
    """Have mappings leave out what has no account."""
    if world.mappings == MAPPINGS:
        world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
    for file in files:
        path = world.mappings / file
        lines = [
            line.replace("references: crm.accounts", "references: crm.accounts, without: skip")
            for line in path.read_text().splitlines(keepends=True)
        ]
        path.write_text("".join(lines))
        assert "without: skip" in path.read_text()


@pytest.fixture
def skipping(world: World) -> World:
    """A world whose contacts and opportunities need an account; one contact of the org has none."""
    skip(world, "contacts.yaml", "opportunities.yaml")
    return world


def find_freelance(org: OrgClient) -> str:
    (contact,) = org.query("SELECT Id FROM Contact WHERE LastName = 'Freelance'")
    return str(contact["Id"])


def skipped(world: World) -> list[Any]:
    return [
        row[0] for row in world.rows("SELECT salesforce_id FROM sync.quarantine WHERE state = 'skipped' ORDER BY 1")
    ]


def rows_of(world: World, record: str) -> int:
    return int(world.one("SELECT count(*) FROM crm.contacts WHERE salesforce_id = :record", record=record))


def test_Autotask_15_a_contact_without_a_company_is_left_out_counted_and_listed(skipping: World) -> None:
    record = find_freelance(skipping.people())

    counts = skipping.run_import()["contacts"]

    assert counts == Counts(read=4, written=3, skipped=1)
    assert rows_of(skipping, record) == 0
    reason = skipping.one("SELECT reason FROM sync.quarantine WHERE salesforce_id = :record", record=record)
    assert reason.startswith("AccountId is empty, and contacts.yaml, line ")
    status = "SELECT read, written, unchanged, rejected, skipped, waiting FROM sync.status WHERE mapping = 'contacts'"
    assert tuple(skipping.one(status)) == (4, 3, 0, 0, 1, 0)
    assert skipping.rows("SELECT * FROM sync.attention") == []
    assert skipping.run_import() == {}
    assert skipping.is_in_parity()


def test_Planhat_39_a_licence_without_an_account_is_left_out_counted_and_listed(skipping: World) -> None:
    record = skipping.people().create("Opportunity", DEAL)

    counts = skipping.run_import()["opportunities"]

    assert (counts.written, counts.skipped, counts.rejected) == (3, 1, 0)
    assert skipping.one("SELECT count(*) FROM crm.opportunities WHERE name = 'Licence'") == 0
    assert record in skipped(skipping)


def test_a_skipped_record_that_gets_a_parent_comes_in_and_leaves_the_list(skipping: World) -> None:
    org = skipping.people()
    record = find_freelance(org)
    skipping.run_import()
    account = skipping.one("SELECT salesforce_id FROM crm.accounts WHERE name = 'Globex'")
    org.update("Contact", record, {"AccountId": account})

    assert skipping.run_import()["contacts"].written == 1

    assert (rows_of(skipping, record), skipped(skipping)) == (1, [])


def test_a_skipped_record_that_is_deleted_leaves_the_list_and_makes_no_row(skipping: World) -> None:
    org = skipping.people()
    record = find_freelance(org)
    skipping.run_import()
    org.delete("Contact", record)

    counts = skipping.run_import()["contacts"]

    assert (counts.written, counts.skipped) == (0, 0)
    assert (rows_of(skipping, record), skipped(skipping)) == (0, [])


def test_a_row_that_is_there_is_updated_though_it_has_lost_its_parent(skipping: World) -> None:
    org = skipping.people()
    skipping.run_import()
    record = skipping.one("SELECT salesforce_id FROM crm.contacts WHERE last_name = 'Ito'")
    org.update("Contact", record, {"AccountId": None, "Phone": "555-0100"})

    assert skipping.run_import()["contacts"].written == 1

    assert skipping.rows("SELECT account_id, phone FROM crm.contacts WHERE last_name = 'Ito'") == [(None, "555-0100")]


def test_a_record_whose_parent_is_not_here_yet_waits_and_is_not_skipped(skipping: World) -> None:
    account = skipping.people().create("Account", {"Name": "Later"})
    record = skipping.people().create("Contact", {"LastName": "Early", "AccountId": account})
    skipping.run_import(objects=["users", "accounts"])
    other = skipping.people().create("Account", {"Name": "Later still"})
    late = skipping.people().create("Contact", {"LastName": "Waits", "AccountId": other})

    counts = skipping.run_import(objects=["users", "contacts"])["contacts"]

    assert (counts.rejected, counts.skipped) == (1, 1)
    assert skipping.one("SELECT salesforce_id FROM sync.quarantine WHERE state = 'waiting'") == late
    skipping.run_import()
    skipping.run_import()  # the parent has come with the one before
    assert (rows_of(skipping, record), rows_of(skipping, late)) == (1, 1)


def test_a_mapping_that_no_longer_skips_reads_what_it_had_left_out(skipping: World) -> None:
    record = find_freelance(skipping.people())
    skipping.run_import()
    path = skipping.mappings / "contacts.yaml"
    path.write_text(path.read_text().replace(", without: skip", ""))

    skipping.run_import()

    assert (rows_of(skipping, record), skipped(skipping)) == (1, [])


def test_many_skipped_records_stop_no_run_and_hide_no_rejects(skipping: World) -> None:
    skipping.org.org.insert_many("Contact", ({"LastName": f"Freelance {number}"} for number in range(60)))

    counts = skipping.run_import()["contacts"]

    assert (counts.written, counts.skipped, counts.rejected) == (3, 61, 0)


def test_a_person_links_a_skipped_record_to_a_row_and_it_is_read(skipping: World) -> None:
    record = find_freelance(skipping.people())
    skipping.run_import()
    skipping.org.control.shift_clock(7200)  # the record is read no more by itself
    with skipping.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO crm.contacts (last_name) VALUES ('Own')")
        connection.exec_driver_sql(f"UPDATE crm.contacts SET salesforce_id = '{record}' WHERE last_name = 'Own'")

    skipping.run_import()

    assert skipping.one("SELECT last_name FROM crm.contacts WHERE salesforce_id = :id", id=record) == "Freelance"
    assert skipped(skipping) == []


def test_an_older_run_that_is_cleared_brings_in_nothing_that_a_later_one_has_skipped(skipping: World) -> None:
    skipping.run_import()
    org, sf = skipping.people(), skipping.login()
    account = skipping.one("SELECT salesforce_id FROM crm.accounts WHERE name = 'Globex'")
    record = org.create("Contact", {"LastName": "Leaves", "AccountId": account})
    expected = skipping.run_probe("older", sf)
    mapping, batches = skipping.catalog.mapping("contacts"), skipping.batches("older", "contacts")
    extracted = inbound.extract(
        skipping.engine, sf, mapping, batches, expected["contacts"], RunOptions(), run_id="older"
    )
    skipping.org.control.shift_clock(60)
    org.update("Contact", record, {"AccountId": None})
    skipping.run_import()

    skipping.transform_and_load("contacts", extracted, "older")

    assert rows_of(skipping, record) == 0
    assert record in skipped(skipping)
