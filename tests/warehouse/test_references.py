from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from crm_rows import (
    ACCOUNTS,
    CATALOG,
    CONTACTS,
    TUESDAY,
    account_id,
    accounts,
    contact_id,
    contacts,
    to_field,
    to_frame,
)
from sqlalchemy import text

from closedwon.counts import Counts
from closedwon.mapping.model import Mapping
from closedwon.warehouse.prepare import check_table, prepare_warehouse
from closedwon.warehouse.transaction import transaction

ONE, TWO, THREE, FOUR = map(account_id, (1, 2, 3, 4))
REJECT = (
    *("salesforce_id", "system_modstamp", "class", "field"),
    *("value", "reason", "waits_for_table", "waits_for_id"),
)
ADA, BOB = map(contact_id, (1, 2))

PARENTS = "SELECT a.salesforce_id, p.salesforce_id FROM crm.accounts a LEFT JOIN crm.accounts p ON p.id = a.parent_id"


def test_a_reference_becomes_the_id_of_the_parents_row(load, ask):
    load(accounts({"salesforce_id": ONE}))

    loaded = load(contacts({"salesforce_id": ADA, "account_id": ONE}, {"salesforce_id": BOB}), mapping=CONTACTS)

    assert loaded.counts == Counts(read=2, written=2)
    joined = (
        "SELECT c.salesforce_id, a.salesforce_id FROM crm.contacts c LEFT JOIN crm.accounts a ON a.id = c.account_id"
    )
    assert ask(f"{joined} ORDER BY 1") == [(ADA, ONE), (BOB, None)]


def test_a_reference_that_moves_to_another_parent_is_a_change(load, ask):
    load(accounts({"salesforce_id": ONE}, {"salesforce_id": TWO}))
    load(contacts({"salesforce_id": ADA, "account_id": ONE}), mapping=CONTACTS)

    moved = contacts({"salesforce_id": ADA, "account_id": TWO, "system_modstamp": TUESDAY})

    assert load(moved, mapping=CONTACTS).counts == Counts(read=1, written=1)
    assert load(moved, mapping=CONTACTS).counts == Counts(read=1, unchanged=1)
    assert ask("SELECT a.salesforce_id FROM crm.contacts JOIN crm.accounts a ON a.id = account_id") == [TWO]


def test_a_row_whose_parent_is_missing_is_a_reject_that_names_the_parent_and_is_not_written(load, ask):
    rows = contacts({"salesforce_id": ADA, "account_id": ONE, "system_modstamp": TUESDAY}, {"salesforce_id": BOB})

    loaded = load(rows, mapping=CONTACTS)

    assert loaded.counts == Counts(read=2, written=1, rejected=1)
    assert tuple(loaded.rejects.columns) == REJECT
    (reject,) = loaded.rejects.to_dict("records")
    assert reject["salesforce_id"] == ADA
    assert reject["system_modstamp"].isoformat() == "2026-11-17T08:00:00+00:00"
    assert (reject["class"], reject["field"], reject["value"]) == ("waits_for_parent", "AccountId", ONE)
    assert (reject["waits_for_table"], reject["waits_for_id"]) == ("crm.accounts", ONE)
    assert f"Contact.AccountId = '{ONE}'" in reject["reason"]
    assert ask("SELECT salesforce_id FROM crm.contacts") == [BOB]


def test_a_row_that_misses_two_parents_is_one_rejected_record_with_two_faults(load):
    loaded = load(contacts({"salesforce_id": ADA, "account_id": ONE, "reports_to_id": BOB}), mapping=CONTACTS)

    assert loaded.counts == Counts(read=1, rejected=1)
    assert sorted(loaded.rejects["field"]) == ["AccountId", "ReportsToId"]


def test_without_rejects_the_frame_is_empty_and_has_its_columns(load):
    rejects = load(accounts({"salesforce_id": ONE})).rejects

    assert rejects.empty
    assert tuple(rejects.columns) == REJECT


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_parents_and_children_of_one_object_come_in_any_order(load, ask, order):
    rows = [
        {"salesforce_id": ONE},
        {"salesforce_id": TWO, "parent_id": ONE},
        {"salesforce_id": THREE, "parent_id": TWO},
    ]

    loaded = load(*(accounts(rows[place]) for place in order))

    assert loaded.counts == Counts(read=3, written=3)
    assert ask(f"{PARENTS} ORDER BY 1") == [(ONE, None), (TWO, ONE), (THREE, TWO)]
    assert load(accounts(*rows)).counts == Counts(read=3, unchanged=3)


def test_rows_that_refer_to_each_other_are_written(load, ask):
    loaded = load(accounts({"salesforce_id": ONE, "parent_id": TWO}, {"salesforce_id": TWO, "parent_id": ONE}))

    assert loaded.counts == Counts(read=2, written=2)
    assert ask(f"{PARENTS} ORDER BY 1") == [(ONE, TWO), (TWO, ONE)]


def test_a_row_made_by_hand_after_a_load_gets_an_id_that_is_free(load, ask, do):
    load(accounts({"salesforce_id": ONE, "parent_id": TWO}, {"salesforce_id": TWO}))

    do("INSERT INTO crm.accounts (name) VALUES ('by hand')")

    assert ask("SELECT count(DISTINCT id) FROM crm.accounts") == [3]


def test_below_a_missing_parent_the_whole_chain_waits(load, ask):
    loaded = load(
        accounts(
            {"salesforce_id": TWO, "parent_id": ONE},
            {"salesforce_id": THREE, "parent_id": TWO},
            {"salesforce_id": FOUR},
        )
    )

    assert loaded.counts == Counts(read=3, written=1, rejected=2)
    assert sorted(zip(loaded.rejects["salesforce_id"], loaded.rejects["waits_for_id"], strict=True)) == [
        (TWO, ONE),
        (THREE, TWO),
    ]
    assert ask("SELECT salesforce_id FROM crm.accounts") == [FOUR]


def test_a_row_whose_new_version_misses_its_parent_stays_as_it_was(load, ask):
    load(accounts({"salesforce_id": ONE, "name": "before"}))

    loaded = load(accounts({"salesforce_id": ONE, "name": "after", "parent_id": FOUR, "system_modstamp": TUESDAY}))

    assert loaded.counts == Counts(read=1, rejected=1)
    assert ask("SELECT name FROM crm.accounts") == ["before"]


def test_a_deletion_needs_no_parent(load, ask):
    load(accounts({"salesforce_id": ONE}))

    loaded = load(accounts({"salesforce_id": ONE, "parent_id": FOUR, "is_deleted": True, "system_modstamp": TUESDAY}))

    assert loaded.counts == Counts(read=1, written=1)
    assert ask("SELECT is_deleted FROM crm.accounts") == [True]


def test_a_stale_version_needs_no_parent(load):
    load(accounts({"salesforce_id": ONE, "system_modstamp": TUESDAY}))

    stale = load(accounts({"salesforce_id": ONE, "parent_id": FOUR}), is_latest=False)

    assert stale.counts == Counts(read=1, unchanged=1)


def test_a_row_linked_by_hand_that_misses_its_parent_waits(load, ask, do):
    do("INSERT INTO crm.accounts (name, salesforce_id) VALUES ('by hand', :id)", id=ONE)

    assert load(accounts({"salesforce_id": ONE, "parent_id": FOUR})).counts == Counts(read=1, rejected=1)
    assert ask("SELECT name FROM crm.accounts") == ["by hand"]


def owned(*references: str) -> Mapping:
    """Contacts with an owner that may be a record of several objects."""
    owner = to_field("OwnerId", "owner_id", "reference", references=references, is_polymorphic=True, line=9)
    return replace(CONTACTS, name="owned", table="crm.owned", fields=(CONTACTS.fields[0], owner))


def test_rows_whose_parent_has_not_come_are_found_by_an_index_that_holds_no_others(ask, owned_contacts):
    (index,) = ask("SELECT indexdef FROM pg_indexes WHERE indexname = 'owned_owner_id_salesforce_id_idx'")

    assert index.endswith("WHERE ((owner_id IS NULL) AND (owner_id_salesforce_id IS NOT NULL))")


OWNERS = "SELECT salesforce_id, owner_id IS NULL, owner_id_salesforce_id FROM crm.owned ORDER BY 1"
QUEUE = "00G000000000001AAA"


@pytest.fixture
def owned_contacts(warehouse) -> Iterator[Mapping]:
    mapping = owned("crm.accounts", "crm.contacts")
    with transaction(warehouse) as connection:
        prepare_warehouse(connection, replace(CATALOG, mappings=(ACCOUNTS, CONTACTS, mapping)))
        check_table(connection, mapping)
    yield mapping
    with transaction(warehouse) as connection:
        connection.execute(text("DROP TABLE crm.owned"))


def test_a_reference_to_a_record_of_an_object_without_table_arrives_empty_with_its_id_kept(load, ask, owned_contacts):
    load(accounts({"salesforce_id": ONE}))
    load(contacts({"salesforce_id": ADA}), mapping=CONTACTS)
    rows = zip((account_id(7), account_id(8), account_id(9)), (ONE, ADA, QUEUE), strict=True)
    frame = to_frame(owned_contacts, *({"salesforce_id": row, "owner_id": owner} for row, owner in rows))

    loaded = load(frame, mapping=owned_contacts)

    assert (loaded.counts, len(loaded.rejects)) == (Counts(read=3, written=3), 0)
    assert ask(OWNERS) == [
        (account_id(7), False, ONE),
        (account_id(8), False, ADA),
        (account_id(9), True, QUEUE),
    ]
    assert load(frame, mapping=owned_contacts).counts == Counts(read=3, unchanged=3)


def test_a_reference_to_several_objects_is_linked_once_its_parent_has_come(load, ask, owned_contacts):
    frame = to_frame(owned_contacts, {"salesforce_id": ADA, "owner_id": ONE})
    load(frame, mapping=owned_contacts)
    assert ask(OWNERS) == [(ADA, True, ONE)]

    load(accounts({"salesforce_id": ONE}))
    load(to_frame(owned_contacts, {"salesforce_id": BOB}), mapping=owned_contacts)

    assert ask(OWNERS) == [(ADA, False, ONE), (BOB, True, None)]


@pytest.fixture
def families(warehouse) -> Iterator[Mapping]:
    """Accounts whose parent account may be hidden."""
    parent = to_field("ParentId", "parent_id", "reference", references=("crm.families",), is_polymorphic=True, line=9)
    mapping = replace(ACCOUNTS, name="families", table="crm.families", fields=(ACCOUNTS.fields[0], parent))
    with transaction(warehouse) as connection:
        prepare_warehouse(connection, replace(CATALOG, mappings=(ACCOUNTS, CONTACTS, mapping)))
        check_table(connection, mapping)
    yield mapping
    with transaction(warehouse) as connection:
        connection.execute(text("DROP TABLE crm.families"))


FAMILIES = """
    SELECT c.salesforce_id, p.salesforce_id, c.parent_id_salesforce_id
      FROM crm.families c LEFT JOIN crm.families p ON p.id = c.parent_id ORDER BY 1
"""


def test_a_row_does_not_wait_for_a_parent_of_its_own_object_that_may_be_hidden(load, ask, families):
    loaded = load(to_frame(families, {"salesforce_id": TWO, "parent_id": ONE}), mapping=families)

    assert (loaded.counts, len(loaded.rejects)) == (Counts(read=1, written=1), 0)
    assert ask(FAMILIES) == [(TWO, None, ONE)]


def test_a_row_is_linked_to_a_parent_of_its_own_object_that_comes_later(load, ask, families):
    load(to_frame(families, {"salesforce_id": TWO, "parent_id": ONE}), mapping=families)

    load(to_frame(families, {"salesforce_id": ONE}), mapping=families)

    assert ask(FAMILIES) == [(ONE, None, None), (TWO, ONE, ONE)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_parents_that_may_be_hidden_and_their_children_come_in_any_order(load, ask, families, order):
    rows = [
        {"salesforce_id": ONE},
        {"salesforce_id": TWO, "parent_id": ONE},
        {"salesforce_id": THREE, "parent_id": TWO},
    ]

    loaded = load(*(to_frame(families, rows[place]) for place in order), mapping=families)

    assert loaded.counts == Counts(read=3, written=3)
    assert ask(FAMILIES) == [(ONE, None, None), (TWO, ONE, ONE), (THREE, TWO, TWO)]
