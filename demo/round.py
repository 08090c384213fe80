"""The main job, once around, through Airflow itself: import, projects, a day of delivery, export, and import again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from rich.console import Console
from sqlalchemy import Engine, func, select

from demo.activity import Activity
from demo.airflow_api import ENDED, AirflowApi, Run
from demo.databases import open_database
from demo.delivery_day import work_a_day
from demo.mapping_folder import find_sources, has_sent
from demo.org_client import OrgClient
from demo.other_users import change_the_org
from demo.parity import compare_all
from demo.people import enter_people, find_people
from demo.report import Report, Span
from demo.supervisor import Running

DAGS = ("salesforce_import", "projects", "salesforce_export")


class RoundFailed(Exception):
    """A run of the round did not succeed; the message names it, and `page` is its address in Airflow's UI."""

    def __init__(self, message: str, page: str) -> None:
        super().__init__(message)
        self.page = page


def run_round(running: Running, activity: Activity) -> bool:
    """Run the round, print progress and tables, and return whether org and warehouse are in parity at the end."""
    api = AirflowApi(running.api_url)
    warehouse = open_database(running.warehouse_url)
    org = OrgClient(running.org_url, key=running.org_key, secret=running.org_secret, ca_file=running.org_ca_file)
    mappings = Path(running.environment["CLOSEDWON_MAPPINGS"])
    sources = find_sources(mappings)
    activity.begin("Waiting for Airflow to read the DAGs …")
    for dag_id in DAGS:
        api.unpause(dag_id)
    for run_id in try_again(api):
        _say(activity.console, f"The run {run_id}, which waited for its next try when the last demo stopped, goes on")
    spans = []

    @contextmanager
    def span(title: str) -> Iterator[None]:
        since = _now(warehouse)
        yield
        spans.append(Span(title, since, _now(warehouse)))

    title = "Import of what changed since the last demo" if has_imported(warehouse) else "First import"
    if people := find_people(mappings):
        enter_people(running.environment, warehouse, people)
        _say(activity.console, f"The delivery team entered {', '.join(people)} in delivery.people")
    with span(title):
        _import(api, activity, title, sources)
    if sources:
        activity.begin("The delivery team works a day …")
        day = work_a_day(warehouse)
        _say(
            activity.console,
            f"The delivery team set up {day.set_up} projects, started {day.started}, finished {day.finished}",
        )
    with span("Export"):
        if has_sent(mappings):
            _follow(api, activity, "Export to Salesforce", "salesforce_export", api.trigger("salesforce_export"))
    activity.begin("Other people change the org …")
    changes = change_the_org(org)
    _say(
        activity.console,
        f"Other people changed {changes.changed} records in the org, made {changes.made}, deleted {changes.deleted},"
        f" corrected {changes.corrected}",
    )
    with span("Second import: only what changed"):
        _import(api, activity, "Second import", sources)
    activity.begin("Comparing org and warehouse …")
    first, export, second = spans
    report = Report(activity.console, warehouse)
    report.imported(first)
    report.imported(second)
    report.rejected()
    report.projects()
    report.exported(export)
    report.api_calls(spans)
    parity = compare_all(org, warehouse, mappings)
    report.parity(parity)
    warehouse.dispose()
    return all(line.holds for line in parity)


def _import(api: AirflowApi, activity: Activity, title: str, sources: Collection[str]) -> None:
    """Run an import, and wait for the runs of `projects` that Airflow starts when the rules' sources are written."""
    seen = {run.run_id for run in api.runs("projects")}
    done = _follow(api, activity, title, "salesforce_import", api.trigger("salesforce_import"))
    if any(done.tasks.get(f"{name}.load") == "success" for name in sources):
        api.await_new_run("projects", seen)
    for run in api.runs("projects"):
        if run.state not in ENDED:
            _follow(api, activity, "Projects, started by the import", "projects", run.run_id)


def try_again(api: AirflowApi) -> list[str]:
    """Have the tasks that wait for their next try begin it now; return the ids of their runs.

    A stop of the demo amid a run leaves such tasks. A DAG runs once at a time, so that they would hold back the new run
    for up to ten minutes.
    """
    runs = []
    for dag_id in DAGS:
        for run in api.runs(dag_id):
            tasks = api.run(dag_id, run.run_id).tasks if run.state not in ENDED else {}
            if waiting := [task for task, state in tasks.items() if state == "up_for_retry"]:
                api.clear(dag_id, run.run_id, waiting)
                runs.append(run.run_id)
    return runs


def has_imported(warehouse: Engine) -> bool:
    """Return whether an earlier demo has imported into this warehouse."""
    with warehouse.connect() as connection:
        return connection.scalar(select(func.to_regclass("sync.watermark"))) is not None


def _now(warehouse: Engine) -> datetime:
    with warehouse.connect() as connection:
        return connection.scalar(select(func.clock_timestamp()))


def _say(console: Console, text: str) -> None:
    console.print(f" ✓ {text}", style="cyan", highlight=False)


def _follow(api: AirflowApi, activity: Activity, title: str, dag_id: str, run_id: str) -> Run:
    activity.begin(title)
    done = api.wait(dag_id, run_id, lambda run: activity.update(f"{title}: {run.summary}"))
    if done.state != "success":
        failed = ", ".join(task for task, state in done.tasks.items() if state == "failed")
        message = f"The run {run_id} of {dag_id} ended as '{done.state}'; failed tasks: {failed or 'none'}."
        raise RoundFailed(message, api.page_of(dag_id, run_id))
    text = f" ✓ {title}: {done.summary} in {activity.elapsed_s:.1f} s"
    activity.console.print(text, style="green", highlight=False)
    return done
