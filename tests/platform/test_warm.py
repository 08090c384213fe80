from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

HEAVY = {"great_expectations", "pandas", "pyarrow", "simple_salesforce"}
NOTES = "import multiprocessing, os\ndef note(fact): open(os.environ['FACTS'], 'a').write(f'{fact}\\n')\n"
COUNTS_WORKERS = "from notes import *\nnote(f'workers at import: {len(multiprocessing.active_children())}')\n"
START_AND_END = f"""
import sys
from notes import *
multiprocessing.set_start_method("fork")
from closedwon.orchestration import warm_executor as warm
note(f"heavy before the start: {{sorted({HEAVY} & set(sys.modules))}}")
warm.HEAVY = ("no_such_module", "counts_workers")
executor = warm.WarmLocalExecutor(parallelism=2)
executor.start()
from types import SimpleNamespace
executor.running.add("lost")
executor.revoke_task(ti=SimpleNamespace(key="lost"))
note(f"running after the revoke: {{executor.running}}")
note(f"workers after the start: {{len(multiprocessing.active_children())}}")
executor.end()
"""


@dataclass(frozen=True)
class Start:
    """What was noted in a start of the executor, and what it logged."""

    facts: list[str]
    log: str


@pytest.fixture(scope="module")
def start(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Start:
    """One start in a process of its own, as imports cannot be taken back."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "notes.py").write_text(NOTES)
    (folder / "counts_workers.py").write_text(COUNTS_WORKERS)
    path = os.pathsep.join([str(project / "plugins"), str(folder)])
    environment = {**os.environ, "PYTHONPATH": path, "FACTS": str(folder / "facts")}
    command = [sys.executable, "-c", START_AND_END]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return Start((folder / "facts").read_text().splitlines(), ended.stdout + ended.stderr)


def test_processes_that_only_look_at_the_executor_import_nothing_heavy(start: Start) -> None:
    assert start.facts[0] == "heavy before the start: []"


def test_the_imports_are_made_once_and_before_the_first_worker(start: Start) -> None:
    assert (start.facts[1], start.facts[-1]) == ("workers at import: 0", "workers after the start: 2")


def test_a_task_that_lost_its_worker_gives_back_its_slot_so_that_airflow_can_queue_it_again(start: Start) -> None:
    assert start.facts[2] == "running after the revoke: set()"
    assert "has been queued for too long: it is taken back, and queued again" in start.log


def test_a_module_that_cannot_be_imported_is_named_and_does_not_keep_the_scheduler_from_starting(start: Start) -> None:
    assert "no_such_module could not be imported ahead of the tasks" in start.log
    assert start.facts[-1] == "workers after the start: 2"


PARSERS = """
import os, sys
from closedwon.orchestration.warm_dag_bundle import WarmDagBundle
print("at the import:", "pandas" in sys.modules)
bundle = WarmDagBundle(name="dags-folder")
bundle.initialize()
bundle.refresh()
known = set(sys.modules)
for file in sorted(bundle.path.glob("*.py")):
    if os.fork() == 0:
        exec(compile(file.read_text(), file, "exec"), {"__name__": file.stem, "__doc__": "of the DAG"})
        new = {name.split(".")[0] for name in set(sys.modules) - known} - {"airflow"}
        print(file.stem, "imports", sorted(new), flush=True)
        os._exit(0)
    os.wait()
"""


def test_a_parser_of_a_dag_file_imports_nothing_that_takes_long(project: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(project / "plugins"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(project / "dags"),
        "CLOSEDWON_MAPPINGS": str(project / "no such folder"),  # which keeps no processor from starting
    }
    command = [sys.executable, "-c", f"import airflow.sdk\n{PARSERS}"]

    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert [line for line in ended.stdout.splitlines() if "imp" in line.split(":")[0] and "[info" not in line] == [
        "at the import: False",
        "projects imports []",
        "salesforce_export imports []",
        "salesforce_import imports []",
    ]


def test_every_module_of_ours_that_is_imported_ahead_is_there(project: Path) -> None:
    from closedwon.orchestration.warm_dag_bundle import PARSED
    from closedwon.orchestration.warm_executor import HEAVY as IMPORTED

    names = [name for name in (*IMPORTED, *PARSED) if name.startswith("closedwon.")]
    ours = [project / "plugins" / f"{name.replace('.', '/')}.py" for name in names]

    assert ours != []
    assert [str(path) for path in ours if not path.exists()] == []


def test_airflow_imports_no_module_of_the_package_a_second_time_as_a_plugin(project: Path) -> None:
    """It imports plugin files under their bare names: our exceptions would exist twice, and `except` miss one."""
    from airflow._shared.module_loading import find_path_from_directory

    scanned = list(find_path_from_directory(str(project / "plugins"), ".airflowignore", "glob"))

    assert [path for path in scanned if "/closedwon/" in path] == []
