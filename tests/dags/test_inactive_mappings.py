"""Whole runs with mappings that are switched off: their tasks are skipped, and the run is green."""

from __future__ import annotations

from tests.dags.conftest import RunDag
from tests.world import World


def switch_off(world: World, name: str, direction: str) -> None:
    file = world.mappings / f"{name}.yaml"
    file.write_text(
        file.read_text().replace(f"direction: {direction}\n", f"direction: {direction}\nactive: false\n", 1)
    )


def test_Baton_3_an_inactive_mapping_is_skipped_and_the_run_is_green(world: World, run_dag: RunDag) -> None:
    switch_off(world, "contacts", "receive")

    run = run_dag("salesforce_import")

    assert (run.state, run.failed) == ("success", set())
    assert run.tasks["contacts.extract"] == run.tasks["contacts.load"] == "skipped"
    assert run.tasks["opportunities.load"] == "success"
    assert world.rows("SELECT FROM crm.contacts") == []


def test_an_inactive_export_plans_nothing_and_is_skipped(world: World, run_dag: RunDag) -> None:
    switch_off(world, "projects", "send")

    run = run_dag("salesforce_export")

    assert run.failed == set()
    assert run.tasks["projects.apply"] == run.tasks["projects.settle"] == "skipped"
    assert world.rows("SELECT FROM sync.run WHERE mapping = 'projects'") == []
