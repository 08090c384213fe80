"""Events of assets: where rows were written, with counts, and nowhere else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import AssetAlias
from sqlalchemy import text

from closedwon.orchestration.asset_events import report_written
from tests.dags.conftest import ReadDags, RunDag, to_ended
from tests.world import World

Dags = dict[str, Any]


def test_each_load_says_that_its_table_has_changed_and_no_other_task_does(dags: Dags) -> None:
    tasks = {task.task_id: {asset.name for asset in task.outlets} for task in dags["salesforce_import"].tasks}
    assert {task_id: tables for task_id, tables in tasks.items() if tables} == {
        "users.load": {"crm.users", "crm.users.new"},
        "accounts.load": {"crm.accounts", "crm.accounts.new"},
        "contacts.load": {"crm.contacts", "crm.contacts.new"},
        "opportunities.load": {"crm.opportunities", "crm.opportunities.new"},
    }


def test_each_export_reads_the_projects_and_may_change_the_records_of_its_object(dags: Dags) -> None:
    tasks = {task.task_id: task for task in dags["salesforce_export"].tasks}
    for name, written in [
        ("projects", "salesforce.Delivery_Project__c"),
        ("opportunity_projects", "salesforce.Opportunity"),
    ]:
        assert [asset.name for asset in tasks[f"{name}.plan"].inlets] == ["delivery.projects"]
        assert [asset.name for asset in tasks[f"{name}.apply"].outlets] == [written]


def test_no_task_has_an_asset_as_its_outlet_because_that_has_an_event_even_where_nothing_was_written(
    dags: Dags,
) -> None:
    outlets = [outlet for dag in dags.values() for task in dag.tasks for outlet in task.outlets]
    assert len(outlets) == 11
    assert {type(outlet) for outlet in outlets} == {AssetAlias}


@pytest.mark.parametrize(
    ("has_written", "try_number", "events"),
    [
        pytest.param(True, 1, 1, id="rows were written"),
        pytest.param(False, 1, 0, id="nothing was written"),
        pytest.param(False, 2, 1, id="the first try may have been killed after its commit"),
    ],
)
def test_a_task_that_is_tried_again_reports_what_its_killed_try_may_have_written(
    dags: Dags, has_written: bool, try_number: int, events: int
) -> None:
    from airflow.sdk.execution_time.context import OutletEventAccessors

    load, reported = dags["salesforce_import"].get_task("users.load"), OutletEventAccessors()
    context: Any = {"task": load, "ti": SimpleNamespace(try_number=try_number), "outlet_events": reported}
    report_written(context, {"written": 0}, has_written=has_written)

    assert len(reported[AssetAlias("crm.users")].asset_alias_events) == events


def test_an_asset_has_an_event_with_counts_where_rows_were_written(world: World, run_dag: RunDag) -> None:
    run = run_dag("salesforce_import")

    tables = {"crm.users", "crm.accounts", "crm.contacts", "crm.opportunities"}
    assert set(run.events) == tables | {f"{table}.new" for table in tables}
    assert run.events["crm.opportunities"] == {"read": 3, "written": 3, "unchanged": 0, "rejected": 0, "skipped": 0}


def test_Autotask_22_a_load_that_writes_nothing_has_no_event_so_that_nobody_is_told_of_it_and_no_projects_run(
    world: World, run_dag: RunDag, read_dags: ReadDags
) -> None:
    run_dag("salesforce_import")

    run = to_ended(read_dags()["salesforce_import"].test(run_conf={"mode": "full"}))

    assert run.tasks["opportunities.load"] == "success"
    assert world.one("SELECT count(*) FROM sync.run WHERE mapping = 'opportunities' AND unchanged = 3") == 1
    assert run.events == {}


def test_a_load_that_only_sets_a_record_apart_has_an_event_so_that_its_decision_says_why(
    world: World, run_dag: RunDag, read_dags: ReadDags
) -> None:
    run_dag("salesforce_import")
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE crm.opportunities SET salesforce_id = NULL WHERE name = 'Deal 0'"))

    run = to_ended(read_dags()["salesforce_import"].test(run_conf={"mode": "full", "objects": ["opportunities"]}))

    assert run.events == {"crm.opportunities": {"read": 3, "written": 0, "unchanged": 2, "rejected": 1, "skipped": 0}}


def set_announce(world: World, name: str, value: str) -> None:
    file = world.mappings / f"{name}.yaml"
    file.write_text(
        file.read_text().replace("direction: receive\n", f"direction: receive\nreceive: {{announce: {value}}}\n", 1)
    )


def test_Planhat_14_new_rows_have_an_event_with_their_number_unless_the_mapping_says_that_they_have_none(
    world: World, run_dag: RunDag
) -> None:
    set_announce(world, "accounts", "after_first_import")
    set_announce(world, "contacts", "false")
    people = world.people()

    first = run_dag("salesforce_import")
    hooli = people.create("Account", {"Name": "Hooli"})
    people.create("Contact", {"LastName": "Belson", "AccountId": hooli})
    (deal,) = people.query("SELECT Id FROM Opportunity WHERE Name = 'Deal 0'")
    people.update("Opportunity", deal["Id"], {"Amount": 12})
    second = run_dag("salesforce_import")

    announced = [
        {name: extra for name, extra in run.events.items() if name.endswith(".new")} for run in (first, second)
    ]
    assert announced == [
        {"crm.users.new": {"new_rows": 1}, "crm.opportunities.new": {"new_rows": 3}},
        {"crm.accounts.new": {"new_rows": 1}},
    ]
    assert second.events["crm.contacts"]["written"] == second.events["crm.opportunities"]["written"] == 1


def test_projects_that_follow_a_merged_account_are_an_event_although_none_is_made(
    world: World, run_dag: RunDag
) -> None:
    world.run_import()
    run_dag("projects")
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE crm.accounts SET is_deleted = true WHERE name LIKE 'Acme%'"))
        winner = "(SELECT id FROM crm.accounts WHERE name = 'Globex')"
        connection.execute(text(f"UPDATE crm.opportunities SET account_id = {winner}"))

    run, again = run_dag("projects"), run_dag("projects")

    assert [run.events["delivery.projects"][count] for count in ("made", "moved")] == [0, 1]
    assert again.events == {}


def test_projects_and_exports_have_events_where_they_wrote_and_none_where_they_did_not(
    world: World, run_dag: RunDag
) -> None:
    run_dag("salesforce_import")

    made, again = run_dag("projects"), run_dag("projects")
    sent, sent_again = run_dag("salesforce_export"), run_dag("salesforce_export")

    assert made.events["delivery.projects"]["made"] == 1
    assert again.events == {}
    assert set(sent.events) == {"salesforce.Delivery_Project__c"}  # the org refuses those on opportunities
    assert sent.events["salesforce.Delivery_Project__c"]["ok"] == 1
    assert sent_again.events == {}
