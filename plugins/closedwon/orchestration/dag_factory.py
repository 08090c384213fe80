"""Code that the DAG files share: defaults of DAGs and tasks, and dependencies between task groups."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, BaseOperator, CronTriggerTimetable, TaskGroup, TriggerRule, XComArg, dag
from airflow.utils.types import DagRunType

from closedwon.mapping.model import BrokenFile, Catalog, FileKind, Finding, Mapping
from closedwon.orchestration.clients import read_catalog
from closedwon.orchestration.failure_report import report_failure
from closedwon.orchestration.retries import BY_CLASS_OF_ERROR
from closedwon.orchestration.tasks.mapping_files import broken_with_own_tasks, check_file

log = logging.getLogger(__name__)

Task = BaseOperator | XComArg
"""A task in a DAG file: an operator, or the result of a decorated function."""

_NOT_OF_A_NAME = re.compile(r"[^A-Za-z0-9_-]")

LONGEST_RUN = timedelta(hours=12)
"""A run that has not ended by then fails, so that it does not keep later runs waiting: twice what one task may take."""

ALLOWED_RUNS: Any = frozenset(DagRunType) - {DagRunType.BACKFILL_JOB}
"""A backfill would do the same once for each date: what is due follows from the warehouse, not from a date."""

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "closedwon",
    "retries": 4,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": BY_CLASS_OF_ERROR,
    "execution_timeout": timedelta(hours=6),
    "on_failure_callback": report_failure,
    "on_retry_callback": report_failure,
}
"""Default arguments of every task of every DAG. A killed task is retried."""


@dataclass(frozen=True)
class ImportGroup:
    """The tasks of a mapping's group that tasks outside of it depend on."""

    extract: Task
    load: Task
    """Writes the rows, after the rows that they refer to."""
    loaded: Task
    """Succeeds when the rows are written, or when there was nothing to write."""


def closedwon_dag(*, doc: str, schedule: Any, tags: Iterable[str], **options: Any) -> Callable[..., Callable[..., DAG]]:
    """Return the decorator for a DAG of this project: one run at a time, no catch-up or backfill, default arguments.

    Args:
        doc: the module docstring of the DAG file, which Airflow shows: what the DAG does, and what to do if it fails.
        tags: tags besides `closedwon`.
        options: other arguments of Airflow's `dag`, such as `params`.
    """
    decorator: Callable[..., Callable[..., DAG]] = dag(
        schedule=schedule,
        catchup=False,
        allowed_run_types=ALLOWED_RUNS,
        max_active_runs=1,
        dagrun_timeout=LONGEST_RUN,
        default_args=DEFAULT_ARGS,
        doc_md=doc,
        tags=["closedwon", *tags],
        **options,
    )
    return decorator


def at_ticks_of(cron: str) -> CronTriggerTimetable:
    """Return a schedule in UTC. A DAG that is switched on for the first time runs at the next tick.

    `run_immediately=False` would run it at once if the last tick was up to a tenth of the interval, or 5 minutes, ago.
    """
    return CronTriggerTimetable(cron, timezone="UTC", run_immediately=timedelta())


def read_catalog_to_parse() -> Catalog:
    """Return the catalog for a DAG file; if it cannot be read at all, one with the folder as its only broken file.

    If a DAG file raises, its DAG disappears and its runs hang, so a failing task shows the reason instead.
    """
    try:
        return read_catalog()
    except Exception as error:
        log.exception("The mapping files cannot be read; the DAGs fail with the reason.")
        unreadable = BrokenFile("mappings", "mappings", "mapping", (Finding("mappings", 0, str(error)),))
        return Catalog((), (), {}, broken=(unreadable,))


def check_broken_files(catalog: Catalog, kind: FileKind, *parts: FileKind) -> dict[BrokenFile, Task]:
    """Make a group with one failing task for each broken file without tasks of its own; return the tasks.

    Args:
        kind: kind of the files that have a task group in this DAG.
        parts: kinds of files that those need; a broken one gets a task only if no broken file of `kind` needs it.
    """
    with_tasks = broken_with_own_tasks(catalog, kind)
    needed = {file for broken in catalog.broken if broken.kind == kind for file in broken.needs}
    checks: dict[BrokenFile, Task] = {}
    for broken in catalog.broken:
        is_part = broken.kind in parts and broken.file not in needed
        if is_part or (broken.kind == kind and broken not in with_tasks):
            with TaskGroup(group_id=_NOT_OF_A_NAME.sub("_", broken.file)):
                checks[broken] = check_file(broken.file)
    return checks


def chain_by_references(
    mappings: Iterable[Mapping], groups: Dictionary[str, ImportGroup], checks: Dictionary[BrokenFile, Task]
) -> None:
    """Make each mapping's `load` wait for the mappings of the tables that it refers to, and for no others.

    If the file of one of them is broken, the mapping is not read until it is corrected.

    Args:
        groups: by mapping name, broken mappings included.
        checks: the failing tasks of broken files without tasks of their own.
    """
    mappings = list(mappings)
    for child in mappings:
        for parent in mappings:
            if parent.table in _parent_tables(child):
                groups[parent.name].loaded >> groups[child.name].load
        blocking = {broken.name: check for broken, check in checks.items()}
        for name in child.waits_for:
            blocking.get(name, groups[name].extract) >> groups[child.name].extract


def source_tables(catalog: Catalog) -> list[str]:
    """Return the tables whose changes trigger the rules: those of the rules' sources.

    If a rule is broken, return all received tables: its source may be any, and a run shows its failing task.
    """
    sources = {rule.source for rule in catalog.rules}
    is_any = any(broken.kind == "rule" for broken in catalog.broken)
    return sorted({m.table for m in catalog.inbound if is_any or m.sobject in sources})


def fail_with_any(tasks: Iterable[Task]) -> None:
    """End the run with a task that fails if any of these fails.

    Airflow derives a run's state from its last tasks alone. If a child's group had nothing to do, the run would
    otherwise succeed although its parent failed.
    """
    list(tasks) >> EmptyOperator(task_id="finished", trigger_rule=TriggerRule.NONE_FAILED)


def _parent_tables(mapping: Mapping) -> set[str]:
    return {table for field in mapping.received for table in field.references} - {mapping.table}
