"""The DAGs as Airflow reads them from the real DAG files, with whatever mapping files, and whole runs of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from sqlalchemy import Engine, select

from localorg.server import running_org
from tests.world import KEY, ROOT, SECRET, World, fill_org

ReadDags = Callable[[], dict[str, Any]]


@pytest.fixture(scope="session")
def read_dags() -> ReadDags:
    """Reads the DAG files anew, as the DAG processor does."""

    def read() -> dict[str, Any]:
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(str(ROOT / "dags"))
        assert bag.import_errors == {}
        return dict(bag.dags)

    return read


@pytest.fixture(scope="session")
def dags(read_dags: ReadDags) -> dict[str, Any]:
    """The DAGs of the mapping files that come with the project."""
    return read_dags()


@pytest.fixture
def mappings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the mapping files, which the DAGs read from now on."""
    folder = Path(copytree(ROOT / "include" / "mappings", tmp_path / "mappings"))
    monkeypatch.setenv("CLOSEDWON_MAPPINGS", str(folder))
    return folder


@pytest.fixture(scope="module")
def airflow_database() -> None:
    """Airflow's own tables, in the home that the tests have made for it."""
    from airflow.utils.db import initdb

    initdb()


REFUSED_RULE = """  Opportunity:
    rules:
      No_Projects_Here: {when: "NOT(ISBLANK(Project_ID__c))", message: Projects belong elsewhere}
"""


@pytest.fixture
def world(
    airflow_database: None,
    tmp_path: Path,
    engine: Engine,
    database_url: str,
    mappings: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """An org that refuses to show projects on opportunities, and a warehouse, both named in Airflow's Connections."""
    objects = tmp_path / "objects.yaml"
    objects.write_text((ROOT / "demo" / "org.yaml").read_text().replace("  Opportunity:\n", REFUSED_RULE))
    with running_org(tmp_path / "org", objects=objects) as org:
        extra = {"consumer_key": KEY, "consumer_secret": SECRET, "domain": "localorg"}
        connection = {"conn_type": "salesforce", "host": org.base_url, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE", json.dumps(connection))
        monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", database_url)
        monkeypatch.setenv("CLOSEDWON_BATCHES", f"file://{tmp_path / 'batches'}")
        world = World(org, engine, database_url, tmp_path, mappings)
        fill_org(world.people())
        yield world


@dataclass(frozen=True)
class Ended:
    """The state of a run that has ended, and of its tasks."""

    state: str
    tasks: dict[str, str]
    events: dict[str, Any]
    """The extra of each asset event, by the asset's name."""

    @property
    def failed(self) -> set[str]:
        return {task_id for task_id, state in self.tasks.items() if state == "failed"}


def to_ended(run: Any) -> Ended:
    return Ended(str(run.state), {ti.task_id: str(ti.state) for ti in run.get_task_instances()}, read_events(run))


def read_events(run: Any) -> dict[str, Any]:
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session

    of_run = (AssetEvent.source_dag_id == run.dag_id, AssetEvent.source_run_id == run.run_id)
    query = select(AssetModel.name, AssetEvent.extra).join(AssetEvent, AssetEvent.asset_id == AssetModel.id)
    with create_session() as session:
        return dict(map(tuple, session.execute(query.where(*of_run))))


@pytest.fixture
def run_dag(world: World, read_dags: ReadDags) -> Callable[[str], Ended]:
    """Runs a DAG as it is read from its file now; by hand, and so without a logical date."""

    def run(dag_id: str) -> Ended:
        return to_ended(read_dags()[dag_id].test())

    return run


RunDag = Callable[[str], Ended]
