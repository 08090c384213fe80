"""What a row gets when the import makes it, and keeps from then on: `receive.new` and `write: once`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from closedwon.counts import Counts
from closedwon.errors import MappingFault
from closedwon.flows import inbound
from tests.world import World

ACCOUNTS = """
sobject: Account
table: crm.companies
direction: receive
{section}
fields:
  - {{salesforce: Name, column: name, type: text, direction: receive, required: true}}
  - {{salesforce: Phone, column: phone, type: text, direction: receive{phone}}}
  - {{salesforce: ParentId, column: parent_id, type: reference, direction: receive, references: {references}}}
"""
STAGES = "receive: {new: {lifecycle_stage: onboarding}}"
LICENCES = """
sobject: Opportunity
table: crm.licences
direction: receive
receive: {new: {auto_renewable: true, notice_days: 30, price_rise: 2.5}}
fields:
  - {salesforce: Name, column: name, type: text, direction: receive}
  - {salesforce: Project_Status__c, column: status, type: text, direction: receive, required: true}
"""

MapAccounts = Callable[..., None]


@pytest.fixture
def map_accounts(world: World) -> MapAccounts:
    """Has the world receive accounts alone, into a table of their own, as their mapping file says."""
    world.mappings = world.folder / "mappings"
    world.mappings.mkdir()

    def write(section: str = "", phone: str = "", references: str = "crm.companies") -> None:
        text = ACCOUNTS.format(section=section, phone=phone, references=references)
        (world.mappings / "accounts.yaml").write_text(text)

    return write


def do(world: World, statement: str) -> None:
    with world.engine.begin() as connection:
        connection.execute(text(statement))


def account(world: World, name: str) -> str:
    (found,) = world.people().query(f"SELECT Id FROM Account WHERE Name = '{name}'")
    return str(found["Id"])


def stages(world: World) -> dict[str, Any]:
    return dict(map(tuple, world.rows("SELECT name, lifecycle_stage FROM crm.companies")))


def phones(world: World) -> dict[str, Any]:
    return dict(map(tuple, world.rows("SELECT name, phone FROM crm.companies")))


def test_Planhat_12_all_companies_of_the_first_import_get_the_initial_lifecycle_stage(
    world: World, map_accounts: MapAccounts
) -> None:
    map_accounts(STAGES)

    world.run_import()

    assert stages(world) == {'Acme "Best" Ltd': "onboarding", "Globex": "onboarding", "Initech": "onboarding"}


@pytest.mark.parametrize("mode", ["incremental", "full"])
def test_Planhat_12_a_company_that_the_team_moved_is_not_moved_back_and_only_a_new_one_begins_anew(
    world: World, map_accounts: MapAccounts, mode: Any
) -> None:
    map_accounts(STAGES)
    world.run_import()
    do(world, "UPDATE crm.companies SET lifecycle_stage = 'live' WHERE name = 'Globex'")
    do(world, "UPDATE crm.companies SET lifecycle_stage = NULL WHERE name = 'Initech'")
    for name in ("Globex", "Initech"):
        world.people().update("Account", account(world, name), {"Phone": "+44 20 7946 0000"})
    world.people().create("Account", {"Name": "Hooli"})

    counts = world.run_import(mode=mode)

    assert stages(world) | {"Acme": ""} == stages(world) | {"Acme": "", "Globex": "live", "Initech": None}
    assert stages(world)["Hooli"] == "onboarding"
    assert counts["accounts"].written == 3
    assert phones(world)["Globex"] == "+44 20 7946 0000"


def test_a_row_that_a_person_made_and_linked_is_not_new(world: World, map_accounts: MapAccounts) -> None:
    map_accounts(STAGES)
    world.prepare()
    do(world, f"INSERT INTO crm.companies (salesforce_id, name) VALUES ('{account(world, 'Globex')}', 'by hand')")

    world.run_import()

    assert stages(world)["Globex"] is None


def test_a_table_that_was_there_gets_the_column_and_its_rows_get_nothing(
    world: World, map_accounts: MapAccounts
) -> None:
    map_accounts()
    world.run_import()
    map_accounts(STAGES)
    world.people().create("Account", {"Name": "Hooli"})

    counts = world.run_import()

    assert counts["accounts"].written == 1
    assert {name for name, stage in stages(world).items() if stage} == {"Hooli"}


def test_the_columns_comment_says_what_new_rows_get_and_when_no_mapping_names_it_any_more(
    world: World, map_accounts: MapAccounts
) -> None:
    comment = """
        SELECT col_description('crm.companies'::regclass, attnum) FROM pg_attribute
         WHERE attrelid = 'crm.companies'::regclass AND attname = 'lifecycle_stage'
    """
    map_accounts(STAGES)
    world.prepare()
    assert world.one(comment) == "Set by the import in rows that it makes: 'onboarding'; ours since then."

    map_accounts()
    world.prepare()

    assert "Not filled any more since" in world.one(comment)


def test_Planhat_41_a_new_licence_gets_default_options_and_one_without_a_required_custom_field_waits(
    world: World,
) -> None:
    world.mappings = world.folder / "mappings"
    world.mappings.mkdir()
    (world.mappings / "licences.yaml").write_text(LICENCES)
    (deal,) = world.people().query("SELECT Id FROM Opportunity WHERE Name = 'Deal 1'")
    world.people().update("Opportunity", deal["Id"], {"Project_Status__c": "Not Started"})

    counts = world.run_import()

    assert (counts["licences"].written, counts["licences"].rejected) == (1, 2)
    options = "SELECT name, auto_renewable, notice_days, price_rise::text FROM crm.licences"
    assert world.rows(options) == [("Deal 1", True, 30, "2.5")]
    assert {reason for (reason,) in world.rows("SELECT field FROM sync.quarantine")} == {"Project_Status__c"}


def test_a_column_of_another_type_stops_the_mapping_and_is_not_cast(world: World, map_accounts: MapAccounts) -> None:
    map_accounts(STAGES)
    world.prepare()
    do(world, "ALTER TABLE crm.companies ALTER lifecycle_stage TYPE varchar(20)")

    with pytest.raises(MappingFault, match=r"new rows get 'onboarding' in crm\.companies\.lifecycle_stage.*varying"):
        world.run_import()


def test_a_field_that_is_written_once_comes_with_the_row_and_is_the_teams_from_then_on(
    world: World, map_accounts: MapAccounts
) -> None:
    map_accounts(phone=", write: once")
    world.people().update("Account", account(world, "Globex"), {"Phone": "1"})
    world.run_import()
    assert phones(world)["Globex"] == "1"
    do(world, "UPDATE crm.companies SET phone = 'ours' WHERE name = 'Globex'")
    world.people().update("Account", account(world, "Globex"), {"Phone": "2", "Name": "Globex plc"})
    world.people().update("Account", account(world, "Initech"), {"Phone": "3"})

    counts = world.run_import()

    assert phones(world) == {'Acme "Best" Ltd': None, "Globex plc": "ours", "Initech": None}
    assert counts["accounts"].written == 1
    assert world.run_import() == {}
    assert world.is_in_parity()


def test_a_row_linked_by_hand_keeps_its_value_of_a_field_that_is_written_once(
    world: World, map_accounts: MapAccounts
) -> None:
    map_accounts(phone=", write: once")
    world.prepare()
    globex = account(world, "Globex")
    world.people().update("Account", globex, {"Phone": "1"})
    do(world, f"INSERT INTO crm.companies (salesforce_id, name, phone) VALUES ('{globex}', 'by hand', 'ours')")

    world.run_import()

    assert phones(world)["Globex"] == "ours"


def test_a_field_that_is_new_in_the_mapping_is_filled_in_existing_rows_where_it_is_empty_and_then_never(
    world: World, map_accounts: MapAccounts
) -> None:
    map_accounts(phone=", write: once")
    lines = (world.mappings / "accounts.yaml").read_text().splitlines(keepends=True)
    (world.mappings / "accounts.yaml").write_text("".join(line for line in lines if "Phone" not in line))
    for name in ("Globex", "Initech"):
        world.people().update("Account", account(world, name), {"Phone": f"of {name}"})
    world.run_import()
    map_accounts(phone=", write: once")
    world.prepare()
    do(world, "UPDATE crm.companies SET phone = 'ours' WHERE name = 'Globex'")

    filled = world.run_import()

    assert filled["accounts"] == Counts(read=3, written=1, unchanged=2)
    assert phones(world) == {'Acme "Best" Ltd': None, "Globex": "ours", "Initech": "of Initech"}
    do(world, "UPDATE crm.companies SET phone = NULL")
    assert world.run_import(mode="full")["accounts"] == Counts(read=3, unchanged=3)


def test_a_field_that_is_to_follow_the_org_again_is_read_in_full_once(world: World, map_accounts: MapAccounts) -> None:
    map_accounts(phone=", write: once")
    world.run_import()
    do(world, "UPDATE crm.companies SET phone = 'ours'")
    map_accounts()

    assert world.run_import()["accounts"] == Counts(read=3, written=3)
    assert set(phones(world).values()) == {None}
    assert world.run_import() == {}


@pytest.mark.parametrize("references", ["crm.companies", "[crm.companies]"], ids=["one-table", "may-be-hidden"])
def test_a_reference_that_is_written_once_stays_where_the_team_has_moved_it_and_waits_for_no_parent(
    world: World, map_accounts: MapAccounts, references: str
) -> None:
    world.people().update("Account", account(world, "Globex"), {"ParentId": account(world, "Initech")})
    map_accounts(references=f"{references}, write: once")
    world.run_import()
    parents = "SELECT c.name, p.name FROM crm.companies c JOIN crm.companies p ON p.id = c.parent_id"
    assert world.rows(parents) == [("Globex", "Initech")]
    do(world, "UPDATE crm.companies SET parent_id = (SELECT id FROM crm.companies WHERE name LIKE 'Acme%')")
    hooli = world.people().create("Account", {"Name": "Hooli"})
    world.people().update("Account", account(world, "Globex"), {"ParentId": hooli, "Phone": "2"})
    world.run_import()
    do(world, f"UPDATE crm.companies SET salesforce_id = NULL WHERE salesforce_id = '{hooli}'")
    world.people().update("Account", account(world, "Globex"), {"Phone": "3"})

    world.run_import()

    assert world.one("SELECT phone FROM crm.companies WHERE name = 'Globex'") == "3"
    assert ("Globex", 'Acme "Best" Ltd') in world.rows(parents)


TYPES = """
sobject: Account
table: crm.companies
direction: receive
fields:
  - {salesforce: Name, column: name, type: text, direction: receive}
  - {salesforce: Type, column: kind, type: picklist, direction: receive, values: types, fallback: null, write: once}
"""


def test_a_label_that_a_value_map_gets_later_fills_nothing_that_is_written_once(
    world: World, map_accounts: MapAccounts
) -> None:
    world.people().update("Account", account(world, "Globex"), {"Type": "Prospect"})
    (world.mappings / "accounts.yaml").write_text(TYPES)
    (world.mappings / "values").mkdir()
    (world.mappings / "values" / "types.csv").write_text("label,code\nPartner,partner\n")
    world.run_import()
    (world.mappings / "values" / "types.csv").write_text("label,code\nPartner,partner\nProspect,prospect\n")

    assert world.run_import() == {}
    assert {code for (code,) in world.rows("SELECT kind FROM crm.companies")} == {None}


def test_a_load_whose_killed_try_had_made_rows_still_knows_their_number(
    world: World, map_accounts: MapAccounts
) -> None:
    map_accounts()
    world.run_import("run-1")
    mapping = world.catalog.mapping("accounts")

    assert world.load("accounts", 3, "run-1") == Counts(read=3, written=3)
    assert inbound.count_announced(world.engine, mapping, run_id="run-1") == 3


def test_rows_that_an_import_marks_or_changes_are_not_counted_as_new(world: World, map_accounts: MapAccounts) -> None:
    map_accounts()
    world.run_import()
    people = world.people()
    people.update("Account", account(world, "Initech"), {"Phone": "1"})
    people.delete("Account", account(world, "Globex"))
    people.create("Account", {"Name": "Hooli"})

    counts = world.run_import("second")

    assert counts["accounts"].written == 3
    assert world.one("SELECT new_rows FROM sync.run WHERE run_id = 'second'") == 1
