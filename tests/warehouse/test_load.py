from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from crm_rows import ACCOUNTS, MONDAY, TUESDAY, WEDNESDAY, account_id, accounts

from closedwon.counts import Counts
from closedwon.errors import BatchRejected
from closedwon.warehouse.load.load_rows import load_rows
from closedwon.warehouse.transaction import transaction

ONE, TWO, THREE = map(account_id, (1, 2, 3))


def test_a_first_load_writes_every_row_of_every_frame_and_gives_each_an_id_of_its_own(load, ask):
    loaded = load(
        accounts({"salesforce_id": ONE, "name": "Acme"}, {"salesforce_id": TWO, "name": "Böhm"}),
        accounts({"salesforce_id": THREE, "name": "Čapek"}),
    )

    assert loaded.counts == Counts(read=3, written=3)
    assert ask("SELECT salesforce_id, name FROM crm.accounts ORDER BY 1") == [
        (ONE, "Acme"),
        (TWO, "Böhm"),
        (THREE, "Čapek"),
    ]
    assert ask("SELECT count(DISTINCT id) FROM crm.accounts WHERE loaded_at IS NOT NULL") == [3]


def test_a_load_of_nothing_counts_nothing(load):
    assert load().counts == Counts()
    assert load(accounts()).counts == Counts()


def test_loading_the_same_rows_again_touches_none_of_them(load, ask):
    rows = accounts({"salesforce_id": ONE, "name": "Acme", "annual_revenue": 1.5}, {"salesforce_id": TWO})
    load(rows)
    versions = ask("SELECT xmin::text, xmax::text, ctid::text, id FROM crm.accounts")

    assert load(rows).counts == Counts(read=2, unchanged=2)
    assert ask("SELECT xmin::text, xmax::text, ctid::text, id FROM crm.accounts") == versions


def test_a_changed_value_is_written_and_the_row_keeps_its_id(load, ask):
    load(accounts({"salesforce_id": ONE, "name": "Acme"}, {"salesforce_id": TWO, "name": "Böhm"}))
    ids = ask("SELECT id FROM crm.accounts ORDER BY salesforce_id")

    loaded = load(
        accounts(
            {"salesforce_id": ONE, "name": "Acme GmbH", "system_modstamp": TUESDAY},
            {"salesforce_id": TWO, "name": "Böhm"},
        )
    )

    assert loaded.counts == Counts(read=2, written=1, unchanged=1)
    assert ask("SELECT name FROM crm.accounts ORDER BY salesforce_id") == ["Acme GmbH", "Böhm"]
    assert ask("SELECT id FROM crm.accounts ORDER BY salesforce_id") == ids


@pytest.mark.parametrize(("before", "after"), [("Acme", None), (None, "Acme"), ("Acme", ""), ("", None)])
def test_a_value_that_appears_vanishes_or_becomes_empty_is_a_change(load, ask, before, after):
    load(accounts({"salesforce_id": ONE, "name": before}))

    assert load(accounts({"salesforce_id": ONE, "name": after})).counts.written == 1
    assert ask("SELECT name FROM crm.accounts") == [after]


def test_where_only_the_stamp_moved_the_stamp_is_kept_and_the_row_counts_as_unchanged(load, ask):
    load(accounts({"salesforce_id": ONE, "name": "Acme"}))
    loaded_at = ask("SELECT loaded_at FROM crm.accounts")

    moved = load(accounts({"salesforce_id": ONE, "name": "Acme", "system_modstamp": TUESDAY}))

    assert moved.counts == Counts(read=1, unchanged=1)
    assert ask("SELECT system_modstamp FROM crm.accounts") == [datetime.fromisoformat(TUESDAY)]
    assert ask("SELECT loaded_at FROM crm.accounts") == loaded_at


@pytest.mark.parametrize("stamp", [MONDAY, TUESDAY])
def test_of_what_was_read_before_a_later_run_loaded_nothing_replaces_a_version_that_is_not_older(load, ask, stamp):
    load(accounts({"salesforce_id": ONE, "name": "new", "system_modstamp": TUESDAY}))

    old = load(accounts({"salesforce_id": ONE, "name": "old", "system_modstamp": stamp}), is_latest=False)

    assert old.counts == Counts(read=1, unchanged=1)
    assert ask("SELECT name, system_modstamp FROM crm.accounts") == [("new", datetime.fromisoformat(TUESDAY))]


def test_of_what_was_read_before_a_later_run_loaded_a_newer_version_is_written_and_so_is_a_new_row(load, ask):
    load(accounts({"salesforce_id": ONE, "name": "Acme"}))

    rows = accounts({"salesforce_id": ONE, "name": "Acme 2", "system_modstamp": TUESDAY}, {"salesforce_id": TWO})

    assert load(rows, is_latest=False).counts == Counts(read=2, written=2)
    assert ask("SELECT name FROM crm.accounts WHERE salesforce_id = :id", id=ONE) == ["Acme 2"]


@pytest.mark.parametrize("name", ["Acme", "Acme 2"])
def test_what_was_read_after_all_that_the_table_holds_wins_over_a_later_stamp(load, ask, name):
    load(accounts({"salesforce_id": ONE, "name": "Acme", "system_modstamp": TUESDAY}))

    load(accounts({"salesforce_id": ONE, "name": name, "system_modstamp": MONDAY}))

    assert ask("SELECT name, system_modstamp FROM crm.accounts") == [(name, datetime.fromisoformat(MONDAY))]


def test_a_record_that_comes_several_times_counts_once_as_its_latest_version(load, ask):
    loaded = load(
        accounts(
            {"salesforce_id": ONE, "name": "Monday"},
            {"salesforce_id": ONE, "name": "Wednesday", "system_modstamp": WEDNESDAY},
            {"salesforce_id": TWO, "name": "twice"},
        ),
        accounts(
            {"salesforce_id": ONE, "name": "Tuesday", "system_modstamp": TUESDAY},
            {"salesforce_id": TWO, "name": "twice"},
        ),
    )

    assert loaded.counts == Counts(read=2, written=2)
    assert ask("SELECT name FROM crm.accounts ORDER BY salesforce_id") == ["Wednesday", "twice"]


def test_Beyond_8_a_deletion_marks_the_row_and_leaves_its_values(load, ask):
    load(accounts({"salesforce_id": ONE, "name": "Acme", "employees": 7}))
    gone = accounts({"salesforce_id": ONE, "is_deleted": True, "system_modstamp": TUESDAY})

    assert load(gone).counts == Counts(read=1, written=1)
    assert load(gone).counts == Counts(read=1, unchanged=1)
    assert ask("SELECT name, employees, is_deleted, system_modstamp FROM crm.accounts") == [
        ("Acme", 7, True, datetime.fromisoformat(TUESDAY))
    ]


def test_a_deleted_record_that_was_never_loaded_comes_as_it_is(load, ask):
    assert load(accounts({"salesforce_id": ONE, "name": "Acme", "is_deleted": True})).counts == Counts(1, 1)
    assert ask("SELECT name, is_deleted FROM crm.accounts") == [("Acme", True)]


def test_Beyond_8_an_undeleted_record_is_live_again_with_its_present_values(load, ask):
    load(accounts({"salesforce_id": ONE, "name": "Acme", "is_deleted": True}))

    load(accounts({"salesforce_id": ONE, "name": "Acme 2", "system_modstamp": TUESDAY}))

    assert ask("SELECT name, is_deleted FROM crm.accounts") == [("Acme 2", False)]


def test_a_deletion_that_is_older_than_the_row_is_ignored(load, ask):
    load(accounts({"salesforce_id": ONE, "system_modstamp": TUESDAY}))

    old = load(accounts({"salesforce_id": ONE, "is_deleted": True}), is_latest=False)

    assert old.counts == Counts(read=1, unchanged=1)
    assert ask("SELECT is_deleted FROM crm.accounts") == [False]


@pytest.mark.parametrize(
    "name",
    ["", " ", "00123", "NULL", r"\N", r"\.", 'a "quoted", text', "two\nlines\r\nthree\n\\.\n", "tab\t'; --", "😀 Ünï"],
)
def test_texts_arrive_as_they_were_sent(load, ask, name):
    load(accounts({"salesforce_id": ONE, "name": name}))

    assert ask("SELECT name FROM crm.accounts") == [name]


def test_every_type_arrives_with_its_value_and_missing_ones_as_null(load, ask):
    load(
        accounts(
            {
                "salesforce_id": ONE,
                "annual_revenue": 12345678.91,
                "employees": 9007199254740993,
                "is_partner": False,
                "founded_on": "1701-02-28",
                "called_at": "2026-11-16T23:59:59.123456+02:00",
            },
            {"salesforce_id": TWO},
        )
    )

    columns = "annual_revenue, employees, is_partner, founded_on, called_at"
    assert ask(f"SELECT {columns} FROM crm.accounts ORDER BY salesforce_id") == [
        (
            Decimal("12345678.91"),
            9007199254740993,
            False,
            date(1701, 2, 28),
            datetime(2026, 11, 16, 21, 59, 59, 123456, tzinfo=UTC),
        ),
        (None, None, None, None, None),
    ]


@pytest.mark.parametrize("number", [0.1, -0.5, 1e15, 1e22, 1e-7, 123456789.01])
def test_numbers_become_the_decimal_that_a_person_wrote(load, ask, number):
    load(accounts({"salesforce_id": ONE, "annual_revenue": number}))

    assert ask("SELECT annual_revenue FROM crm.accounts") == [Decimal(repr(number))]


def test_a_value_that_postgres_cannot_hold_rejects_the_batch_without_showing_the_value(load, ask):
    with pytest.raises(BatchRejected, match="CharacterNotInRepertoire, COPY #staging, line 1") as refused:
        load(accounts({"salesforce_id": ONE, "name": "Jane\0Doe"}))

    assert "Jane" not in str(refused.value)
    assert ask("SELECT count(*) FROM crm.accounts") == [0]


def test_a_row_that_was_linked_by_hand_is_filled_and_keeps_its_id(load, ask, do):
    do("INSERT INTO crm.accounts (id, name, salesforce_id) VALUES (4711, 'by hand', :id)", id=ONE)

    assert load(accounts({"salesforce_id": ONE, "name": "Acme"})).counts == Counts(read=1, written=1)
    assert ask("SELECT id, name FROM crm.accounts") == [(4711, "Acme")]


def test_a_field_that_is_not_received_makes_no_column(load, ask):
    load(accounts({"salesforce_id": ONE, "name": "Acme"}))

    made = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'crm' AND column_name = 'health_score'"
    assert ask(made) == [0]


def test_columns_that_no_mapping_receives_belong_to_the_warehouse(load, ask, do):
    load(accounts({"salesforce_id": ONE, "name": "Acme"}))
    do("ALTER TABLE crm.accounts ADD health_score integer")
    do("UPDATE crm.accounts SET health_score = 88")

    load(accounts({"salesforce_id": ONE, "name": "Acme 2", "system_modstamp": TUESDAY}))

    assert ask("SELECT name, health_score FROM crm.accounts") == [("Acme 2", 88)]


def test_one_transaction_can_load_twice(warehouse, ask):
    with transaction(warehouse) as connection:
        load_rows(connection, ACCOUNTS, [accounts({"salesforce_id": ONE, "name": "Acme"})], is_latest=True)
        rows = accounts({"salesforce_id": TWO}, {"salesforce_id": ONE, "name": "B"})
        again = load_rows(connection, ACCOUNTS, [rows], is_latest=True)

    assert again.counts == Counts(read=2, written=2)
    assert ask("SELECT name FROM crm.accounts ORDER BY salesforce_id") == ["B", None]


def test_two_loads_of_the_same_records_at_once_make_one_row_each(warehouse, load, ask):
    rows = accounts({"salesforce_id": ONE, "name": "Acme"}, {"salesforce_id": TWO, "name": "Böhm"})
    other = threading.Thread(target=load, args=(rows,))

    with transaction(warehouse) as connection:
        load_rows(connection, ACCOUNTS, [rows], is_latest=True)
        other.start()
    other.join()

    assert ask("SELECT name FROM crm.accounts ORDER BY salesforce_id") == ["Acme", "Böhm"]
