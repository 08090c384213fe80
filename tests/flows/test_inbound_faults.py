"""Whatever breaks: the message says what to do, nothing is lost, and a plain retry ends at parity."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pandas as pd
import psycopg2
import pytest

from closedwon.errors import (
    BatchRejected,
    CredentialsRefused,
    MappingFault,
    OrgUnavailable,
    QuotaSpent,
    WarehouseUnavailable,
)
from closedwon.flows import inbound
from closedwon.flows.inbound import RunOptions
from closedwon.flows.steps.batches import Batches, Stage
from tests.conftest import free_port
from tests.world import IMPORT_TASKS, MAPPINGS, ROOT, World, run_task


def test_a_wrong_secret_is_refused_and_the_message_says_what_to_check(world: World) -> None:
    with pytest.raises(CredentialsRefused, match="consumer"):
        world.login(secret="wrong")
    world.run_import()
    assert world.is_in_parity()


def test_an_org_that_cannot_be_reached_is_worth_a_retry(world: World) -> None:
    with pytest.raises(OrgUnavailable, match=r"127\.0\.0\.1"):
        world.login(url=f"http://127.0.0.1:{free_port()}")


def test_an_org_that_answers_503_for_a_while_delays_nothing_but_the_run(world: World) -> None:
    world.org.control.order("status", "/query", status=503, count=2)
    world.run_import()
    assert world.is_in_parity()


def test_an_org_that_keeps_answering_503_fails_the_task_and_a_retry_ends_at_parity(world: World) -> None:
    world.org.control.order("status", "/queryAll", status=503, count=None)
    with pytest.raises(OrgUnavailable, match="503"):
        world.run_import("the run")
    world.org.control.clear_faults()
    world.run_import("the run")
    assert world.is_in_parity()


def test_an_org_that_hangs_is_given_up_and_a_retry_ends_at_parity(world: World) -> None:
    sf = world.login()
    sf.session.read_timeout_s = sf.session.slow_read_timeout_s = 0.3
    world.org.control.order("hang", "/queryAll", count=None, seconds=5)
    with pytest.raises(OrgUnavailable, match="time"):
        world.run_import("the run", sf=sf)
    world.org.control.clear_faults()
    world.run_import("the run")
    assert world.is_in_parity()


def test_a_page_that_is_cut_in_the_middle_is_read_again(world: World) -> None:
    world.org.control.order("truncate", "/queryAll", count=1)
    world.run_import()
    assert world.is_in_parity()


def test_a_page_that_is_always_cut_loads_nothing(world: World) -> None:
    world.org.control.order("truncate", "/queryAll", count=None)
    with pytest.raises(OrgUnavailable, match="no whole answer"):
        world.run_import("the run")
    world.org.control.clear_faults()
    world.run_import("the run")
    assert world.is_in_parity()


def test_a_token_that_expires_midway_is_renewed_once_and_nobody_notices(world: World) -> None:
    sf = world.login()
    world.run_import(sf=sf)
    world.people().create("Account", {"Name": "After the token"})
    world.org.control.order("expire_tokens", "/describe", count=1)
    assert world.run_import(sf=sf)["accounts"].written == 1


def test_a_spent_api_quota_says_so_and_a_retry_ends_at_parity(world: World) -> None:
    world.org.control.order("quota", "/query", count=None)
    with pytest.raises(QuotaSpent, match="REQUEST_LIMIT_EXCEEDED"):
        world.run_import("the run")
    world.org.control.clear_faults()
    world.run_import("the run")
    assert world.is_in_parity()


def test_a_field_that_the_org_lacks_is_named_with_file_and_line(world: World) -> None:
    world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
    file = world.mappings / "accounts.yaml"
    line = len(file.read_text().splitlines()) + 1
    with file.open("a") as text:
        text.write("  - {salesforce: Fone, column: fone, type: text, direction: receive}\n")
    with pytest.raises(MappingFault, match=rf"accounts\.yaml:{line}.*'Fone'"):
        world.run_import()
    world.mappings = MAPPINGS
    world.run_import()
    assert world.is_in_parity()


def test_a_page_at_rest_that_lost_records_is_not_loaded(world: World) -> None:
    catalog, sf, run_id = world.catalog, world.login(), "the run"
    mapping, batches = catalog.mapping("contacts"), world.batches("the run", "contacts")
    expected = inbound.probe(world.engine, sf, catalog.inbound, RunOptions(), run_id=run_id)
    extracted = inbound.extract(world.engine, sf, mapping, batches, expected["contacts"], RunOptions(), run_id=run_id)
    batches.empty("pages")
    with pytest.raises(BatchRejected, match="extract"):
        inbound.transform(mapping, batches, extracted)
    world.run_import(run_id)
    assert world.is_in_parity()


@pytest.mark.parametrize("task", ["validate", "load"])
def test_rows_that_were_made_before_the_mapping_got_a_field_are_refused_by_name_and_a_cleared_extract_ends_at_parity(
    world: World, task: str
) -> None:
    made = world.run_import("the run")["accounts"].read
    world.mappings = Path(copytree(MAPPINGS, world.folder / "mappings"))
    with (world.mappings / "accounts.yaml").open("a") as file:
        file.write("  - {salesforce: Fax, column: fax, type: text, direction: receive, required: true}\n")
    world.prepare()

    with pytest.raises(BatchRejected, match=r"no column fax(.|\n)*Clear the task `extract`"):
        run_task(
            task,
            world.engine,
            world.login(),
            world.catalog,
            world.catalog.mapping("accounts"),
            world.batches("the run", "accounts"),
            made,
            "the run",
        )

    world.read_mapping("accounts", {"accounts": made}, world.login(), "the run")
    assert world.is_in_parity()


def test_postgres_going_away_during_load_leaves_nothing_half_written(world: World) -> None:
    run_id = "the run"
    catalog, sf = world.catalog, world.login()
    mapping, batches = catalog.mapping("users"), world.batches(run_id, "users")
    expected = inbound.probe(world.engine, sf, catalog.inbound, RunOptions(), run_id=run_id)
    extracted = inbound.extract(world.engine, sf, mapping, batches, expected["users"], RunOptions(), run_id=run_id)
    inbound.transform(mapping, batches, extracted)
    valid = inbound.validate(mapping, batches, extracted)
    dropping = _BatchesThatDropTheConnection(batches.folder, world.database_url)
    with pytest.raises(WarehouseUnavailable, match="Nothing of this transaction was written"):
        inbound.load(world.engine, mapping, dropping, valid, run_id=run_id)
    assert world.one("SELECT count(*) FROM crm.users") == 0
    assert world.rows("SELECT * FROM sync.watermark WHERE mapping = 'users'") == []
    world.run_import(run_id)
    assert world.is_in_parity()


def test_clearing_the_load_of_an_older_run_releases_no_newer_reject(world: World) -> None:
    org = world.people()
    world.run_import()
    (deal,) = org.query("SELECT Id FROM Opportunity WHERE Name = 'Deal 1'")
    org.update("Opportunity", deal["Id"], {"Amount": 1500})
    older = world.run_import("older")["opportunities"]
    world.org.control.advance_clock(2)
    org.update("Opportunity", deal["Id"], {"Amount": -5})
    assert world.run_import("newer")["opportunities"].rejected == 1

    mapping = world.catalog.mapping("opportunities")
    inbound.load(world.engine, mapping, world.batches("older", "opportunities"), older.read, run_id="older")

    assert world.one("SELECT state FROM sync.quarantine WHERE salesforce_id = :id", id=deal["Id"]) == "waiting"
    assert world.is_in_parity()


class _BatchesThatDropTheConnection(Batches):
    """Batches at rest; while they are read, an administrator ends all connections to the database."""

    def __init__(self, folder: Path, database_url: str) -> None:
        super().__init__(folder)
        object.__setattr__(self, "database_url", database_url)

    def frames(self, stage: Stage, columns: list[str] | None = None) -> Iterator[pd.DataFrame]:
        yield from super().frames(stage, columns)
        if stage == "rows":
            with psycopg2.connect(self.database_url) as connection, connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


def test_a_bulk_job_that_fails_is_replaced_by_a_new_one_on_the_retry(world: World) -> None:
    world.org.org.insert_many("Account", ({"Name": f"Account {number}"} for number in range(2_100)))
    world.org.control.order("job_failed", "jobs/query", count=1)
    with pytest.raises(OrgUnavailable, match="Failed"):
        world.run_import("the run")
    world.run_import("the run")
    assert world.is_in_parity()


@pytest.mark.parametrize(
    ("task", "function"),
    [
        pytest.param("probe", "pin_window", id="probe, the window not yet pinned"),
        pytest.param("probe", "is_held", id="probe, some windows pinned"),
        pytest.param("extract", "Batches.write_page", id="Beyond-11 extract, the bulk job started"),
        pytest.param("transform", "Batches.write_frame", id="transform"),
        pytest.param("validate", "derive_expectations", id="validate"),
        pytest.param("load", "put_rejects", id="load, the rows merged"),
        pytest.param("load", "record_counts", id="load, the watermark moved"),
    ],
)
def test_a_task_that_is_killed_anywhere_ends_at_parity_after_a_plain_retry(
    world: World, task: str, function: str
) -> None:
    world.org.org.insert_many("Account", ({"Name": f"Account {number}"} for number in range(2_100)))
    world.run_import(objects=["users"])  # the accounts' owners
    _run_up_to(world, task, "the run")
    dying = [world.org.base_url, world.database_url, str(world.folder), "the run", task, "accounts", "2103", function]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"}
    done = subprocess.run([sys.executable, "-m", "tests.flows.dying_task", *dying], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    world.org.control.reset_calls()
    world.run_import("the run")
    assert world.is_in_parity()
    assert world.one("SELECT count(*) FROM crm.accounts") == 2_103
    if task == "extract":
        assert world.org.control.count_calls("jobs/query", "POST") == 0  # the job that was running is taken up


def _run_up_to(world: World, task: str, run_id: str) -> None:
    """The tasks of accounts that come before the one that is killed."""
    catalog, sf, batches = world.catalog, world.login(), world.batches(run_id, "accounts")
    for before in IMPORT_TASKS[: IMPORT_TASKS.index(task)]:
        run_task(before, world.engine, sf, catalog, catalog.mapping("accounts"), batches, 2_103, run_id)


def test_a_mapping_whose_file_was_broken_at_the_probe_is_read_when_its_extract_is_cleared(world: World) -> None:
    sf, run_id = world.login(), "the run"
    world.run_import(objects=["users", "accounts"])
    world.run_probe(run_id, sf, objects=["users", "accounts"])

    counts = [world.read_mapping(name, {name: None}, sf, run_id) for name in ("contacts", "opportunities")]

    assert [one.written for one in counts] == [4, 3]
    assert world.is_in_parity()
    assert world.run_import() == {}
