"""What the log of `probe` says of each object: true also where the extract runs for another reason than changes."""

from __future__ import annotations

import logging
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from closedwon.flows.steps import describe_check, due
from closedwon.orchestration import clients
from closedwon.orchestration.tasks import inbound
from tests.world import World

OBJECTS = ["users", "accounts", "contacts", "opportunities"]


@pytest.fixture
def log_of_probe(world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the task `probe` without Airflow; returns its lines by object."""
    caplog.set_level(logging.INFO, "closedwon")
    for module in (inbound, describe_check, due):
        monkeypatch.setattr(module.log, "disabled", False)  # as Airflow's own settings of the log have left it

    def run(tick: datetime | None = None) -> dict[str, list[str]]:
        dag_run = SimpleNamespace(run_type="scheduled" if tick else "manual", run_after=tick)
        task = SimpleNamespace(dag_id="salesforce_import", run_id="run", task_id="probe", xcom_push=lambda *_: None)
        asked = {"objects": OBJECTS, "mode": "incremental", "since": None}
        for module in (inbound, clients):
            context = {"run_id": "run", "ti": task, "params": asked, "dag_run": dag_run}
            monkeypatch.setattr(module, "get_current_context", lambda context=context: context)
        caplog.clear()
        inbound.probe.function()
        lines = [message.partition(": ") for message in caplog.messages]
        return {name: [words for of, _, words in lines if of == name] for name in OBJECTS}

    return run


def test_the_log_says_what_is_in_the_window_of_each_object_whose_extract_runs(world: World, log_of_probe: Any) -> None:
    world.run_import()
    world.people().create("Contact", {"LastName": "Ito"})
    world.org.org.insert_many("Account", ({"Name": f"Account {number}"} for number in range(2_100)))
    world.org.control.advance_clock(2)

    lines = log_of_probe()

    assert lines == {
        "users": ["no change"],
        "accounts": ["2,000 records or more in its window, or the org refused to count them; its extract runs"],
        "contacts": ["5 records in its window; its extract runs"],
        "opportunities": ["no change"],
    }


def test_the_log_does_not_take_an_object_for_changed_whose_mapping_does_not_fit_or_which_the_org_refuses(
    world: World, log_of_probe: Any
) -> None:
    world.run_import()
    contacts = world.mappings / "contacts.yaml"
    contacts.write_text(contacts.read_text().replace("salesforce: Phone", "salesforce: Fone"))
    world.org.control.set_access("Opportunity", "hidden")
    world.org.control.advance_clock(2)

    lines = log_of_probe()

    unfit = "the mapping does not fit its table, or the org as our user sees it; its extract fails and says what to do"
    assert lines["contacts"] == [unfit, "4 records in its window; its extract runs"]
    assert lines["opportunities"][0] == unfit
    assert lines["users"] == lines["accounts"] == ["no change"]


def test_the_log_says_of_a_scheduled_run_which_object_it_leaves_to_a_later_one(world: World, log_of_probe: Any) -> None:
    contacts = world.mappings / "contacts.yaml"
    contacts.write_text(contacts.read_text().replace("fields:", "every: 20 minutes\nfields:", 1))
    world.run_import()
    (read_at,) = world.one("SELECT max(started_at), 1 FROM sync.run WHERE mapping = 'contacts'")[:1]

    lines = log_of_probe(tick=read_at)

    assert lines["contacts"] == [f"last read at {read_at}, and contacts.yaml wants 0:20:00 between"]
    assert lines["users"] == ["no change"]
    assert log_of_probe()["contacts"] == ["no change"]
