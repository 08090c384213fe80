"""A client of Airflow's REST API, as far as the round and the end-to-end tests need it."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from demo.ports import LOOPBACK

PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")
ENDED = ("success", "failed")
POLL_S = 0.3


class AirflowApiError(RuntimeError):
    """Airflow refused a call, or what was waited for did not come."""


@dataclass(frozen=True)
class Run:
    """A DAG run and the state of each of its tasks, by task id; a mapped task's instances count one by one."""

    run_id: str
    state: str
    tasks: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """Return how many tasks are in which state."""
        counts = Counter(self.tasks.values())
        return ", ".join(f"{count} {state}" for state, count in counts.most_common()) or self.state


class AirflowApi:
    """Triggers, follows and reads DAG runs over HTTP."""

    def __init__(self, url: str) -> None:
        self._url = url
        # The environment's proxies and certificates are for other servers than the one on this machine.
        self._http = httpx.Client(base_url=f"{url}/api/v2", timeout=30, trust_env=False)

    def unpause(self, dag_id: str, *, timeout_s: float = 60) -> None:
        """Let the scheduler run a DAG, once the dag-processor has read its file.

        Raises:
            AirflowApiError: the DAG did not appear in time; the message holds Airflow's import errors.
        """
        self._wait_for(lambda: self._exists(dag_id), f"The DAG '{dag_id}' did not appear", timeout_s)
        self._call("PATCH", f"/dags/{dag_id}", json={"is_paused": False})

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run of the DAG with these params, and return its id."""
        body = {"logical_date": None, "conf": conf or {}}
        return str(self._call("POST", f"/dags/{dag_id}/dagRuns", json=body)["dag_run_id"])

    def runs(self, dag_id: str) -> list[Run]:
        """Return the latest hundred runs of a DAG, newest first, without their tasks."""
        found = self._call("GET", f"/dags/{dag_id}/dagRuns", params={"order_by": "-run_after", "limit": 100})
        return [Run(entry["dag_run_id"], entry["state"]) for entry in found["dag_runs"]]

    def run(self, dag_id: str, run_id: str) -> Run:
        """Return one run with its tasks."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}"
        tasks: dict[str, str] = {}
        for entry in self._call("GET", f"{path}/taskInstances", params={"limit": 1000})["task_instances"]:
            suffix = f"[{entry['map_index']}]" if entry["map_index"] >= 0 else ""
            tasks[entry["task_id"] + suffix] = entry["state"] or "waiting"
        return Run(run_id, self._call("GET", path)["state"], tasks)

    def page_of(self, dag_id: str, run_id: str) -> str:
        """Return the address of a run in Airflow's UI."""
        return f"{self._url}/dags/{dag_id}/runs/{quote(run_id, safe='')}"

    def wait(
        self, dag_id: str, run_id: str, on_progress: Callable[[Run], object] | None = None, *, timeout_s: float = 900
    ) -> Run:
        """Wait until the run has ended, in success or failure, and return it.

        Raises:
            AirflowApiError: it has not ended in time.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            run = self.run(dag_id, run_id)
            if on_progress:
                on_progress(run)
            if run.state in ENDED:
                return run
            if time.monotonic() > deadline:
                raise AirflowApiError(f"The run {run_id} of {dag_id} has not ended after {timeout_s:.0f} s: {run}")
            time.sleep(POLL_S)

    def await_new_run(self, dag_id: str, seen: Collection[str], *, timeout_s: float = 60) -> str:
        """Wait for a run that something else has started since `seen` were all there was, and return its id."""
        found: list[str] = []

        def is_there() -> bool:
            found[:] = [run.run_id for run in self.runs(dag_id) if run.run_id not in seen]
            return bool(found)

        self._wait_for(is_there, f"No new run of '{dag_id}' was started", timeout_s)
        return found[-1]

    def clear(self, dag_id: str, run_id: str, task_ids: list[str]) -> None:
        """Clear tasks of a run and those after them, so that they run once more, whatever became of them."""
        body = {"dag_run_id": run_id, "task_ids": task_ids, "dry_run": False, "only_failed": False}
        self._call("POST", f"/dags/{dag_id}/clearTaskInstances", json=body | {"include_downstream": True})

    def task_instance_id(self, dag_id: str, run_id: str, task_id: str) -> str:
        """Return the id of the present try of a task; its process bears it in its title."""
        return str(self._call("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}")["id"])

    def await_task(self, dag_id: str, run_id: str, task_id: str, state: str, *, timeout_s: float = 60) -> None:
        """Wait until the task is in this state."""
        wanted = f"'{task_id}' of {run_id} did not become {state}"
        self._wait_for(lambda: self.run(dag_id, run_id).tasks.get(task_id) == state, wanted, timeout_s)

    def await_task_id(self, dag_id: str, task_id: str, *, timeout_s: float) -> None:
        """Return once the DAG, as Airflow has read it last, has a task of this id."""
        path = f"/dags/{dag_id}/tasks/{task_id}"
        self._wait_for(lambda: self._http.get(path).is_success, f"{dag_id} did not get a task '{task_id}'", timeout_s)

    def make_pool(self, name: str, slots: int, description: str) -> None:
        """Create a pool if there is none of that name; an existing one keeps the size that somebody gave it."""
        pool = {"name": name, "slots": slots, "description": description}
        if self._http.get(f"/pools/{name}").status_code == 404:
            self._call("POST", "/pools", json=pool)

    def keep_connection(self, conn_id: str, wanted: Mapping[str, Any]) -> None:
        """Make a Connection if there is none of that id; an existing one stays as somebody saved it.

        Only its port follows the demo's part, which may have got another one, as long as it leads to that part.
        """
        found = self._http.get(f"/connections/{conn_id}")
        body = {"connection_id": conn_id, **wanted, "extra": json.dumps(wanted["extra"])}
        if found.status_code == 404:
            self._call("POST", "/connections", json=body)
        elif _leads_to_same(found.json(), wanted):
            mask = {"update_mask": ["host", "port"]}
            self._call("PATCH", f"/connections/{conn_id}", params=mask, json=body)

    def connections(self) -> list[dict[str, Any]]:
        """Return the Connections that are saved in Airflow, without their secrets."""
        return list(self._call("GET", "/connections")["connections"])

    def answers(self) -> bool:
        """Return whether the api-server answers."""
        try:
            return self._http.get("/monitor/health", timeout=5).is_success
        except httpx.TransportError:
            return False

    def load_execution_api(self) -> None:
        """Make the api-server load the part that tasks talk to, which it does at the first call and in 4 to 6 s."""
        self._http.get(self._http.base_url.join("/execution/health"), timeout=60)

    def is_healthy(self, since: datetime) -> bool:
        """Return whether every part of Airflow has sent a heartbeat after `since`; earlier ones prove nothing."""
        health = self._call("GET", "/monitor/health")
        return all(_is_alive(part, health.get(part), since) for part in PARTS)

    def import_errors(self) -> list[str]:
        """Return the texts of Airflow on the DAG files that it could not read."""
        found = self._call("GET", "/importErrors")["import_errors"]
        return [f"{entry['filename']}: {entry['stack_trace']}" for entry in found]

    def _exists(self, dag_id: str) -> bool:
        return self._http.get(f"/dags/{dag_id}").status_code == 200

    def _wait_for(self, is_there: Callable[[], bool], what: str, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not is_there():
            if time.monotonic() > deadline:
                said = "\n".join(self.import_errors()) or "none"
                raise AirflowApiError(f"{what} within {timeout_s:.0f} s. Airflow's import errors: {said}")
            time.sleep(POLL_S)

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        answer = self._http.request(method, path, **arguments)
        if answer.is_error:
            raise AirflowApiError(f"{method} {answer.url} was answered {answer.status_code}: {answer.text[:2000]}")
        return answer.json()


def _leads_to_same(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    hosts = {urlsplit(str(one["host"])).hostname or one["host"] for one in (found, wanted)}
    is_same = all(found[key] == wanted.get(key) for key in ("conn_type", "login", "schema"))
    return is_same and len(hosts) == 1 and hosts <= {LOOPBACK, "localhost"}


def _is_alive(part: str, health: dict[str, Any] | None, since: datetime) -> bool:
    if not health or health["status"] != "healthy":
        return False
    heartbeat = health.get(f"latest_{part}_heartbeat")
    return part == "metadatabase" or (heartbeat is not None and datetime.fromisoformat(heartbeat) >= since)
