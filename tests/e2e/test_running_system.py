"""The main job on the whole running system: Airflow's own processes, Postgres, and the local org over HTTPS."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from rich.console import Console
from sqlalchemy import text

from demo.__main__ import show_round
from demo.activity import Activity
from demo.airflow_api import AirflowApi, AirflowApiError
from demo.databases import open_database
from demo.org_client import OrgClient
from demo.parity import Parity, compare_all
from demo.postgres import remove_postgres
from demo.round import DAGS, run_round, try_again
from demo.supervisor import PORTS, Running, Supervisor
from localorg.client import FaultControl
from tests.world import MAPPINGS

CAMPAIGNS = """
sobject: Campaign
table: crm.campaigns
direction: receive
fields:
  - {salesforce: Name, column: name, type: text, direction: receive, required: true}
"""

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    # Not below pytest's own folder, which only root may enter: Postgres runs as a user of its own.
    folder = Path(tempfile.mkdtemp(prefix="closedwon-e2e-"))
    folder.chmod(0o755)
    shutil.copytree(MAPPINGS, folder / "mappings")
    os.environ["CLOSEDWON_MAPPINGS"] = str(folder / "mappings")
    with Supervisor(folder / "state", ports=dict.fromkeys(PORTS, 0)) as running:
        yield running
    del os.environ["CLOSEDWON_MAPPINGS"]
    remove_postgres(folder / "state" / "postgres")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def after_the_round(running: Running) -> tuple[Running, bool]:
    return running, run_round(running, Activity(Console(quiet=True)))


def scalar(running: Running, query: str, **parameters: object) -> object:
    engine = open_database(running.warehouse_url)
    with engine.connect() as connection:
        value = connection.scalar(text(query), parameters)
    engine.dispose()
    return value


def people(running: Running) -> OrgClient:
    return OrgClient(running.org_url, key=running.org_key, secret=running.org_secret, ca_file=running.org_ca_file)


def await_process_of(api: AirflowApi, run_id: str, task_id: str) -> psutil.Process:
    """The process that runs the task, once it does; there is nothing to wait on but the list of processes."""
    for _ in range(600):
        title = f"airflow worker -- {api.task_instance_id('salesforce_import', run_id, task_id)}"
        for process in psutil.process_iter(["cmdline"]):
            if title in " ".join(process.info["cmdline"] or []):
                return process
        time.sleep(0.1)
    raise AssertionError(f"{task_id} of {run_id} never ran: {api.run('salesforce_import', run_id)}")


def compared(running: Running) -> list[Parity]:
    engine = open_database(running.warehouse_url)
    lines = compare_all(people(running), engine, MAPPINGS)
    engine.dispose()
    return lines


def assert_parity(running: Running) -> None:
    lines = compared(running)
    assert all(line.holds for line in lines), [str(line) for line in lines]


def test_the_main_job_ends_in_parity(after_the_round: tuple[Running, bool]) -> None:
    running, is_in_parity = after_the_round
    received, sent = ("accounts", "contacts", "opportunities", "users"), ("opportunity_projects", "projects")
    assert is_in_parity
    assert {line.name for line in compared(running)} == {*received, *(f"{name} (sent)" for name in sent)}


def test_BigTime_9_every_won_opportunity_in_the_warehouse_has_a_project(after_the_round: tuple[Running, bool]) -> None:
    running, _ = after_the_round
    won = scalar(running, "SELECT count(*) FROM crm.opportunities WHERE stage = 'Closed Won' AND NOT is_deleted")
    assert won == scalar(running, "SELECT count(*) FROM delivery.projects")
    assert isinstance(won, int)
    assert won > 300


def test_Beyond_3_a_won_opportunity_that_waits_in_quarantine_has_a_decision_with_the_reason(
    after_the_round: tuple[Running, bool],
) -> None:
    running, _ = after_the_round
    reason = scalar(running, "SELECT reason FROM sync.decision WHERE outcome = 'quarantined'")
    won = people(running).query("SELECT Id FROM Opportunity WHERE StageName = 'Closed Won'")
    decided = "SELECT count(*) FROM sync.decision WHERE outcome IN ('made', 'quarantined')"
    assert "It waits in sync.quarantine, so that its StageName is not known here: Amount" in str(reason)
    assert scalar(running, decided) == len(list(won))


def test_BigTime_11_the_project_shows_on_its_opportunity(after_the_round: tuple[Running, bool]) -> None:
    running, _ = after_the_round
    shown = list(
        people(running).query("SELECT Opportunity__r.StageName FROM Delivery_Project__c WHERE Status__c = 'Done'")
    )
    assert [record["Opportunity__r"]["StageName"] for record in shown] == ["Closed Won"] * 4


def test_Baton_28_an_export_by_hand_writes_what_the_team_changed_since(after_the_round: tuple[Running, bool]) -> None:
    running, _ = after_the_round
    api = AirflowApi(running.api_url)
    engine = open_database(running.warehouse_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE delivery.projects SET health = 'Red' WHERE code = 'P-000001'"))
    engine.dispose()
    assert api.wait("salesforce_export", api.trigger("salesforce_export")).state == "success"
    (record,) = people(running).query("SELECT Health__c FROM Delivery_Project__c WHERE Project_ID__c = 'P-000001'")
    assert record["Health__c"] == "Red"
    # The opportunity's LastModifiedDate is that of the export now.
    assert api.wait("salesforce_import", api.trigger("salesforce_import")).state == "success"
    assert_parity(running)


def test_Beyond_17_a_run_without_a_change_costs_one_api_call_and_starts_no_task_per_object(
    after_the_round: tuple[Running, bool],
) -> None:
    running, _ = after_the_round
    api = AirflowApi(running.api_url)
    api.wait("salesforce_import", api.trigger("salesforce_import"))
    run = api.wait("salesforce_import", api.trigger("salesforce_import"))
    started = {
        task for task, state in run.tasks.items() if state == "success" and not task.endswith((".loaded", "finished"))
    }
    assert run.state == "success"
    assert started == {"probe"}
    assert scalar(running, "SELECT sum(calls) FROM sync.api_usage WHERE run_id = :run", run=run.run_id) == 1


def test_a_load_that_is_cleared_the_next_day_changes_nothing(after_the_round: tuple[Running, bool]) -> None:
    running, _ = after_the_round
    api = AirflowApi(running.api_url)
    first = api.runs("salesforce_import")[-1].run_id
    before = scalar(running, "SELECT md5(string_agg(a::text, ',' ORDER BY id)) FROM crm.accounts a")
    api.clear("salesforce_import", first, ["accounts.load"])
    assert api.wait("salesforce_import", first).state == "success"
    assert scalar(running, "SELECT md5(string_agg(a::text, ',' ORDER BY id)) FROM crm.accounts a") == before
    assert_parity(running)


def kill_an_extract(running: Running, account: str) -> str:
    """Kills the task that reads the accounts, a new one among them; returns its run, which waits for the next try."""
    api = AirflowApi(running.api_url)
    people(running).create("Account", {"Name": account})
    org = FaultControl(running.org_url, Path(running.org_ca_file))
    org.order("hang", "/describe", count=None, seconds=60)
    run_id = api.trigger("salesforce_import", {"objects": ["accounts"], "mode": "full"})
    await_process_of(api, run_id, "accounts.extract").kill()
    org.clear_faults()
    api.await_task("salesforce_import", run_id, "accounts.extract", "up_for_retry")
    return run_id


def test_a_task_that_is_killed_in_the_middle_and_cleared_ends_in_parity(after_the_round: tuple[Running, bool]) -> None:
    running, _ = after_the_round
    api = AirflowApi(running.api_url)
    run_id = kill_an_extract(running, "Killed in the middle")
    api.clear("salesforce_import", run_id, ["accounts.extract"])
    assert api.wait("salesforce_import", run_id).state == "success"
    assert scalar(running, "SELECT count(*) FROM crm.accounts WHERE name = 'Killed in the middle'") == 1
    assert_parity(running)


def test_a_run_that_a_stop_has_left_waiting_for_its_next_try_goes_on_at_the_next_start(
    after_the_round: tuple[Running, bool],
) -> None:
    running, _ = after_the_round
    api = AirflowApi(running.api_url)
    run_id = kill_an_extract(running, "Left waiting")

    again = try_again(api)

    assert again == [run_id]
    assert api.run("salesforce_import", run_id).tasks["accounts.extract"] != "up_for_retry"
    assert api.wait("salesforce_import", run_id).state == "success"
    assert_parity(running)
    assert try_again(api) == []


def test_the_dags_hold_no_import_error(running: Running) -> None:
    assert AirflowApi(running.api_url).import_errors() == []


def test_the_connections_are_in_airflow_and_stay_as_somebody_saved_them(running: Running) -> None:
    api = AirflowApi(running.api_url)
    (warehouse,) = [one for one in api.connections() if one["connection_id"] == "warehouse"]
    api.keep_connection("warehouse", {"conn_type": "postgres", "host": "db.example", "login": "other", "extra": {}})

    assert {one["connection_id"] for one in api.connections()} == {"salesforce", "warehouse"}
    assert warehouse in api.connections()
    assert [name for name in running.environment if name.startswith("AIRFLOW_CONN_")] == []


def test_a_new_mapping_file_has_its_tasks_within_seconds(running: Running) -> None:
    api = AirflowApi(running.api_url)
    api.unpause("salesforce_import")
    added = Path(running.environment["CLOSEDWON_MAPPINGS"]) / "campaigns.yaml"
    added.write_text(CAMPAIGNS)

    api.await_task_id("salesforce_import", "campaigns.load", timeout_s=60)

    added.unlink()


def test_the_trigger_form_refuses_an_object_that_no_mapping_names_and_no_object_at_all(running: Running) -> None:
    api = AirflowApi(running.api_url)
    for dag_id in DAGS:
        api.unpause(dag_id)
    for objects, words in ((["invoices"], "'invoices' is not one of"), ([], "should be non-empty")):
        with pytest.raises(AirflowApiError, match=f"400.*objects: .*{words}"):
            api.trigger("salesforce_import", {"objects": objects})


def test_a_mapping_file_that_is_broken_under_a_running_system_turns_the_next_run_red_until_it_is_corrected_and_cleared(
    after_the_round: tuple[Running, bool],
) -> None:
    running, _ = after_the_round
    api = AirflowApi(running.api_url)
    contacts = Path(running.environment["CLOSEDWON_MAPPINGS"]) / "contacts.yaml"
    sound = contacts.read_text()
    added = f"{sound}  - {{salesforce: HasOptedOutOfFax, column: no_fax, type: boolean, direction: receive}}\n"
    contacts.write_text(added.replace("column: no_fax", "colunm: no_fax"))

    run_id = api.trigger("salesforce_import", {"mode": "full"})
    ended = api.wait("salesforce_import", run_id)

    contacts.write_text(added)
    api.clear("salesforce_import", run_id, ["contacts.extract"])
    healed = api.wait("salesforce_import", run_id)
    contacts.write_text(sound)
    failed = {task for task, state in ended.tasks.items() if state == "failed"}
    assert ended.state == "failed"
    assert failed == {"contacts.extract"}
    assert ended.tasks["opportunities.load"] == "success"
    assert (healed.state, healed.tasks["contacts.load"]) == ("success", "success")
    assert scalar(running, "SELECT count(*) FROM crm.contacts WHERE no_fax IS NULL AND NOT is_deleted") == 0


def test_a_round_that_fails_says_what_failed_and_where_to_look_and_everything_stays_up(
    after_the_round: tuple[Running, bool],
) -> None:
    running, _ = after_the_round
    api = AirflowApi(running.api_url)
    contacts = Path(running.environment["CLOSEDWON_MAPPINGS"]) / "contacts.yaml"
    sound = contacts.read_text()
    contacts.write_text(sound.replace("column: title", "colunm: title"))
    console = Console(file=io.StringIO(), width=120)

    is_in_parity = show_round(running, Activity(console))

    contacts.write_text(sound)
    failed = api.runs("salesforce_import")[0]
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert not is_in_parity
    assert f"The run {failed.run_id} of salesforce_import ended as 'failed'; failed tasks: contacts.extract." in said
    assert f"you can look at it: {api.page_of('salesforce_import', failed.run_id)}" in said
    api.clear("salesforce_import", failed.run_id, ["contacts.extract"])
    assert api.wait("salesforce_import", failed.run_id).state == "success"
