"""What the probe has to see: late changes, clocks that are ahead or go back; and what it must not read again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from closedwon.counts import Counts
from tests.world import World


def find_account(world: World, name: str) -> str:
    return find_record(world, "Account", name)


def find_record(world: World, sobject: str, name: str) -> str:
    (record,) = world.people().query(f"SELECT Id FROM {sobject} WHERE Name = '{name}'")
    return str(record["Id"])


def write_account(world: World, name: str, at: datetime, **fields: Any) -> None:
    """Changes an account with this SystemModstamp, whatever the clock says."""
    write_record(world, "Account", name, at, **fields)


def write_record(world: World, sobject: str, name: str, at: datetime, **fields: Any) -> None:
    record = {"Id": find_record(world, sobject, name), "SystemModstamp": at.isoformat(), **fields}
    world.org.control.write_records(sobject, [record])


def in_quarantine(world: World) -> list[str]:
    return [row.value for row in world.rows("SELECT value FROM sync.quarantine WHERE state = 'waiting'")]


def phone(world: World, name: str) -> Any:
    return world.one("SELECT phone FROM crm.accounts WHERE name = :name", name=name)


@pytest.fixture
def now(world: World) -> datetime:
    """A second at which the org's clock is held, once all is imported."""
    world.org.control.advance_clock(5)
    world.run_import()
    now = world.org.control.now().replace(microsecond=0) + timedelta(minutes=20)
    world.org.control.hold_clock(now)
    return now


def test_Beyond_2_an_update_that_becomes_visible_after_a_later_one_was_read_is_read(
    world: World, now: datetime
) -> None:
    write_account(world, "Globex", now - timedelta(seconds=120), Phone="early")
    write_account(world, "Initech", now - timedelta(seconds=10), Phone="later")
    world.run_import()
    write_account(world, "Globex", now - timedelta(seconds=60), Phone="late")

    assert world.run_import()["accounts"].written == 1

    assert phone(world, "Globex") == "late"
    assert world.run_import() == {}


def test_Beyond_2_a_stamp_that_goes_back_is_read(world: World, now: datetime) -> None:
    write_account(world, "Globex", now - timedelta(seconds=10), Phone="clock ahead")
    world.run_import()
    write_account(world, "Globex", now - timedelta(seconds=40), Phone="right clock")

    assert world.run_import()["accounts"].written == 1

    assert phone(world, "Globex") == "right clock"
    assert world.run_import() == {}


def test_a_bad_version_with_an_earlier_stamp_than_the_held_one_waits_and_keeps_no_run_busy(
    world: World, now: datetime
) -> None:
    write_record(world, "Opportunity", "Deal 1", now - timedelta(seconds=10), Amount=100)
    world.run_import()
    write_record(world, "Opportunity", "Deal 1", now - timedelta(seconds=40), Amount=-100)

    assert world.run_import()["opportunities"].rejected == 1

    assert in_quarantine(world) == ["-100.0"]
    assert world.run_import() == {}


def test_a_record_that_is_corrected_under_an_earlier_stamp_leaves_quarantine(world: World, now: datetime) -> None:
    write_record(world, "Opportunity", "Deal 1", now - timedelta(seconds=10), Amount=-100)
    world.run_import()
    assert len(in_quarantine(world)) == 1
    write_record(world, "Opportunity", "Deal 1", now - timedelta(seconds=40), Amount=100)

    assert world.run_import()["opportunities"].written == 1

    assert in_quarantine(world) == []
    assert world.run_import() == {}


@pytest.mark.parametrize("is_quiet", [True, False], ids=["in a quiet run", "in a run that reads"])
def test_a_change_is_read_though_the_clock_of_an_earlier_run_was_hours_ahead(
    world: World, now: datetime, is_quiet: bool
) -> None:
    if not is_quiet:
        write_account(world, "Initech", now - timedelta(seconds=10), Phone="before")
    world.org.control.hold_clock(now + timedelta(hours=5))
    assert (world.run_import() == {}) == is_quiet
    world.org.control.hold_clock(now + timedelta(minutes=5))
    world.people().update("Account", find_account(world, "Globex"), {"Phone": "after"})
    world.org.control.hold_clock(now + timedelta(minutes=10))

    assert world.run_import()["accounts"].written == 1

    assert phone(world, "Globex") == "after"
    assert world.run_import() == {}


def test_a_record_whose_stamp_lies_ahead_of_the_orgs_clock_is_left_to_the_run_that_reaches_it(
    world: World, now: datetime
) -> None:
    write_account(world, "Globex", now + timedelta(seconds=30), Phone="clock ahead")
    assert world.run_import() == {}
    world.org.control.hold_clock(now + timedelta(minutes=10))

    assert world.run_import()["accounts"].written == 1

    assert phone(world, "Globex") == "clock ahead"


def test_a_purged_record_keeps_no_run_busy(world: World, now: datetime) -> None:
    record_id = world.people().create("Account", {"Name": "Purged"})
    world.org.control.hold_clock(now + timedelta(minutes=1))
    world.run_import()
    world.people().delete("Account", record_id)
    world.org.control.purge([record_id])

    assert world.run_import() == {}


def test_more_records_than_a_probe_lists_are_read_once_more_until_no_late_change_is_possible(
    world: World, now: datetime
) -> None:
    world.org.org.insert_many("Account", ({"Name": f"Account {number}"} for number in range(2_100)))
    world.org.control.hold_clock(now + timedelta(minutes=2))
    assert world.run_import()["accounts"].written == 2_100
    write_account(world, "Account 7", now, Phone="late")
    write_account(world, "Account 8", now - timedelta(seconds=1), Phone="late and back")
    world.org.control.hold_clock(now + timedelta(minutes=12))

    assert world.run_import()["accounts"] == Counts(read=2_100, written=2, unchanged=2_098)

    assert [phone(world, name) for name in ("Account 7", "Account 8")] == ["late", "late and back"]
    world.org.control.hold_clock(now + timedelta(minutes=22))
    assert world.run_import() == {}
