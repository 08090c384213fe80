from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"great_expectations", "pandas", "pyarrow", "simple_salesforce"}
START_AND_END = f"""
import multiprocessing, sys
sys.path.insert(0, sys.argv[1])
multiprocessing.set_start_method("fork")
from closedwon.orchestration import warm
print("heavy before the start:", sorted({HEAVY} & set(sys.modules)))
warm.HEAVY = ("no_such_module", "counts_workers")
executor = warm.WarmLocalExecutor(parallelism=2)
executor.start()
print("workers after the start:", len(multiprocessing.active_children()))
executor.end()
"""
COUNTS_WORKERS = "import multiprocessing\nprint('workers at import:', len(multiprocessing.active_children()))\n"


@pytest.fixture(scope="module")
def said(project: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What one start of the executor printed, in a process of its own, as imports cannot be taken back."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "counts_workers.py").write_text(COUNTS_WORKERS)
    environment = {**os.environ, "PYTHONPATH": str(project / "plugins")}
    command = [sys.executable, "-c", START_AND_END, str(folder)]
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def test_processes_that_only_look_at_the_executor_import_nothing_heavy(said: str) -> None:
    assert "heavy before the start: []" in said


def test_the_imports_are_made_once_and_before_the_first_worker(said: str) -> None:
    assert [line for line in said.splitlines() if line.startswith("workers")] == [
        "workers at import: 0",
        "workers after the start: 2",
    ]


def test_a_module_that_cannot_be_imported_is_named_and_does_not_keep_the_scheduler_from_starting(said: str) -> None:
    assert "no_such_module could not be imported ahead of the tasks" in said
    assert "workers after the start: 2" in said


def test_every_module_of_ours_that_is_imported_ahead_is_there(project: Path) -> None:
    from closedwon.orchestration.warm import HEAVY as IMPORTED

    ours = [project / "plugins" / f"{name.replace('.', '/')}.py" for name in IMPORTED if name.startswith("closedwon.")]

    assert ours != []
    assert [str(path) for path in ours if not path.exists()] == []


def test_airflow_imports_no_module_of_the_package_a_second_time_as_a_plugin(project: Path) -> None:
    """It imports plugin files under their bare names: our exceptions would exist twice, and `except` miss one."""
    from airflow._shared.module_loading import find_path_from_directory

    scanned = list(find_path_from_directory(str(project / "plugins"), ".airflowignore", "glob"))

    assert [path for path in scanned if "/closedwon/" in path] == []
