"""The DAGs as Airflow reads them from the real DAG files, with whatever mapping files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

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
