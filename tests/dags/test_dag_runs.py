"""Whole runs of the real DAGs on a local org and a warehouse: one object's fault is its own, and the run says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from closedwon.errors import MappingFault
from closedwon.orchestration.clients import read_mapping
from tests.dags.conftest import ReadDags, RunDag, to_ended
from tests.world import World


def watermarks(world: World) -> set[str]:
    return {row.mapping for row in world.rows("SELECT mapping FROM sync.watermark")}


def test_a_fault_in_contacts_does_not_stop_opportunities(world: World, run_dag: RunDag) -> None:
    with (world.mappings / "contacts.yaml").open("a") as file:
        file.write("  - {salesforce: Fone, column: fone, type: text, direction: receive}\n")

    run = run_dag("salesforce_import")

    assert (run.state, run.failed) == ("failed", {"contacts.extract"})
    assert run.tasks["contacts.loaded"] == run.tasks["finished"] == "upstream_failed"
    assert watermarks(world) == {"users", "accounts", "opportunities"}
    assert world.one("SELECT count(*) FROM crm.opportunities") == 3


def test_Planhat_45_a_broken_mapping_file_has_no_effect_but_a_red_task_with_file_and_line_and_the_others_go_on(
    world: World, run_dag: RunDag
) -> None:
    file = world.mappings / "contacts.yaml"
    line = len(file.read_text().splitlines()) + 1
    with file.open("a") as text:
        text.write("  - {salesforce: Fax, colum: fax, type: text, direction: receive}\n")

    run = run_dag("salesforce_import")

    assert (run.state, run.failed) == ("failed", {"contacts.extract"})
    assert watermarks(world) == {"users", "accounts", "opportunities"}
    with pytest.raises(MappingFault, match=rf"contacts\.yaml:{line}: .*colum"):
        read_mapping("contacts")


def test_a_file_that_is_broken_after_airflow_read_the_dag_turns_the_run_red(
    world: World, read_dags: ReadDags, mappings: Path
) -> None:
    dag = read_dags()["salesforce_import"]
    contacts = mappings / "contacts.yaml"
    contacts.write_text(contacts.read_text().replace("column: title", "colunm: title"))

    ended = to_ended(dag.test())

    assert (ended.state, ended.failed) == ("failed", {"contacts.extract"})
    assert ended.tasks["opportunities.load"] == "success"


def test_what_refers_to_a_file_that_is_broken_after_airflow_read_the_dag_is_not_loaded_past_it(
    world: World, read_dags: ReadDags, mappings: Path
) -> None:
    dag = read_dags()["salesforce_import"]
    accounts = mappings / "accounts.yaml"
    accounts.write_text(accounts.read_text().replace("column: phone", "colunm: phone"))

    ended = to_ended(dag.test())

    assert (ended.state, ended.failed) == ("failed", {"accounts.extract", "contacts.extract", "opportunities.extract"})
    assert {ended.tasks[f"{child}.load"] for child in ("contacts", "opportunities")} == {"upstream_failed"}


def test_what_refers_to_a_table_of_a_broken_file_waits_even_before_the_tables_are_made(
    world: World, run_dag: RunDag
) -> None:
    (world.mappings / "accounts.yaml").write_text("sobject: [")

    run = run_dag("salesforce_import")

    assert (run.state, run.failed) == ("failed", {"accounts.extract"})
    assert run.tasks["contacts.extract"] == run.tasks["opportunities.extract"] == "upstream_failed"
    assert watermarks(world) == {"users"}


def test_X02_an_object_that_the_integration_user_may_not_see_is_its_own_red_task(world: World, run_dag: RunDag) -> None:
    world.org.control.set_access("Contact", "hidden")

    run = run_dag("salesforce_import")

    assert (run.state, run.failed) == ("failed", {"contacts.extract"})
    assert watermarks(world) == {"users", "accounts", "opportunities"}


def test_what_refers_to_a_failed_object_waits_and_the_next_run_brings_it(world: World, run_dag: RunDag) -> None:
    world.org.control.set_access("Account", "hidden")
    run = run_dag("salesforce_import")
    assert (run.state, run.failed) == ("failed", {"accounts.extract"})
    assert run.tasks["contacts.load"] == run.tasks["opportunities.load"] == "upstream_failed"
    assert watermarks(world) == {"users"}

    world.org.control.set_access("Account", None)

    assert run_dag("salesforce_import").state == "success"
    assert world.is_in_parity()


def test_a_rejected_export_to_opportunities_does_not_keep_the_projects_from_being_sent(
    world: World, run_dag: RunDag
) -> None:
    assert run_dag("salesforce_import").state == "success"
    assert run_dag("projects").state == "success"

    run = run_dag("salesforce_export")

    assert (run.state, run.failed) == ("failed", {"opportunity_projects.settle"})
    assert run.tasks["projects.settle"] == "success"
    assert len(list(world.people().query("SELECT Id FROM Delivery_Project__c"))) == 1


def test_Baton_28_an_export_that_is_started_by_hand_between_two_ticks_sends_what_has_changed(
    world: World, run_dag: RunDag
) -> None:
    for dag_id in ("salesforce_import", "projects", "salesforce_export"):
        run_dag(dag_id)
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE delivery.projects SET health = 'Red'"))

    run = run_dag("salesforce_export")

    assert run.tasks["projects.settle"] == "success"
    sent = [record["Health__c"] for record in world.people().query("SELECT Health__c FROM Delivery_Project__c")]
    assert sent == ["Red"]


def test_a_failed_task_stands_in_the_warehouse_until_its_object_is_loaded(world: World, run_dag: RunDag) -> None:
    world.org.control.set_access("Contact", "hidden")
    run_dag("salesforce_import")
    failed = world.rows("SELECT mapping, subject, seen FROM sync.attention WHERE kind = 'failed task'")
    assert [(row.mapping, row.subject) for row in failed] == [("contacts", "contacts.extract")]
    assert "Contact" in failed[0].seen

    world.org.control.set_access("Contact", None)
    run_dag("salesforce_import")

    assert world.rows("SELECT subject FROM sync.attention WHERE kind = 'failed task'") == []
    assert {row.state for row in world.rows("SELECT state FROM sync.status WHERE flow = 'import'")} == {"ok"}


def test_Baton_8_a_connected_org_without_mapping_files_is_neither_read_nor_written_and_the_run_says_so(
    world: World, run_dag: RunDag
) -> None:
    for file in world.mappings.rglob("*.yaml"):
        file.unlink()
    before = world.org.control.calls()["used"]

    failed = {dag: run_dag(dag).failed for dag in ("salesforce_import", "projects", "salesforce_export")}

    assert failed["salesforce_import"] == {"mappings.extract"}
    assert world.one("SELECT message FROM sync.failure WHERE task = 'mappings.extract'").startswith("mappings is not")
    assert world.org.control.calls()["used"] == before
    assert world.rows("SELECT FROM pg_tables WHERE (schemaname, tablename) = ('crm', 'accounts')") == []


def test_Baton_2_a_dry_run_of_the_rules_says_what_it_would_make_and_makes_nothing(
    world: World, run_dag: RunDag, read_dags: ReadDags, caplog: pytest.LogCaptureFixture
) -> None:
    run_dag("salesforce_import")
    (won,) = world.people().query("SELECT Id FROM Opportunity WHERE StageName = 'Closed Won'")

    run = to_ended(read_dags()["projects"].test(run_conf={"dry_run": True}))

    assert (run.state, run.events) == ("success", {})
    assert world.rows("SELECT FROM delivery.projects") == world.rows("SELECT FROM sync.decision") == []
    assert f"Nothing is written. Projects that a run would make: 1 ({won['Id']})" in caplog.messages
