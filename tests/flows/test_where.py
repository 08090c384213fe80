"""Which records are received: the condition `receive.where`, and what becomes of records that meet it no longer."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from closedwon.counts import Counts
from closedwon.errors import MappingFault
from closedwon.flows.projects import make_projects
from tests.world import MAPPINGS, World

TEN_MINUTES_S = 600
HOT = "Rating = 'Hot'"
GRAZ = "MailingCity = 'Graz' OR MailingCity = 'Steyr'"


@pytest.fixture
def world(world: World) -> World:
    world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
    return world


def receive(world: World, mapping: str, where: str | None) -> None:
    """Writes the condition into the file of a mapping, in the place of the one that stands there."""
    file = world.mappings / f"{mapping}.yaml"
    plain = re.sub(r"receive:\n  where: .*\n", "", file.read_text())
    section = "" if where is None else f'receive:\n  where: "{where}"\n'
    file.write_text(plain.replace("direction: receive\nfields", f"direction: receive\n{section}fields"))


def pass_time(world: World) -> None:
    world.org.control.advance_clock(TEN_MINUTES_S + 60)


def make_contact(world: World, name: str, **fields: Any) -> str:
    return world.people().create("Contact", {"LastName": name, **fields})


def change(world: World, record_id: str, **fields: Any) -> None:
    world.org.control.advance_clock(5)
    world.people().update("Contact", record_id, fields)
    world.org.control.advance_clock(5)


def contact(world: World, name: str) -> dict[str, Any]:
    (row,) = world.rows("SELECT * FROM crm.contacts WHERE last_name = :name", name=name)
    return dict(row._mapping)


def names(world: World, table: str, column: str = "name") -> list[str]:
    return [row[0] for row in world.rows(f"SELECT {column} FROM crm.{table} WHERE NOT is_out_of_scope ORDER BY 1")]


@pytest.fixture
def graz(world: World) -> str:
    """A contact in Graz, the only one that is in the warehouse: the condition wants no others."""
    receive(world, "contacts", GRAZ)
    record_id = make_contact(world, "Gruber", MailingCity="Graz", Phone="1")
    world.run_import()
    pass_time(world)
    return record_id


def test_Planhat_10_only_accounts_that_meet_the_filter_are_companies(world: World) -> None:
    receive(world, "accounts", HOT)
    world.people().create("Account", {"Name": "Hot Ltd", "Rating": "Hot"})
    world.people().create("Account", {"Name": "Cold Ltd", "Rating": "Cold"})

    assert world.run_import()["accounts"] == Counts(read=1, written=1)

    assert names(world, "accounts") == ["Hot Ltd"]


def test_Planhat_40_only_opportunities_that_meet_the_filter_are_licences(world: World) -> None:
    receive(world, "opportunities", "StageName = 'Closed Won'")

    assert world.run_import()["opportunities"].read == 1

    assert names(world, "opportunities") == ["Deal 1"]


def test_Planhat_9_only_users_that_meet_the_filter_are_team_members(world: World) -> None:
    receive(world, "users", "Title != 'Robot' OR Title = null")
    for title in ("Robot", "Consultant"):
        person = {"LastName": title, "Alias": title[:8], "Username": f"{title}@example.com", "Title": title}
        world.org.org.insert_many("User", [person | {"Email": f"{title}@example.com", "IsActive": True}])

    world.run_import()

    assert names(world, "users") == ["Consultant", "Local Admin"]


def test_a_record_that_meets_the_condition_no_longer_is_marked_in_the_same_run_and_keeps_its_values(
    world: World, graz: str
) -> None:
    change(world, graz, MailingCity="Wien", Phone="2")

    assert world.run_import()["contacts"] == Counts(read=1, written=1)

    row = contact(world, "Gruber")
    assert (row["is_out_of_scope"], row["phone"], row["is_deleted"]) == (True, "1", False)
    (record,) = world.people().query(f"SELECT SystemModstamp FROM Contact WHERE Id = '{graz}'")
    assert row["system_modstamp"].isoformat()[:19] == record["SystemModstamp"][:19]


def test_a_record_that_meets_it_again_is_current_with_the_values_of_now(world: World, graz: str) -> None:
    change(world, graz, MailingCity="Wien")
    world.run_import()
    change(world, graz, MailingCity="Graz", Phone="3")

    assert world.run_import()["contacts"] == Counts(read=1, written=1)

    row = contact(world, "Gruber")
    assert (row["is_out_of_scope"], row["phone"]) == (False, "3")


def test_a_record_that_comes_back_as_it_was_is_current_again(world: World, graz: str) -> None:
    change(world, graz, MailingCity="Wien")
    world.run_import()
    change(world, graz, MailingCity="Graz")

    assert world.run_import()["contacts"].written == 1

    assert contact(world, "Gruber")["is_out_of_scope"] is False
    assert world.run_import() == {}


def test_changes_beyond_the_condition_start_no_task_and_cost_no_further_call(world: World, graz: str) -> None:
    change(world, graz, MailingCity="Wien")
    make_contact(world, "Nobody", MailingCity="Linz")
    world.run_import()

    for _ in range(2):
        sf = world.login()
        assert world.run_probe(sf=sf) == {}
        assert sf.session.calls == 1
    pass_time(world)
    assert world.run_import() == {}

    make_contact(world, "Nobody else", MailingCity="Linz")
    assert world.run_import() == {}
    assert len(world.rows("SELECT FROM crm.contacts")) == 1


def test_a_change_of_a_marked_record_moves_its_stamp_alone_and_is_read_once(world: World, graz: str) -> None:
    change(world, graz, MailingCity="Wien")
    world.run_import()
    before = contact(world, "Gruber")
    change(world, graz, Phone="9")

    assert world.run_import()["contacts"] == Counts(read=1, unchanged=1)

    after = contact(world, "Gruber")
    assert after["system_modstamp"] > before["system_modstamp"]
    assert after | {"system_modstamp": None} == before | {"system_modstamp": None}
    assert world.run_import() == {}


def test_a_mapping_that_no_record_meets_is_quiet(world: World) -> None:
    receive(world, "contacts", "MailingCity = 'Nowhere'")
    world.run_import()

    assert world.run_import() == {}


def test_a_record_is_found_when_it_leaves_after_a_quiet_run(world: World, graz: str) -> None:
    assert world.run_import() == {}
    change(world, graz, MailingCity="Wien")

    assert world.run_import()["contacts"].written == 1

    assert contact(world, "Gruber")["is_out_of_scope"] is True


@pytest.mark.parametrize("is_at_once", [True, False], ids=["in the same run", "in a later run"])
def test_a_record_that_left_and_is_deleted_is_marked_as_deleted_too(world: World, graz: str, is_at_once: bool) -> None:
    change(world, graz, MailingCity="Wien")
    if not is_at_once:
        world.run_import()
    world.people().delete("Contact", graz)
    world.org.control.advance_clock(5)

    world.run_import()

    row = contact(world, "Gruber")
    assert (row["is_out_of_scope"], row["is_deleted"]) == (True, True)
    assert world.run_import() == {}


def test_a_record_that_is_deleted_when_it_comes_back_keeps_no_run_busy(world: World, graz: str) -> None:
    change(world, graz, MailingCity="Wien")
    world.run_import()
    change(world, graz, MailingCity="Graz")
    world.people().delete("Contact", graz)
    world.org.control.advance_clock(5)

    assert world.run_import()["contacts"].written == 1

    assert contact(world, "Gruber")["is_deleted"] is True
    assert world.run_import() == {}


def test_a_quarantined_record_that_leaves_waits_no_more_and_says_why(world: World) -> None:
    receive(world, "opportunities", "StageName = 'Closed Won'")
    deal = {"Name": "Minus", "StageName": "Closed Won", "CloseDate": "2026-12-31", "Amount": -1}
    (account,) = world.people().query("SELECT Id FROM Account WHERE Name = 'Globex'")
    deal["AccountId"] = account["Id"]
    minus = world.people().create("Opportunity", deal)
    world.run_import()
    assert world.one("SELECT state FROM sync.quarantine") == "waiting"
    world.org.control.advance_clock(5)
    world.people().update("Opportunity", minus, {"StageName": "Closed Lost"})
    world.org.control.advance_clock(5)

    world.run_import()

    row = world.one("SELECT state, reason, released_at IS NOT NULL AS is_ended FROM sync.quarantine")
    assert (row.state, row.is_ended) == ("out_of_scope", True)
    assert row.reason.startswith("It meets `receive.where` of opportunities.yaml no longer (StageName = 'Closed Won')")
    assert world.run_import() == {}


def test_a_full_run_marks_what_left_without_a_change_of_its_own(world: World) -> None:
    receive(world, "contacts", "Account.Rating = 'Hot'")
    people = world.people()
    account = people.create("Account", {"Name": "Hot Ltd", "Rating": "Hot"})
    make_contact(world, "Gruber", AccountId=account)
    pass_time(world)
    make_contact(world, "Later", AccountId=people.create("Account", {"Name": "Warm Ltd", "Rating": "Hot"}))
    world.run_import()
    people.update("Account", account, {"Rating": "Cold"})
    world.org.control.advance_clock(5)
    assert "contacts" not in world.run_import()

    assert world.run_import(mode="full")["contacts"] == Counts(read=2, written=1, unchanged=1)

    assert contact(world, "Gruber")["is_out_of_scope"] is True


def test_more_records_beyond_the_condition_than_a_page_holds_hide_no_leaver(world: World, graz: str) -> None:
    change(world, graz, MailingCity="Wien")
    world.org.control.advance_clock(5)
    world.org.org.insert_many("Contact", ({"LastName": f"Contact {number}"} for number in range(2_100)))
    world.org.control.advance_clock(5)

    assert world.run_import()["contacts"] == Counts(read=1, written=1)

    assert contact(world, "Gruber")["is_out_of_scope"] is True
    for _ in range(2):
        pass_time(world)
        counts = world.run_import()
    assert counts == {}


def test_a_load_that_is_repeated_ends_alike(world: World, graz: str) -> None:
    change(world, graz, MailingCity="Wien")
    run_id = world.next_run()
    world.run_import(run_id)
    before = contact(world, "Gruber")

    assert world.load("contacts", 0, run_id) == Counts(read=1, written=1)

    assert contact(world, "Gruber") == before


def test_a_reading_that_another_has_overtaken_makes_no_record_current_that_left_since(world: World, graz: str) -> None:
    change(world, graz, Phone="2")
    sf, run_id = world.login(), world.next_run()
    expected = world.run_probe(run_id, sf)

    def leave() -> None:
        change(world, graz, MailingCity="Wien")
        assert world.run_import()["contacts"].written == 1

    assert world.read_mapping("contacts", expected, sf, run_id, during_extract=leave).written == 0

    assert contact(world, "Gruber")["is_out_of_scope"] is True
    assert world.run_import() == {}


def test_a_condition_that_the_org_refuses_is_told_with_file_line_and_the_orgs_words_and_stops_no_other(
    world: World, graz: str
) -> None:
    receive(world, "contacts", "MailingCty = 'Graz'")
    for _ in range(2):
        assert set(world.run_probe()) == {"contacts"}

    with pytest.raises(MappingFault) as refusal:
        world.run_import()

    assert re.match(
        r"contacts\.yaml:7: the org refuses `where: MailingCty = 'Graz'` for Contact, so that no record was read\. "
        r"It said: (?s:.*)MailingCty",
        str(refusal.value),
    )
    assert refusal.value.remedy.startswith("Correct the condition")
    receive(world, "contacts", GRAZ)
    assert world.run_import()["contacts"] == Counts(read=1, unchanged=1)
    assert world.run_import() == {}


@pytest.mark.parametrize(
    ("where", "current", "marked"),
    [
        pytest.param("MailingCity IN ('Graz', 'Linz')", ["Gruber", "Linzer"], [], id="wider"),
        pytest.param("MailingCity = 'Linz'", ["Linzer"], ["Gruber"], id="other"),
        pytest.param(f"({GRAZ}) AND Phone = '2'", [], ["Gruber"], id="narrower"),
    ],
)
def test_a_condition_that_is_changed_reads_the_object_in_full_by_itself(
    world: World, graz: str, where: str, current: list[str], marked: list[str]
) -> None:
    make_contact(world, "Linzer", MailingCity="Linz")
    pass_time(world)
    world.run_import()
    receive(world, "contacts", where)

    world.run_import()

    assert names(world, "contacts", "last_name") == current
    assert [row.last_name for row in world.rows("SELECT last_name FROM crm.contacts WHERE is_out_of_scope")] == marked
    assert world.run_import() == {}


def test_a_condition_that_is_added_marks_and_one_that_is_taken_out_brings_all_back(world: World) -> None:
    make_contact(world, "Gruber", MailingCity="Graz")
    world.run_import()
    pass_time(world)
    receive(world, "contacts", GRAZ)

    world.run_import()

    assert names(world, "contacts", "last_name") == ["Gruber"]
    receive(world, "contacts", None)
    world.run_import()
    assert len(names(world, "contacts", "last_name")) == 5
    assert world.run_import() == {}
    assert world.is_in_parity()


def test_a_condition_is_compared_by_its_words_and_not_by_how_it_begins(world: World) -> None:
    receive(world, "contacts", "MailingCity = null OR MailingCity = 'Graz'")
    make_contact(world, "Gruber", MailingCity="Graz")
    world.run_import()
    receive(world, "contacts", "MailingCity = null")
    pass_time(world)

    assert world.run_import()["contacts"].written == 1

    assert contact(world, "Gruber")["is_out_of_scope"] is True
    assert world.is_in_parity()


def make_projects_of(world: World) -> None:
    world.org.control.advance_clock(5)
    world.run_import()
    for rule in world.catalog.rules:
        make_projects(world.engine, world.catalog, rule, run_id=world.next_run(), today=date(2026, 12, 31))


def move(world: World, deal: str, **fields: Any) -> None:
    (record,) = world.people().query(f"SELECT Id FROM Opportunity WHERE Name = '{deal}'")
    world.people().update("Opportunity", record["Id"], fields)
    make_projects_of(world)


def decision(world: World, deal: str) -> tuple[str, str]:
    row = world.one(
        "SELECT d.outcome, d.reason FROM sync.decision d JOIN crm.opportunities o "
        "ON o.salesforce_id = d.source_salesforce_id WHERE o.name = :deal",
        deal=deal,
    )
    return row.outcome, row.reason


@pytest.fixture
def delivery(world: World) -> World:
    """All opportunities but those of internal orders are received, and the one that is won is a project."""
    receive(world, "opportunities", "NextStep != 'internal'")
    make_projects_of(world)
    assert world.one("SELECT name FROM delivery.projects") == "Deal 1"
    return world


def test_a_record_that_is_out_of_scope_becomes_no_project_until_it_is_back(delivery: World) -> None:
    move(delivery, "Deal 0", NextStep="internal", StageName="Closed Won")

    outcome, reason = decision(delivery, "Deal 0")

    assert (outcome, reason) == (
        "not_picked",
        "It does not meet `receive.where` of opportunities.yaml any more: what is here are values from before.",
    )
    move(delivery, "Deal 0", NextStep="call")
    assert decision(delivery, "Deal 0")[0] == "made"


def test_the_project_of_a_record_that_is_out_of_scope_stays_and_has_no_second_one_when_it_is_back(
    delivery: World,
) -> None:
    move(delivery, "Deal 1", NextStep="internal")
    assert decision(delivery, "Deal 1") == (
        "exists",
        "There is a project for it already; no second one is made.",
    )

    move(delivery, "Deal 1", NextStep="call")

    assert delivery.one("SELECT name FROM delivery.projects") == "Deal 1"


def test_a_quarantined_record_that_left_is_decided_on_as_out_of_scope(delivery: World) -> None:
    people = delivery.people()
    (account,) = people.query("SELECT Id FROM Account WHERE Name = 'Globex'")
    deal = {"Name": "Minus", "StageName": "Closed Won", "CloseDate": "2026-12-31", "Amount": -1}
    people.create("Opportunity", deal | {"AccountId": account["Id"]})
    make_projects_of(delivery)
    of_minus = (
        "SELECT outcome FROM sync.decision WHERE source_salesforce_id IN (SELECT salesforce_id FROM sync.quarantine)"
    )
    assert delivery.one(of_minus) == "quarantined"

    move(delivery, "Minus", NextStep="internal")

    assert delivery.one(of_minus) == "not_picked"
