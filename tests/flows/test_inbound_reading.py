"""What a run reads: the span that it was asked for, and the records as they are when they are read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from sqlalchemy import event

from closedwon.counts import Counts
from tests.world import MAPPINGS, World


def test_since_reads_its_span_even_where_nothing_has_changed(world: World) -> None:
    world.run_import()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE crm.accounts SET phone = 'altered by hand'")

    counts = world.run_import(since=world.org.control.now() - timedelta(hours=1))

    assert (counts["accounts"].read, counts["contacts"].read, counts["opportunities"].read) == (3, 4, 3)
    assert world.one("SELECT count(*) FROM crm.accounts WHERE phone = 'altered by hand'") == 0


def test_a_cleared_extract_reads_the_records_as_they_are_now_and_not_as_its_old_bulk_job_found_them(
    world: World,
) -> None:
    now = world.org.control.now().replace(microsecond=0) + timedelta(minutes=1)
    world.org.control.hold_clock(now)
    world.org.org.insert_many("Account", ({"Name": f"Account {number}"} for number in range(2_100)))
    world.run_import("the run")
    world.org.control.hold_clock(now)
    (account,) = world.people().query("SELECT Id FROM Account WHERE Name = 'Account 7'")
    world.people().update("Account", account["Id"], {"Phone": "555-0107"})
    world.org.control.hold_clock(now + timedelta(seconds=1))

    world.read_mapping("accounts", {"accounts": 2_103}, world.login(), "the run")

    assert world.one("SELECT phone FROM crm.accounts WHERE name = 'Account 7'") == "555-0107"


def test_after_a_change_of_the_mapping_a_cleared_extract_asks_for_its_fields_anew(world: World) -> None:
    world.org.org.insert_many("Account", ({"Name": f"Account {number}", "Fax": "555-0199"} for number in range(2_100)))
    world.run_import("the run")
    world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
    with (world.mappings / "accounts.yaml").open("a", encoding="utf-8") as file:
        file.write("  - {salesforce: Fax, column: fax, type: text, direction: receive}\n")
    world.prepare()

    world.read_mapping("accounts", {"accounts": 2_103}, world.login(), "the run")

    assert world.one("SELECT count(*) FROM crm.accounts WHERE fax = '555-0199'") == 2_100


def test_a_quiet_run_reads_the_catalog_of_postgres_once_for_the_tables_of_all_mappings(world: World) -> None:
    world.run_import()
    world.prepare()
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(world.engine, "before_cursor_execute", note)
    assert world.run_probe() == {}
    event.remove(world.engine, "before_cursor_execute", note)

    assert sum("pg_attribute" in statement for statement in statements) == 1


def test_a_record_that_changes_twice_in_the_second_of_the_extract_is_read_as_it_is_in_the_end(world: World) -> None:
    world.run_import()
    second = world.org.control.now().replace(microsecond=0) + timedelta(minutes=30)
    world.org.control.hold_clock(second - timedelta(minutes=1))
    (account,) = world.people().query("SELECT Id FROM Account WHERE Name = 'Globex'")
    world.people().update("Account", account["Id"], {"Phone": "before"})
    world.org.control.hold_clock(second)
    sf, expected = world.login(), world.run_probe("the run")
    world.people().update("Account", account["Id"], {"Phone": "first"})
    world.read_mapping("accounts", expected, sf, "the run")
    world.people().update("Account", account["Id"], {"Phone": "second"})

    world.org.control.advance_clock(600)
    world.run_import()

    assert world.one("SELECT phone FROM crm.accounts WHERE name = 'Globex'") == "second"


def test_a_full_run_wins_over_a_later_stamp_in_the_warehouse(world: World) -> None:
    world.run_import()
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE crm.accounts SET phone = 'false', system_modstamp = system_modstamp + interval '1 day'"
        )

    assert world.run_import(mode="full")["accounts"] == Counts(read=3, written=3)

    assert world.one("SELECT count(*) FROM crm.accounts WHERE phone = 'false' OR system_modstamp > now()") == 0
    assert world.is_in_parity()


@pytest.mark.parametrize("seconds", [0, 60], ids=["with the same stamp", "with a later stamp"])
def test_clearing_the_load_of_an_old_run_overwrites_nothing_that_a_later_run_has_loaded(
    world: World, seconds: int
) -> None:
    now = world.org.control.now().replace(microsecond=0) + timedelta(minutes=1)
    world.org.control.hold_clock(now)
    (account,) = world.people().query("SELECT Id FROM Account WHERE Name = 'Globex'")
    world.people().update("Account", account["Id"], {"Phone": "old"})
    world.run_import("old run")
    world.org.control.hold_clock(now + timedelta(seconds=seconds))
    world.people().update("Account", account["Id"], {"Phone": "new"})
    world.org.control.hold_clock(now + timedelta(minutes=2))
    world.run_import("new run", mode="full")

    world.load("accounts", valid=3, run_id="old run")

    assert world.one("SELECT phone FROM crm.accounts WHERE name = 'Globex'") == "new"


def test_after_a_change_of_the_mapping_the_pages_of_the_latest_run_can_be_transformed_and_loaded_again(
    world: World,
) -> None:
    world.run_import("the run")
    assert world.run_import("quiet run") == {}
    world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
    values = world.mappings / "values" / "industry.csv"
    values.write_text(values.read_text(encoding="utf-8").replace("Banking,", "Banking,x_"), encoding="utf-8")

    world.transform_and_load("accounts", extracted=3, run_id="the run")

    assert world.one("SELECT count(*) FROM crm.accounts WHERE segment LIKE 'x\\_%'") == 3


def test_a_quarantined_record_that_changes_between_the_page_of_the_window_and_its_own_comes_in_one_version(
    world: World,
) -> None:
    org = world.people()
    deal = {"Name": "Refund", "StageName": "Closed Won", "CloseDate": "2026-12-31", "Amount": -5}
    record_id = org.create("Opportunity", deal)
    world.run_import()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sync.quarantine SET release_asked = true")
    sf, expected = world.login(), world.run_probe("the run")

    def correct() -> None:
        world.org.control.advance_clock(5)
        org.update("Opportunity", record_id, {"Amount": 5})

    counts = world.read_mapping("opportunities", expected, sf, "the run", during_extract=correct)

    assert counts == Counts(read=4, unchanged=3, rejected=1)
    world.org.control.advance_clock(5)
    world.run_import()
    assert world.one("SELECT amount FROM crm.opportunities WHERE name = 'Refund'") == 5
    assert world.one("SELECT state FROM sync.quarantine WHERE salesforce_id = :id", id=record_id) == "released"


def set_apart_before_the_window(world: World) -> str:
    """Returns a refund in quarantine that is due for a retry, and that no window reaches any more."""
    deal = {"StageName": "Closed Won", "CloseDate": "2026-12-31"}
    record_id = world.people().create("Opportunity", {**deal, "Name": "Refund", "Amount": -5})
    world.run_import()
    world.org.control.shift_clock(7200)
    world.people().create("Opportunity", {**deal, "Name": "Later"})
    world.run_import()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sync.quarantine SET release_asked = true")
    return record_id


def test_a_quarantined_record_of_before_the_window_that_is_due_is_read_by_its_id(world: World) -> None:
    record_id = set_apart_before_the_window(world)

    assert world.run_import()["opportunities"].rejected == 1

    assert world.one("SELECT attempts FROM sync.quarantine WHERE salesforce_id = :id", id=record_id) == 3


def test_a_due_record_of_before_the_window_that_changes_meanwhile_waits_for_the_next_run(world: World) -> None:
    record_id = set_apart_before_the_window(world)
    sf, expected = world.login(), world.run_probe("the run")

    def correct() -> None:
        world.org.control.advance_clock(5)
        world.people().update("Opportunity", record_id, {"Amount": 5})

    world.read_mapping("opportunities", expected, sf, "the run", during_extract=correct)

    assert world.one("SELECT state FROM sync.quarantine WHERE salesforce_id = :id", id=record_id) == "waiting"
    world.org.control.advance_clock(5)
    world.run_import()
    assert world.one("SELECT state FROM sync.quarantine WHERE salesforce_id = :id", id=record_id) == "released"


def test_a_load_that_was_committed_and_then_killed_counts_what_the_run_wrote_once_it_is_retried(world: World) -> None:
    world.run_import("the run")

    counts = world.load("accounts", valid=3, run_id="the run")

    assert counts == Counts(read=3, written=3)
    assert world.rows("SELECT read, written, unchanged FROM sync.run WHERE mapping = 'accounts'") == [(3, 3, 0)]


def test_a_run_that_is_cleared_as_a_whole_and_finds_nothing_new_keeps_its_counts(world: World) -> None:
    world.run_import("the run")

    assert world.run_import("the run") == {}

    assert world.rows("SELECT read, written, unchanged FROM sync.run WHERE mapping = 'accounts'") == [(3, 3, 0)]
