"""Records that are purged from the org while they wait in quarantine."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.world import World


@pytest.fixture
def held(world: World) -> str:
    """An account that waits in quarantine for its label, and whose next try has been asked for."""
    world.without_fallbacks()
    account = world.people().create("Account", {"Name": "Drama", "Industry": "Llama Farming"})
    world.run_import()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sync.quarantine SET release_asked = true")
    return account


def purge(world: World, record_id: str) -> None:
    world.people().delete("Account", record_id)
    world.org.control.purge([record_id])


def test_a_quarantined_record_that_is_purged_ends_as_gone_and_wakes_no_further_task(world: World, held: str) -> None:
    purge(world, held)

    world.run_import()

    row = world.one("SELECT state, release_asked, released_at IS NOT NULL FROM sync.quarantine")
    assert tuple(row) == ("gone", False, True)
    assert world.run_import() == {}
    assert world.one("SELECT waiting FROM sync.status WHERE flow = 'import' AND mapping = 'accounts'") == 0


def test_a_quarantined_record_that_is_in_the_org_goes_on_waiting(world: World, held: str) -> None:
    world.run_import()

    assert world.one("SELECT state FROM sync.quarantine WHERE salesforce_id = :id", id=held) == "waiting"


def test_a_quarantined_record_that_changes_after_the_probe_is_in_the_org_and_not_gone(world: World, held: str) -> None:
    sf, run_id = world.login(), world.next_run()
    expected = world.run_probe(run_id, sf)
    world.org.control.advance_clock(2)
    world.people().update("Account", held, {"Phone": "555-0100"})  # it leaves the run's window

    counts = world.read_mapping("accounts", expected, sf, run_id)

    assert counts.read == 3
    assert world.one("SELECT state FROM sync.quarantine WHERE salesforce_id = :id", id=held) == "waiting"


def test_Beyond_2_a_record_that_becomes_visible_with_an_older_stamp_is_read_by_a_full_import(world: World) -> None:
    world.run_import()
    stamp = (world.org.control.now() - timedelta(days=7)).isoformat()
    (shared,) = world.org.control.write_records(
        "Account", [{"Name": "Shared", "SystemModstamp": stamp, "CreatedDate": stamp}]
    )

    world.run_import(mode="full")

    assert world.one("SELECT name FROM crm.accounts WHERE salesforce_id = :id", id=shared) == "Shared"
    assert world.is_in_parity()
