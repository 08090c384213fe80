"""Starts everything that the main job needs, as one thing: Postgres, the local org, and the parts of Airflow."""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType

import httpx
from rich.console import Console

from demo.activity import Activity
from demo.airflow_api import AirflowApi
from demo.airflow_environment import (
    ORG_KEY,
    ORG_SECRET,
    PROJECT,
    Places,
    airflow_environment,
    salesforce_connection,
    to_shell,
    warehouse_connection,
)
from demo.databases import is_migrated, note_migrated, prepare_database, psql_line
from demo.mapping_folder import OBJECTS
from demo.ports import choose_ports
from demo.postgres import end_postgres, forget_other_servers, start_postgres
from demo.services import Service, Services
from demo.state import Secrets, hold_state, keep_secrets, write_private

PORTS = {"airflow": 8080, "org": 8443, "postgres": 55432, "task logs": 8793, "trigger logs": 8794}
AIRFLOW_PARTS = ("scheduler", "dag-processor", "api-server", "triggerer")
START_TIMEOUT_S = 240
SALESFORCE_POOL = ("salesforce", 5, "Bounds how many tasks talk to the org at once.")


@dataclass(frozen=True)
class Running:
    """Where the parts that run can be reached."""

    api_url: str
    warehouse_url: str = field(repr=False)
    psql: str
    org_url: str
    org_ca_file: str
    org_key: str
    org_secret: str = field(repr=False)
    shell_file: str
    environment: Mapping[str, str] = field(repr=False)


class Supervisor:
    """Runs the parts for as long as its `with` block lasts, which gets their addresses.

    Args:
        state: the folder that keeps everything between two starts.
        data: the records that the org begins with; its own without one.
        mappings: the folder of mapping files; without one that of `airflow_environment`.
        dags: the folder of DAG files.
        ports: the ports wished for, by the names of `PORTS`; others are taken where they are not free.
        activity: shows how far the start and the stop have come.
    """

    def __init__(
        self,
        state: Path,
        *,
        data: Path | None = None,
        mappings: Path | None = None,
        dags: Path = PROJECT / "dags",
        ports: Mapping[str, int] = PORTS,
        activity: Activity | None = None,
    ) -> None:
        self._state = state.resolve()
        self._data = data.resolve() if data else None
        self._mappings = mappings.resolve() if mappings else None
        self._dags = dags
        self._asked = ports
        self._activity = activity or Activity(Console(quiet=True))
        self._stack = ExitStack()

    def __enter__(self) -> Running:
        with ExitStack() as stack:
            running = self._start(stack)
            self._stack = stack.pop_all()
        return running

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._activity.begin("Stopping …")
        self._stack.__exit__(kind, error, trace)

    def _start(self, stack: ExitStack) -> Running:
        began = datetime.now(UTC)
        stack.enter_context(hold_state(self._state))
        secrets = keep_secrets(self._state)
        ports = self._choose_ports()
        self._activity.begin("Starting Postgres …")
        services = stack.enter_context(Services(self._state / "logs"))
        server = os.environ.get("DATABASE_URL") or self._start_postgres(services, ports["postgres"], secrets)
        places = self._place(server, ports)
        environment = airflow_environment(places, secrets, dags=self._dags, mappings=self._mappings)
        write_private(self._state / "environment", to_shell(environment))
        services.start(self._org(places, environment))
        self._migrate(services, places.airflow_database, environment)
        for part in AIRFLOW_PARTS:
            services.start(_airflow(part, part, environment=environment))
        self._await_all(services, places, began)
        self._say(f"Airflow and the local org are up after {(datetime.now(UTC) - began).total_seconds():.0f} s")
        return self._running(places, environment)

    def _choose_ports(self) -> dict[str, int]:
        ports = choose_ports(self._asked)
        for name, port in ports.items():
            if self._asked[name] not in (port, 0):
                self._say(f"Port {self._asked[name]} is taken; {name} gets {port}")
        return ports

    def _start_postgres(self, services: Services, port: int, secrets: Secrets) -> str:
        forget_other_servers()
        wanted = self._state / "postgres"
        services.at_end(lambda: end_postgres(wanted))
        server = start_postgres(wanted, port, password=secrets.postgres)
        if server.data != wanted:
            self._say(f"Postgres may not enter {self._state}; its data are in {server.data}")
        if server.port != port:
            self._say(f"A Postgres was left running on {server.data}: it is taken over, at port {server.port}")
        return server.url()

    def _place(self, server: str, ports: Mapping[str, int]) -> Places:
        suffix = f"_{self._state.name}" if self._data or self._mappings else ""
        return Places(
            state=self._state,
            ports=ports,
            airflow_database=prepare_database(server, f"airflow{suffix}"),
            warehouse_database=prepare_database(server, f"warehouse{suffix}"),
            org_url=f"https://localhost:{ports['org']}",
            org_ca_file=self._state / "tls" / "ca.pem",
        )

    def _org(self, places: Places, environment: Mapping[str, str]) -> Service:
        objects = Path(environment["CLOSEDWON_MAPPINGS"]) / OBJECTS
        if not objects.is_file():
            objects = PROJECT / "demo" / "org.yaml"
        folders = {"--state": self._state / "org", "--tls": self._state / "tls", "--objects": objects}
        if self._data:
            folders["--data"] = self._data
        options = [text for name, value in folders.items() for text in (name, str(value))]
        command = [sys.executable, "-m", "localorg", "--port", str(places.ports["org"]), *options]
        return Service("org", command, environment)

    def _migrate(self, services: Services, database: str, environment: Mapping[str, str]) -> None:
        installed = version("apache-airflow-core")
        if is_migrated(database, installed):
            return
        self._activity.begin("Making Airflow's tables …")
        services.run(_airflow("migration", "db", "migrate", environment=environment), timeout_s=START_TIMEOUT_S)
        note_migrated(database, installed)

    def _await_all(self, services: Services, places: Places, began: datetime) -> None:
        self._activity.begin("Starting the local org …")
        services.wait_until(lambda: _answers(places.org_url, places.org_ca_file), name="org", timeout_s=START_TIMEOUT_S)
        self._activity.begin(f"Starting Airflow: {', '.join(AIRFLOW_PARTS)} …")
        api = AirflowApi(places.api_url)
        services.wait_until(api.answers, name="api-server", timeout_s=START_TIMEOUT_S)
        api.load_execution_api()
        api.keep_connection("salesforce", salesforce_connection(places.org_url, places.org_ca_file))
        api.keep_connection("warehouse", warehouse_connection(places.warehouse_database))
        api.make_pool(*SALESFORCE_POOL)
        services.wait_until(lambda: api.is_healthy(began), name="scheduler", timeout_s=START_TIMEOUT_S)

    def _running(self, places: Places, environment: Mapping[str, str]) -> Running:
        return Running(
            api_url=places.api_url,
            warehouse_url=places.warehouse_database,
            psql=psql_line(places.warehouse_database, self._state / "pgpass"),
            org_url=places.org_url,
            org_ca_file=str(places.org_ca_file),
            org_key=ORG_KEY,
            org_secret=ORG_SECRET,
            shell_file=str(self._state / "environment"),
            environment=environment,
        )

    def _say(self, text: str) -> None:
        self._activity.console.print(f" • {text}", highlight=False, markup=False)


def _airflow(name: str, *arguments: str, environment: Mapping[str, str]) -> Service:
    return Service(name, [sys.executable, "-m", "airflow", *arguments], environment)


def _answers(url: str, ca_file: Path) -> bool:
    """Return whether the org answers over TLS, as its clients will ask it."""
    if not ca_file.exists():
        return False
    trusted = ssl.create_default_context(cafile=ca_file)
    try:
        return httpx.get(f"{url}/services/data", verify=trusted, trust_env=False).is_success
    except httpx.TransportError:
        return False
