"""References that are found by name or e-mail among our own people, with a default for the others."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from closedwon.counts import Counts
from closedwon.errors import MappingFault
from tests.world import World

ACCOUNTS = """
sobject: Account
table: crm.accounts
direction: receive
fields:
  - {salesforce: Name, column: name, type: text, direction: receive}
"""
PEOPLE = "delivery.people"
BY_NAME = "find_by: {Owner.FirstName: first_name, Owner.LastName: last_name}"
DESK = "default: {email: desk@example.com}"
MANAGERS = """
    SELECT a.name, p.email FROM crm.accounts a LEFT JOIN delivery.people p ON p.id = a.account_manager_id ORDER BY 1
"""


@pytest.fixture
def owned(world: World) -> World:
    """Accounts of two users and of a third who is nobody of ours, as the only mapping; nobody is among our people."""
    org = world.people()
    world.mappings = world.folder / "mappings"
    world.mappings.mkdir()
    for account, first, last in (("Initech", "Grace", "Hopper"), ("Globex", "Alan", "Kay"), ("Acme", "Mary", "Shaw")):
        user = add_user(org, first, last)
        (found,) = org.query(f"SELECT Id FROM Account WHERE Name LIKE '{account}%'")
        org.update("Account", found["Id"], {"Name": account, "OwnerId": user})
    with world.engine.begin() as connection:
        connection.execute(text("DROP TABLE crm.opportunities, crm.contacts, crm.accounts"))
    return world


def add_user(org: Any, first: str, last: str) -> str:
    (profile,) = org.query("SELECT ProfileId FROM User LIMIT 1")
    name = f"{first}.{last}".lower()
    user = {"FirstName": first, "LastName": last, "Email": f"{name}@sales.example.com", "Alias": name[:8]}
    user |= {"Username": f"{name}@sales.example.com.org", "ProfileId": profile["ProfileId"]}
    settings = {"TimeZoneSidKey": "Europe/London", "LocaleSidKey": "en_GB", "LanguageLocaleKey": "en_US"}
    return str(org.create("User", user | settings | {"EmailEncodingKey": "UTF-8"}))


def map_owner(world: World, how: str, *, table: str = PEOPLE) -> None:
    line = f"salesforce: OwnerId, column: account_manager_id, type: reference, direction: receive, references: {table}"
    (world.mappings / "accounts.yaml").write_text(f"{ACCOUNTS}  - {{{line}, {how}}}\n")
    world.prepare()


def add_people(world: World, *people: tuple[str, str, str]) -> None:
    insert = "INSERT INTO delivery.people (first_name, last_name, email) VALUES (:first, :last, :email)"
    with world.engine.begin() as connection:
        for first, last, email in people:
            connection.execute(text(insert), {"first": first, "last": last, "email": email})


def do(world: World, statement: str) -> None:
    with world.engine.begin() as connection:
        connection.execute(text(statement))


def managers(world: World) -> dict[str, Any]:
    return dict(map(tuple, world.rows(MANAGERS)))


def test_Autotask_16_an_owner_is_the_person_with_the_same_first_and_last_name(owned: World) -> None:
    map_owner(owned, BY_NAME)
    add_people(
        owned,
        ("Grace", "Hopper", "grace@example.com"),
        ("Grace", "Kay", "other@example.com"),
        (" alan ", "KAY", "alan@example.com"),
        ("Mary", "Shawn", "mary@example.com"),
    )

    owned.run_import()

    assert managers(owned) == {"Initech": "grace@example.com", "Globex": "alan@example.com", "Acme": None}
    assert owned.run_import() == {}


def test_letters_beyond_ascii_are_compared_without_their_case_too(owned: World) -> None:
    map_owner(owned, BY_NAME)
    (grace,) = owned.people().query("SELECT Id FROM User WHERE LastName = 'Hopper'")
    owned.people().update("User", grace["Id"], {"FirstName": "Émile"})
    add_people(owned, ("émile", "Hopper", "emile@example.com"))

    owned.run_import()

    assert managers(owned)["Initech"] == "emile@example.com"


def test_Autotask_17_an_owner_who_is_nobody_of_ours_or_two_people_gives_the_account_to_the_default(
    owned: World,
) -> None:
    map_owner(owned, f"{BY_NAME}, {DESK}")
    add_people(
        owned,
        ("", "Desk", "Desk@Example.com"),
        ("Grace", "Hopper", "grace@example.com"),
        ("Alan", "Kay", "alan@example.com"),
        ("Alan", "Kay", "alan.kay@example.com"),
    )

    owned.run_import()

    assert managers(owned) == {"Initech": "grace@example.com", "Globex": "Desk@Example.com", "Acme": "Desk@Example.com"}


def test_Autotask_55_the_account_manager_follows_the_owner_and_falls_back_to_the_default(owned: World) -> None:
    map_owner(owned, f"{BY_NAME}, {DESK}")
    add_people(owned, ("", "Desk", "desk@example.com"), ("Grace", "Hopper", "grace@example.com"))
    owned.run_import()
    assert managers(owned)["Initech"] == "grace@example.com"
    org = owned.people()
    accounts = {record["Name"]: record for record in org.query("SELECT Id, Name, OwnerId FROM Account")}
    for account, owner in (("Initech", "Acme"), ("Globex", "Initech")):
        org.update("Account", accounts[account]["Id"], {"OwnerId": accounts[owner]["OwnerId"]})

    owned.run_import()

    assert managers(owned) == {
        "Initech": "desk@example.com",
        "Globex": "grace@example.com",
        "Acme": "desk@example.com",
    }


def test_Planhat_13_the_accounts_owner_comes_in_by_e_mail_where_a_line_asks_for_it(owned: World) -> None:
    map_owner(owned, "find_by: {Owner.Email: email}")
    add_people(owned, ("Any", "Name", "Grace.Hopper@sales.example.com"))

    owned.run_import()

    assert managers(owned) == {"Initech": "Grace.Hopper@sales.example.com", "Globex": None, "Acme": None}


def test_Planhat_13_without_a_line_no_owner_comes_in(owned: World) -> None:
    (owned.mappings / "accounts.yaml").write_text(ACCOUNTS)

    owned.run_import()

    columns = "SELECT attname FROM pg_attribute WHERE attrelid = 'crm.accounts'::regclass AND attname ~ 'owner|manager'"
    assert owned.rows(columns) == []


def test_Autotask_57_a_parent_company_that_is_younger_than_its_child_is_linked_in_the_same_run(owned: World) -> None:
    parent = "salesforce: ParentId, column: parent_id, type: reference, direction: receive, references: crm.accounts"
    (owned.mappings / "accounts.yaml").write_text(f"{ACCOUNTS}  - {{{parent}}}\n")
    org = owned.people()
    (child,) = org.query("SELECT Id FROM Account WHERE Name = 'Initech'")
    org.update("Account", child["Id"], {"ParentId": org.create("Account", {"Name": "Initech Holding"})})

    counts = owned.run_import()

    assert counts["accounts"] == Counts(read=4, written=4)
    parents = "SELECT c.name, p.name FROM crm.accounts c JOIN crm.accounts p ON p.id = c.parent_id"
    assert owned.rows(parents) == [("Initech", "Initech Holding")]


def test_Autotask_53_each_company_carries_the_18_character_id_of_its_account(owned: World) -> None:
    (owned.mappings / "accounts.yaml").write_text(ACCOUNTS)

    owned.run_import()

    ids = {record["Name"]: record["Id"] for record in owned.people().query("SELECT Id, Name FROM Account")}
    assert dict(map(tuple, owned.rows("SELECT name, salesforce_id FROM crm.accounts"))) == ids
    assert {len(record_id) for record_id in ids.values()} == {18}


def test_a_person_who_is_not_active_is_not_found(owned: World) -> None:
    map_owner(owned, BY_NAME)
    add_people(owned, ("Grace", "Hopper", "old@example.com"), ("Grace", "Hopper", "grace@example.com"))
    do(owned, "UPDATE delivery.people SET is_active = false WHERE email = 'old@example.com'")

    owned.run_import()

    assert managers(owned)["Initech"] == "grace@example.com"


def test_a_person_who_is_added_later_is_found_when_the_record_is_read_again(owned: World) -> None:
    map_owner(owned, BY_NAME)
    owned.run_import()
    add_people(owned, ("Grace", "Hopper", "grace@example.com"))
    assert owned.run_import() == {}

    counts = owned.run_import(mode="full")

    assert counts["accounts"] == Counts(read=3, written=1, unchanged=2)
    assert managers(owned)["Initech"] == "grace@example.com"


def test_another_default_has_the_accounts_read_in_full(owned: World) -> None:
    map_owner(owned, f"{BY_NAME}, {DESK}")
    add_people(owned, ("", "Desk", "desk@example.com"), ("", "Night", "night@example.com"))
    owned.run_import()
    map_owner(owned, f"{BY_NAME}, default: {{email: night@example.com}}")

    owned.run_import()

    assert set(managers(owned).values()) == {"night@example.com"}


def test_a_table_that_is_not_ours_can_hold_the_people(owned: World) -> None:
    do(owned, "CREATE SCHEMA hr")
    do(owned, "CREATE TABLE hr.staff (id bigint, mail text)")
    do(owned, "INSERT INTO hr.staff VALUES (7, 'grace.hopper@sales.example.com')")
    map_owner(owned, "find_by: {Owner.Email: mail}", table="hr.staff")

    owned.run_import()

    assert owned.one("SELECT account_manager_id FROM crm.accounts WHERE name = 'Initech'") == 7


def test_the_log_counts_who_was_not_found_and_names_nobody(owned: World, caplog: pytest.LogCaptureFixture) -> None:
    map_owner(owned, f"{BY_NAME}, {DESK}")
    add_people(owned, ("", "Desk", "desk@example.com"), ("Grace", "Hopper", "grace@example.com"))

    with caplog.at_level(logging.WARNING):
        owned.run_import()

    (message,) = [record.message for record in caplog.records if "account_manager_id" in record.message]
    assert "in 2 records Owner.FirstName and Owner.LastName lead to no active row of delivery.people" in message
    assert not any(name in message for name in ("Kay", "Shaw", "desk@"))


@pytest.mark.parametrize(
    ("how", "table", "people", "finding"),
    [
        pytest.param(
            f"{BY_NAME}, {DESK}",
            PEOPLE,
            [],
            "no active row of delivery.people (email =",
            id="none",
        ),
        pytest.param(
            f"{BY_NAME}, default: {{last_name: Desk}}",
            PEOPLE,
            [("A", "Desk", "a@example.com"), ("B", "desk", "b@example.com")],
            "is several active rows of delivery.people (last_name = 'Desk'), so that nobody can say",
            id="several",
        ),
        pytest.param("find_by: {Owner.Email: mail}", PEOPLE, [], "looked up, has no column mail.", id="column"),
        pytest.param(BY_NAME, "delivery.peple", [], "there is no table delivery.peple, in which", id="table"),
        pytest.param(
            "find_by: {Ownr.Email: email}",
            PEOPLE,
            [],
            "no relationship 'Ownr' (did you mean 'Owner'?)",
            id="path",
        ),
        pytest.param("find_by: {AnnualRevenue: email}", PEOPLE, [], "AnnualRevenue is currency in the org", id="kind"),
    ],
)
def test_a_look_up_that_cannot_work_is_told_before_a_record_is_read(
    owned: World, how: str, table: str, people: list[tuple[str, str, str]], finding: str
) -> None:
    map_owner(owned, how, table=table)
    add_people(owned, *people)

    with pytest.raises(MappingFault) as fault:
        owned.run_import()

    assert finding in str(fault.value)
    assert owned.rows("SELECT * FROM sync.window WHERE read_at IS NOT NULL") == []


def test_a_default_that_vanishes_between_two_tasks_stops_the_load_and_nothing_is_written(
    owned: World, tmp_path: Path
) -> None:
    map_owner(owned, f"{BY_NAME}, {DESK}")
    add_people(owned, ("", "Desk", "desk@example.com"))
    sf, run_id = owned.login(), owned.next_run()
    expected = owned.run_probe(run_id, sf)

    def remove_desk() -> None:
        do(owned, "DELETE FROM delivery.people")

    with pytest.raises(MappingFault, match="no active row of delivery"):
        owned.read_mapping("accounts", expected, sf, run_id, during_extract=remove_desk)

    assert owned.rows("SELECT * FROM crm.accounts") == []
    add_people(owned, ("", "Desk", "desk@example.com"))
    assert owned.load("accounts", 3, run_id) == Counts(read=3, written=3)
