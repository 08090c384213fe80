"""When a mapping is read: not while it is inactive, and no more often than its interval says."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest

from tests.world import MAPPINGS, World

NAMES = ("users", "accounts", "contacts", "opportunities")


@pytest.fixture
def world(world: World) -> World:
    world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
    return world


def write(world: World, name: str, line: str) -> None:
    """Has the mapping's file say this, too, below its direction."""
    file = world.mappings / f"{name}.yaml"
    file.write_text(file.read_text().replace("direction: receive\n", f"direction: receive\n{line}\n", 1))


def activate(world: World, name: str) -> None:
    file = world.mappings / f"{name}.yaml"
    file.write_text(file.read_text().replace("active: false\n", ""))


def state(world: World, name: str) -> str:
    return str(world.one("SELECT state FROM sync.status WHERE flow = 'import' AND mapping = :name", name=name))


def last_read(world: World, name: str) -> datetime:
    at: datetime = world.one("SELECT max(started_at) FROM sync.run WHERE mapping = :name", name=name)
    return at


def test_Autotask_5_an_inactive_mapping_is_not_read_and_keeps_the_rows_that_others_refer_to(world: World) -> None:
    world.run_import()
    write(world, "accounts", "active: false")
    account = world.people().query("SELECT Id FROM Account WHERE Name = 'Globex'").__next__()["Id"]
    world.people().update("Account", account, {"Phone": "9"})
    world.people().create("Contact", {"LastName": "Late", "AccountId": account})
    world.org.control.advance_clock(5)

    assert set(world.run_import()) == {"contacts"}

    assert (
        world.one(
            "SELECT a.phone FROM crm.contacts c JOIN crm.accounts a ON a.id = c.account_id WHERE c.last_name = 'Late'"
        )
        is None
    )
    assert state(world, "accounts") == "inactive"


def test_a_run_by_hand_says_by_name_and_file_why_it_does_not_read_an_inactive_mapping(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world, "contacts", "active: false")
    monkeypatch.setattr(logging.getLogger("closedwon.flows.steps.due"), "disabled", False)

    assert world.run_import(objects=["contacts"], mode="full") == {}

    assert "contacts: skipped, as contacts.yaml says `active: false`" in caplog.text


def test_Planhat_2_what_is_connected_and_not_switched_on_receives_nothing_and_asks_nothing(world: World) -> None:
    for name in NAMES:
        write(world, name, "active: false")
    sf = world.login()
    calls = sf.session.calls

    assert world.run_import(sf=sf) == {}

    assert sf.session.calls == calls
    assert world.rows("SELECT FROM crm.accounts") == []


def test_Autotask_9_a_mapping_that_is_activated_is_read_at_the_next_tick(world: World) -> None:
    write(world, "contacts", "active: false\nevery: 2 hours")
    world.run_import()
    assert world.rows("SELECT FROM crm.contacts") == []
    activate(world, "contacts")

    assert world.run_import(tick=datetime.now().astimezone())["contacts"].written == 4

    assert state(world, "contacts") == "ok"


def test_Autotask_10_a_mapping_of_every_20_minutes_is_read_at_each_second_tick_of_ten_however_late_the_runs_begin(
    world: World,
) -> None:
    write(world, "contacts", "every: 20 minutes")
    world.run_import()
    tick = last_read(world, "contacts") - timedelta(seconds=50)

    def is_read(minutes: int) -> bool:
        before = last_read(world, "contacts")
        world.run_import(tick=tick + timedelta(minutes=minutes))
        return last_read(world, "contacts") != before

    assert not is_read(10)
    assert is_read(20)


def test_a_run_by_hand_reads_at_once_what_a_scheduled_one_would_leave(world: World) -> None:
    write(world, "contacts", "every: 2 hours")
    world.run_import()
    world.people().create("Contact", {"LastName": "Late"})
    world.org.control.advance_clock(5)
    assert world.run_import(tick=last_read(world, "contacts") + timedelta(minutes=10)) == {}

    assert world.run_import()["contacts"].written == 1


@pytest.mark.parametrize(
    ("line", "is_stale"),
    [
        pytest.param("every: 1 hour", True, id="beyond its interval and an hour"),
        pytest.param("every: 6 hours", False, id="within its interval"),
        pytest.param("active: false", False, id="inactive"),
    ],
)
def test_attention_is_drawn_to_an_object_only_if_it_should_have_been_read(
    world: World, line: str, is_stale: bool
) -> None:
    world.run_import()
    write(world, "contacts", line)
    world.prepare()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sync.watermark SET at = now() - interval '3 hours'")

    stale = world.rows("SELECT FROM sync.attention WHERE kind = 'stale object' AND mapping = 'contacts'")

    assert bool(stale) == is_stale
