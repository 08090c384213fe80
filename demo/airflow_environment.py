"""What Airflow's processes are told, by their environment alone: no configuration file is edited."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from demo.ports import LOOPBACK
from demo.state import Secrets

PROJECT = Path(__file__).resolve().parents[1]
API_VERSION = "66.0"
ORG_KEY, ORG_SECRET = "closedwon", "local-only"
"""The local org lets in who knows these; it listens on the loopback address alone and holds made-up records."""

WARM_DAG_BUNDLE = {
    "name": "dags-folder",
    "classpath": "closedwon.orchestration.warm_dag_bundle.WarmDagBundle",
    "kwargs": {},
}
"""Airflow's own bundle of the DAGs folder, whose parsers have their imports already."""


@dataclass(frozen=True)
class Places:
    """Where this demo's parts are."""

    state: Path
    ports: Mapping[str, int]
    airflow_database: str
    warehouse_database: str
    org_url: str
    org_ca_file: Path

    @property
    def api_url(self) -> str:
        """Return the address of Airflow's UI and API."""
        return f"http://{LOOPBACK}:{self.ports['airflow']}"


def airflow_environment(
    places: Places, secrets: Secrets, *, dags: Path = PROJECT / "dags", mappings: Path | None = None
) -> dict[str, str]:
    """Return the environment of Airflow's processes: ours, without what it said about another Airflow.

    Args:
        mappings: the folder of mapping files; else the one in CLOSEDWON_MAPPINGS, or the project's own.
    """
    mappings = mappings or Path(os.environ.get("CLOSEDWON_MAPPINGS") or PROJECT / "include" / "mappings")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return {
        **inherited,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "plugins")]),
        # Between processes of this machine there is no proxy.
        "no_proxy": ",".join(filter(None, [os.environ.get("no_proxy"), LOOPBACK, "localhost"])),
        "AIRFLOW_HOME": str(places.state / "airflow"),
        **_settings(places, secrets, dags),
        # Not percent-encoded: fsspec takes what follows file:// as the path itself.
        "CLOSEDWON_BATCHES": os.environ.get("CLOSEDWON_BATCHES") or f"file://{places.state / 'batches'}",
        "CLOSEDWON_MAPPINGS": str(mappings),
        "GX_ANALYTICS_ENABLED": "false",
    }


def to_shell(environment: Mapping[str, str]) -> str:
    """Return what a shell reads to have the Connections of this Airflow, and its commands: `airflow`, `closedwon`."""
    told = {name: value for name, value in environment.items() if re.match("PATH$|AIRFLOW|CLOSEDWON_", name)}
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in told.items())


def _settings(places: Places, secrets: Secrets, dags: Path) -> dict[str, str]:
    database = make_url(places.airflow_database).set(drivername="postgresql+psycopg2")
    settings = {
        "CORE__DAGS_FOLDER": str(dags),
        "CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "closedwon.orchestration.warm_executor.WarmLocalExecutor",
        "CORE__PARALLELISM": "4",
        "CORE__FERNET_KEY": secrets.fernet,
        "CORE__EXECUTION_API_SERVER_URL": f"{places.api_url}/execution/",
        # Whoever reaches the loopback address is the administrator: nothing listens elsewhere.
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "DATABASE__SQL_ALCHEMY_CONN": database.render_as_string(hide_password=False),
        "API__HOST": LOOPBACK,
        "API__PORT": str(places.ports["airflow"]),
        "API__BASE_URL": places.api_url,
        "API__WORKERS": "1",
        "API__SECRET_KEY": secrets.jwt,
        "API_AUTH__JWT_SECRET": secrets.jwt,
        "API__INSTANCE_NAME": "Closedwon",
        "LOGGING__WORKER_LOG_SERVER_PORT": str(places.ports["task logs"]),
        "LOGGING__TRIGGER_LOG_SERVER_PORT": str(places.ports["trigger logs"]),
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
        "SCHEDULER__MP_START_METHOD": "fork",
        # A task waits as scheduled until a worker is free: one that is queued for so long has lost its worker.
        "SCHEDULER__TASK_QUEUED_TIMEOUT": "180",
        "SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "30",
        "DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([WARM_DAG_BUNDLE]),
        # So often are DAG files parsed, and a DAG that differs is saved: so long a changed mapping file goes unseen.
        "CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "5",
        "DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    return {f"AIRFLOW__{name}": value for name, value in settings.items()}


def salesforce_connection(org_url: str, ca_file: Path) -> dict[str, object]:
    """Return the Airflow Connection to the local org, made as for any org: by client credentials.

    `domain` is what the token request is addressed to before our session sends it to `host`.
    """
    return {
        "conn_type": "salesforce",
        "host": org_url,
        "extra": {
            "domain": "localorg",
            "consumer_key": ORG_KEY,
            "consumer_secret": ORG_SECRET,
            "ca_file": str(ca_file),
            "version": API_VERSION,
        },
    }


def warehouse_connection(database_url: str) -> dict[str, object]:
    """Return the Airflow Connection to the warehouse; the address's parameters after `?` are kept."""
    address = make_url(database_url)
    return {
        "conn_type": "postgres",
        "host": address.host,
        "port": address.port or 5432,
        "login": address.username,
        "password": address.password,
        "schema": address.database,
        "extra": dict(address.query),
    }
