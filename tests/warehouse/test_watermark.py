from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from crm_rows import ACCOUNTS, CATALOG, MONDAY, TUESDAY, account_id, accounts
from sqlalchemy import text

from closedwon.errors import FatalError
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.state.quarantine import put_rejects, release_loaded
from closedwon.warehouse.state.watermark import (
    commit_watermark,
    holds_each,
    newest_stamp,
    note_newest,
    read_watermark,
)
from closedwon.warehouse.state.window import begin_reading, pin_window, pinned_window
from closedwon.warehouse.transaction import open_engine, transaction
from closedwon.window import Window

ONE, TWO, THREE = map(account_id, (1, 2, 3))
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def to_rejects(*faults: tuple[str, str]) -> pd.DataFrame:
    row = {"class": "needs_data", "field": "Name", "value": None, "reason": "Name is empty."}
    rows = [{"salesforce_id": i, "system_modstamp": pd.Timestamp(at), **row} for i, at in faults]
    return pd.DataFrame(rows).assign(waits_for_table=None, waits_for_id=None)


def test_before_the_first_run_there_is_no_watermark(warehouse):
    with transaction(warehouse) as connection:
        assert read_watermark(connection, "accounts") is None


def test_the_watermark_moves_on_and_never_back(warehouse):
    with transaction(warehouse) as connection:
        commit_watermark(connection, "accounts", NOON, "first")
        commit_watermark(connection, "accounts", NOON + HOUR, "second")
        commit_watermark(connection, "accounts", NOON, "an old run, cleared")

        assert read_watermark(connection, "accounts") == NOON + HOUR
        assert read_watermark(connection, "contacts") is None


def test_the_watermark_comes_back_in_utc_whatever_the_servers_zone_is(engine, database_url):
    with transaction(engine) as connection:
        prepare_warehouse(connection, CATALOG)
        connection.execute(text(f"ALTER DATABASE {engine.url.database} SET timezone = 'Asia/Tokyo'"))
    elsewhere = open_engine(database_url)

    with transaction(elsewhere) as connection:
        commit_watermark(connection, "accounts", NOON, "first")
        assert read_watermark(connection, "accounts").utcoffset() == timedelta(0)
    elsewhere.dispose()


def test_the_first_window_that_a_run_pins_is_the_one_that_it_reads(warehouse):
    first = Window(start=NOON - HOUR, end=NOON, watermark=NOON - HOUR / 2)

    with transaction(warehouse) as connection:
        assert pin_window(connection, "run", "accounts", first) == first
        assert pin_window(connection, "run", "accounts", Window(start=None, end=NOON + HOUR)) == first
        assert pinned_window(connection, "run", "accounts") == first


def test_other_runs_and_other_mappings_have_windows_of_their_own(warehouse):
    first, other = Window(start=None, end=NOON), Window(start=NOON, end=NOON + HOUR, watermark=NOON)

    with transaction(warehouse) as connection:
        pin_window(connection, "run", "accounts", first)

        assert pin_window(connection, "next run", "accounts", other) == other
        assert pin_window(connection, "run", "contacts", other) == other
        assert pinned_window(connection, "run", "accounts") == first


@pytest.mark.parametrize(("org_now", "end"), [(NOON - HOUR, NOON - HOUR), (NOON, NOON), (NOON + HOUR, NOON)])
def test_a_window_ends_before_the_second_in_which_its_reading_begins(warehouse, org_now, end):
    with transaction(warehouse) as connection:
        pin_window(connection, "run", "accounts", Window(start=None, end=NOON))

        assert begin_reading(connection, "run", "accounts", org_now).end == end


def test_a_run_without_a_window_fails_with_the_advice_to_pin_one(warehouse):
    with (
        pytest.raises(FatalError, match="no window of 'accounts' for the run 'run'"),
        transaction(warehouse) as connection,
    ):
        pinned_window(connection, "run", "accounts")


def holds(connection, *versions):
    ids, stamps = zip(*versions, strict=True)
    return holds_each(connection, ACCOUNTS, ids, [datetime.fromisoformat(stamp) for stamp in stamps])


def test_a_record_is_held_only_with_exactly_its_stamp(warehouse, load):
    load(accounts({"salesforce_id": ONE, "system_modstamp": TUESDAY}, {"salesforce_id": TWO, "is_deleted": True}))

    with transaction(warehouse) as connection:
        assert holds(connection, (ONE, TUESDAY), (TWO, MONDAY))
        assert not holds(connection, (ONE, TUESDAY), (TWO, TUESDAY))
        assert not holds(connection, (ONE, MONDAY))
        assert not holds(connection, (ONE, TUESDAY), (THREE, MONDAY))


def test_rows_that_are_not_linked_are_not_held(warehouse, load, do):
    load(accounts({"salesforce_id": ONE}))
    do("UPDATE crm.accounts SET salesforce_id = NULL")

    with transaction(warehouse) as connection:
        assert not holds(connection, (ONE, MONDAY))
        assert newest_stamp(connection, ACCOUNTS) is None


def test_a_record_in_quarantine_is_held_even_where_the_table_has_an_older_version(warehouse, load):
    load(accounts({"salesforce_id": ONE}, {"salesforce_id": TWO}))

    with transaction(warehouse) as connection:
        put_rejects(connection, ACCOUNTS, to_rejects((TWO, TUESDAY), (THREE, TUESDAY)), "run", is_latest=False)

        assert holds(connection, (ONE, MONDAY), (TWO, TUESDAY), (THREE, TUESDAY))
        assert newest_stamp(connection, ACCOUNTS) == datetime.fromisoformat(TUESDAY)


def test_a_record_that_has_left_quarantine_is_no_longer_held_as_such(warehouse):
    with transaction(warehouse) as connection:
        put_rejects(connection, ACCOUNTS, to_rejects((ONE, TUESDAY)), "run", is_latest=False)
        release_loaded(
            connection, ACCOUNTS, [accounts({"salesforce_id": ONE, "system_modstamp": TUESDAY})], is_latest=False
        )

        assert not holds(connection, (ONE, TUESDAY))


def test_the_latest_stamp_is_kept_beside_the_watermark(warehouse, load, ask):
    load(accounts({"salesforce_id": ONE, "system_modstamp": TUESDAY}, {"salesforce_id": TWO}))

    with transaction(warehouse) as connection:
        commit_watermark(connection, "accounts", NOON, "run")
        assert note_newest(connection, ACCOUNTS, NOON) is None
        assert newest_stamp(connection, ACCOUNTS) == datetime.fromisoformat(TUESDAY)

    assert ask("SELECT newest_at FROM sync.watermark") == [datetime.fromisoformat(TUESDAY)]
