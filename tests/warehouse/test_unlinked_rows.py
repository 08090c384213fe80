"""Rows whose link a person clears: the row stays, and the import makes no second one of the record."""

from __future__ import annotations

from typing import Any

import pytest
from crm_rows import CONTACTS, MONDAY, TUESDAY, account_id, accounts, contact_id, contacts
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError

from closedwon.ids import to_id18
from closedwon.warehouse.transaction import transaction

ONE, TWO = map(account_id, (1, 2))


def do(engine: Engine, statement: str, **values: Any) -> None:
    with transaction(engine) as connection:
        connection.execute(text(statement), values)


@pytest.fixture
def unlinked(warehouse: Engine, load: Any) -> Engine:
    """A warehouse with two accounts, of which the first was unlinked by hand."""
    load(accounts({"salesforce_id": ONE, "name": "One"}, {"salesforce_id": TWO, "name": "Two"}))
    do(warehouse, "UPDATE crm.accounts SET salesforce_id = NULL WHERE name = 'One'")
    return warehouse


def test_Autotask_24_an_unlinked_row_stays_as_it_is_and_its_link_ends(unlinked: Engine, load: Any, ask: Any) -> None:
    (row_id,) = ask("SELECT id FROM crm.accounts WHERE name = 'One'")

    load(accounts({"salesforce_id": ONE, "name": "Changed", "system_modstamp": TUESDAY}))

    assert ask("SELECT name, salesforce_id FROM crm.accounts ORDER BY name") == [("One", None), ("Two", TWO)]
    assert ask("SELECT row_id, salesforce_id FROM sync.link WHERE unlinked_at IS NOT NULL") == [(row_id, ONE)]


@pytest.mark.parametrize("stamp", [MONDAY, TUESDAY], ids=["as-it-was", "changed"])
def test_Autotask_25_the_import_makes_no_second_row_of_an_unlinked_record_and_says_why(
    unlinked: Engine, load: Any, ask: Any, stamp: str
) -> None:
    loaded = load(
        accounts(
            {"salesforce_id": ONE, "name": "Changed", "system_modstamp": stamp},
            {"salesforce_id": TWO, "name": "Changed", "system_modstamp": TUESDAY},
        )
    )

    assert sorted(ask("SELECT name FROM crm.accounts")) == ["Changed", "One"]
    assert (loaded.counts.read, loaded.counts.written, loaded.counts.rejected) == (2, 1, 1)
    assert loaded.rejects["salesforce_id"].tolist() == [ONE]
    (row_id,) = ask("SELECT id FROM crm.accounts WHERE name = 'One'")
    assert loaded.rejects["reason"].tolist() == [
        f"It was unlinked from row {row_id} of crm.accounts, whose salesforce_id was cleared: no second row is"
        f" made of it. To link it again, set salesforce_id = '{ONE}' of its row; the next run reads it."
        " To let the import make a new row, delete its line in sync.link, and set release_asked here."
    ]


def test_an_unlinked_record_that_is_deleted_in_the_org_is_left_out(unlinked: Engine, load: Any, ask: Any) -> None:
    loaded = load(accounts({"salesforce_id": ONE, "is_deleted": True, "system_modstamp": TUESDAY}))

    assert (loaded.counts.read, loaded.counts.unchanged, len(loaded.rejects)) == (1, 1, 0)
    assert ask("SELECT count(*) FROM crm.accounts") == [2]


@pytest.mark.parametrize("name", ["One", "Two"], ids=["its-own", "another"])
def test_a_record_that_is_linked_to_a_row_again_is_written_to_it(
    unlinked: Engine, load: Any, ask: Any, name: str
) -> None:
    do(unlinked, "UPDATE crm.accounts SET salesforce_id = :id WHERE name = :name", id=ONE, name=name)

    load(accounts({"salesforce_id": ONE, "name": "Changed", "system_modstamp": TUESDAY}))

    assert len(ask("SELECT id FROM crm.accounts")) == 2
    assert ask("SELECT salesforce_id FROM crm.accounts WHERE name = 'Changed'") == [ONE]


@pytest.mark.parametrize(
    ("table", "unlinked_at"), [("crm.others", "now()"), ("crm.accounts", "NULL")], ids=["of-another-table", "holds"]
)
def test_a_link_of_another_table_or_one_that_holds_is_no_tombstone(
    warehouse: Engine, load: Any, table: str, unlinked_at: str
) -> None:
    do(
        warehouse,
        "INSERT INTO sync.link (mapping, table_name, row_id, salesforce_id, unlinked_at)"
        f" VALUES ('others', :table, 1, :id, {unlinked_at})",
        table=table,
        id=ONE,
    )

    loaded = load(accounts({"salesforce_id": ONE, "name": "One"}))

    assert (loaded.undecided, len(loaded.rejects)) == (set(), 0)


def test_a_record_whose_tombstone_is_deleted_gets_a_row_of_its_own(unlinked: Engine, load: Any, ask: Any) -> None:
    do(unlinked, "DELETE FROM sync.link")

    load(accounts({"salesforce_id": ONE, "name": "New"}))

    assert sorted(ask("SELECT name FROM crm.accounts")) == ["New", "One", "Two"]


def test_a_child_of_an_unlinked_record_waits_for_it(unlinked: Engine, load: Any) -> None:
    loaded = load(contacts({"salesforce_id": contact_id(1), "last_name": "Ada", "account_id": ONE}), mapping=CONTACTS)

    assert loaded.rejects["waits_for_id"].tolist() == [ONE]


def test_whoever_may_write_the_row_may_unlink_it_without_rights_in_schema_sync(unlinked: Engine, ask: Any) -> None:
    do(unlinked, "CREATE ROLE team; GRANT USAGE ON SCHEMA crm TO team; GRANT SELECT, UPDATE ON crm.accounts TO team")
    try:
        do(unlinked, "SET LOCAL ROLE team; UPDATE crm.accounts SET salesforce_id = NULL WHERE name = 'Two'")
    finally:
        do(unlinked, "DROP OWNED BY team; DROP ROLE team")

    assert sorted(ask("SELECT salesforce_id FROM sync.link WHERE unlinked_at IS NOT NULL")) == [ONE, TWO]


def test_a_row_that_is_linked_by_hand_has_the_one_form_of_the_id(unlinked: Engine, load: Any, ask: Any) -> None:
    typed = "0015g00000AbCdE"
    do(unlinked, "UPDATE crm.accounts SET salesforce_id = :id WHERE name = 'One'", id=typed)
    do(unlinked, "INSERT INTO crm.accounts (name, salesforce_id) VALUES ('Three', :id)", id=typed.replace("A", "B"))

    assert ask("SELECT salesforce_id FROM crm.accounts WHERE name <> 'Two' ORDER BY name") == [
        to_id18("0015g00000AbCdE"),
        to_id18("0015g00000BbCdE"),
    ]
    with pytest.raises(DataError, match=r"crm\.accounts\.salesforce_id = 'Acme *' is not a Salesforce id"):
        do(unlinked, "UPDATE crm.accounts SET salesforce_id = 'Acme' WHERE name = 'One'")
