"""What a run costs on the running system: with no change, and with ten changes in each of the four objects."""

from __future__ import annotations

import itertools
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from sqlalchemy import Engine, text

from bench.figures import Figure
from demo.airflow_api import AirflowApi, Run
from demo.airflow_environment import PROJECT
from demo.databases import open_database
from demo.org_client import OrgClient
from demo.postgres import remove_postgres
from demo.supervisor import Running, Supervisor

CHANGES = 10
REPEATS = 3
EDITS = {"User": "Title", "Account": "Phone", "Contact": "Title", "Opportunity": "NextStep"}


def bench_runs() -> list[Figure]:
    """Return the wall time of an incremental run beside a graph of empty tasks, and the calls of a quiet run."""
    with tempfile.TemporaryDirectory(prefix="closedwon-bench-") as folder:
        Path(folder).chmod(0o755)
        dags = Path(folder) / "dags"
        shutil.copytree(PROJECT / "dags", dags)
        shutil.copy(PROJECT / "bench" / "dags" / "empty_graph.py", dags)
        with Supervisor(Path(folder) / "state", dags=dags, ports=_any_ports()) as running:
            figures = _measure(running)
        remove_postgres(Path(folder) / "state" / "postgres")
    return figures


def _measure(running: Running) -> list[Figure]:
    api = AirflowApi(running.api_url)
    warehouse = open_database(running.warehouse_url)
    for dag_id in ("salesforce_import", "empty_graph"):
        api.unpause(dag_id)
    org = OrgClient(running.org_url, key=running.org_key, secret=running.org_secret, ca_file=running.org_ca_file)
    first, first_s = _run(api, "salesforce_import")
    _run(api, "empty_graph")
    pairs = []
    for turn in range(REPEATS):
        _change(org, turn)
        incremental, incremental_s = _run(api, "salesforce_import")
        _, empty_s = _run(api, "empty_graph")
        pairs.append((incremental_s, empty_s, _calls(warehouse, incremental)))
    quiet, quiet_s = _run(api, "salesforce_import")
    started = sum(
        state == "success" for task, state in quiet.tasks.items() if not task.endswith((".loaded", "finished"))
    )
    return [
        Figure("first import of four objects", first_s, "s"),
        Figure("first import: API calls", _calls(warehouse, first), "calls"),
        Figure("empty graph", statistics.median(empty for _, empty, _ in pairs), "s"),
        Figure("import of 4 x 10 changes", statistics.median(run for run, _, _ in pairs), "s"),
        Figure("import of 4 x 10 changes: API calls", pairs[-1][2], "calls"),
        Figure(
            "import of 4 x 10 changes / empty graph",
            statistics.median(run / empty for run, empty, _ in pairs),
            "x",
            "the same graph with empty tasks, same run",
        ),
        Figure("import without a change", quiet_s, "s"),
        Figure("import without a change: API calls", _calls(warehouse, quiet), "calls"),
        Figure("import without a change: tasks started", started, "tasks"),
    ]


def _run(api: AirflowApi, dag_id: str) -> tuple[Run, float]:
    start = time.perf_counter()
    run = api.wait(dag_id, api.trigger(dag_id))
    if run.state != "success":
        raise RuntimeError(f"{dag_id} ended as {run.state}: {run.tasks}")
    return run, time.perf_counter() - start


def _change(org: OrgClient, turn: int) -> None:
    for sobject, field in EDITS.items():
        for record in itertools.islice(org.query(f"SELECT Id FROM {sobject} ORDER BY Id LIMIT {CHANGES}"), CHANGES):
            org.update(sobject, record["Id"], {field: f"Change {turn}"})


def _calls(warehouse: Engine, run: Run) -> int:
    with warehouse.connect() as connection:
        calls = connection.scalar(
            text("SELECT sum(calls) FROM sync.api_usage WHERE run_id = :run"), {"run": run.run_id}
        )
    return int(calls or 0)


def _any_ports() -> dict[str, int]:
    return dict.fromkeys(("airflow", "org", "postgres", "task logs", "trigger logs"), 0)
