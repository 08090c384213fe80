"""The command `closedwon` with a local org named in an Airflow Connection, and a folder of mapping files of its own."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner, Result

from localorg.server import RunningOrg, running_org
from tests.world import KEY, ROOT, SECRET

Closedwon = Callable[..., Result]


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    with running_org(tmp_path_factory.mktemp("org"), objects=ROOT / "demo" / "org.yaml") as org:
        yield org


@pytest.fixture
def mappings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the mapping files, which the command works on."""
    folder = Path(copytree(ROOT / "include" / "mappings", tmp_path / "mappings"))
    monkeypatch.setenv("CLOSEDWON_MAPPINGS", str(folder))
    return folder


@pytest.fixture
def closedwon(org: RunningOrg, mappings: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Closedwon]:
    """Runs the command with these arguments."""
    from closedwon.cli.__main__ import main

    extra = {"consumer_key": KEY, "consumer_secret": SECRET, "domain": "localorg"}
    connection = {"conn_type": "salesforce", "host": org.base_url, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE", json.dumps(connection))
    # The command sets these two for its process: after the test they are as they were.
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "")
    level = logging.getLogger("airflow").level
    yield lambda *arguments: CliRunner().invoke(main, arguments, catch_exceptions=False)
    logging.getLogger("airflow").setLevel(level)
