"""What a run reads: the span that it was asked for, and the records as they are when they are read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

from sqlalchemy import event

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
