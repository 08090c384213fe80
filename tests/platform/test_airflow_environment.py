from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from demo.airflow_environment import Places, airflow_environment, to_shell, warehouse_connection
from demo.ports import LOOPBACK
from demo.state import Secrets


@pytest.fixture
def places(tmp_path: Path) -> Places:
    state = tmp_path / "a b"
    return Places(
        state=state,
        ports={"airflow": 1001, "org": 1002, "postgres": 1003, "task logs": 1004, "trigger logs": 1005},
        airflow_database="postgresql://postgres:p%40ss@127.0.0.1:1003/airflow",
        warehouse_database="postgresql://postgres:p%40ss@127.0.0.1:1003/warehouse",
        org_url="https://localhost:1002",
        org_ca_file=state / "tls" / "ca.pem",
    )


def test_settings_of_another_airflow_do_not_leak_in(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__DEFAULT_TIMEZONE", "Europe/Lisbon")
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE", "salesforce://the:real@org")

    environment = airflow_environment(places, Secrets())

    assert "AIRFLOW__CORE__DEFAULT_TIMEZONE" not in environment
    assert [name for name in environment if name.startswith("AIRFLOW_CONN_")] == []


def test_a_task_that_lost_its_worker_is_queued_again_within_minutes(places: Places) -> None:
    environment = airflow_environment(places, Secrets())

    names = ("TASK_QUEUED_TIMEOUT", "TASK_QUEUED_TIMEOUT_CHECK_INTERVAL")
    assert sum(float(environment[f"AIRFLOW__SCHEDULER__{name}"]) for name in names) <= 240


def test_whoever_reaches_the_ui_is_administrator_so_it_is_on_the_loopback_address(places: Places) -> None:
    environment = airflow_environment(places, Secrets())

    assert environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] == "True"
    assert environment["AIRFLOW__API__HOST"] == LOOPBACK


def test_tasks_talk_to_the_port_that_the_api_server_has(places: Places) -> None:
    environment = airflow_environment(places, Secrets())

    assert environment["AIRFLOW__API__PORT"] == "1001"
    assert environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:1001/execution/"


def test_the_batches_are_in_the_state_folder_or_where_the_environment_names_another(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLOSEDWON_BATCHES", raising=False)
    assert airflow_environment(places, Secrets())["CLOSEDWON_BATCHES"] == f"file://{places.state}/batches"

    monkeypatch.setenv("CLOSEDWON_BATCHES", "s3://somewhere/else")
    assert airflow_environment(places, Secrets())["CLOSEDWON_BATCHES"] == "s3://somewhere/else"


def test_the_warehouse_connection_has_all_that_the_address_says() -> None:
    connection = warehouse_connection("postgresql://me:p%40ss@db.example/crm?sslmode=require")

    assert connection == {
        "conn_type": "postgres",
        "host": "db.example",
        "port": 5432,
        "login": "me",
        "password": "p@ss",
        "schema": "crm",
        "extra": {"sslmode": "require"},
    }


def test_a_shell_that_reads_the_environment_talks_to_this_airflow(places: Places) -> None:
    environment = airflow_environment(places, Secrets())
    places.state.mkdir()
    (places.state / "environment").write_text(to_shell(environment))

    asks = '. "$0/environment"; printf "%s\\n" "$AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"; command -v python'
    said = subprocess.run(
        ["sh", "-c", asks, str(places.state)], env={}, capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert said == [environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"], str(Path(sys.executable).parent / "python")]
