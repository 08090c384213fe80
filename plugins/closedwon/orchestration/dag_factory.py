"""What the DAGs need alike: their defaults, and how their task groups depend on each other."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, BaseOperator, TaskGroup, TriggerRule, XComArg, dag

from closedwon.mapping.model import BrokenFile, Catalog, FileKind, Finding, Mapping, Rule
from closedwon.mapping.reader.assembly import TASK_IDS
from closedwon.orchestration.clients import read_catalog
from closedwon.orchestration.retries import BY_CLASS_OF_ERROR
from closedwon.orchestration.tasks.mapping_files import check_file

log = logging.getLogger(__name__)

Task = BaseOperator | XComArg
"""A task as a DAG file gets it: an operator, or what a decorated function returned."""

_NOT_OF_A_NAME = re.compile(r"[^A-Za-z0-9_-]")

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "closedwon",
    "retries": 4,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": BY_CLASS_OF_ERROR,
    "execution_timeout": timedelta(hours=6),
}
"""What every task of every DAG has. A killed task counts as one that can heal."""


@dataclass(frozen=True)
class ImportGroup:
    """The tasks of a mapping's group that others are tied to."""

    extract: Task
    load: Task
    """Writes the rows; it needs the rows of the tables that they refer to."""
    loaded: Task
    """Succeeds when the rows are written, or when none had to be."""


def closedwon_dag(*, doc: str, schedule: Any, tags: Iterable[str], **options: Any) -> Callable[..., Callable[..., DAG]]:
    """Return the decorator of a DAG of this project: one run at a time, no catch-up, the defaults of every task.

    Args:
        doc: the module docstring of the DAG file, which Airflow shows; it says what the DAG does, and what to do when
            it fails.
        tags: those beside `closedwon`.
        options: others of Airflow's `dag`, such as `params`.
    """
    decorator: Callable[..., Callable[..., DAG]] = dag(
        schedule=schedule,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULT_ARGS,
        doc_md=doc,
        tags=["closedwon", *tags],
        **options,
    )
    return decorator


def read_catalog_to_parse() -> Catalog:
    """Return the catalog for a DAG file; where it cannot be read at all, that is the one broken file in it.

    A DAG file that raises makes its DAG vanish, and a run of it hang: a red task with the reason is better.
    """
    try:
        return read_catalog()
    except Exception as error:
        log.exception("The mapping files cannot be read; the DAGs fail with the reason.")
        unreadable = BrokenFile("mappings", "mappings", "mapping", (Finding("mappings", 0, str(error)),))
        return Catalog((), (), {}, broken=(unreadable,))


def check_broken_files(catalog: Catalog, kind: FileKind, *parts: FileKind) -> dict[BrokenFile, Task]:
    """Make a group with one failing task for each broken file, named as the file; return the tasks.

    Args:
        kind: of the files that have a group of that name in this DAG when they are sound.
        parts: kinds of files that those need; they are shown only where none of the broken files shown needs them.
    """
    shown = [broken for broken in catalog.broken if broken.kind == kind]
    needed = {file for broken in shown for file in broken.needs}
    shown += [broken for broken in catalog.broken if broken.kind in parts and broken.file not in needed]
    taken = TASK_IDS | {file.name for file in _sound_files(catalog, kind)}
    checks: dict[BrokenFile, Task] = {}
    for broken in shown:
        is_free = broken.kind == kind and broken.name not in taken
        with TaskGroup(group_id=_NOT_OF_A_NAME.sub("_", broken.name if is_free else broken.file)):
            checks[broken] = check_file(broken.file)
    return checks


def chain_by_references(
    mappings: Iterable[Mapping], groups: Dictionary[str, ImportGroup], checks: Dictionary[BrokenFile, Task]
) -> None:
    """Let each mapping's `load` wait for the mappings that fill the tables it refers to, and for no others.

    Where the file of one of them is broken, nothing of the mapping is read before it is corrected.

    Args:
        groups: by mapping name.
        checks: the failing tasks of broken files.
    """
    mappings = list(mappings)
    for child in mappings:
        for parent in mappings:
            if parent.table in _parent_tables(child):
                groups[parent.name].loaded >> groups[child.name].load
        for broken, check in checks.items():
            if broken.name in child.waits_for:
                check >> groups[child.name].extract


def source_tables(catalog: Catalog) -> list[str]:
    """Return the tables whose change is a reason to apply the rules: those of the rules' sources.

    Where a rule is broken, its source may be any: all tables that are received, so that its red task is seen.
    """
    sources = {rule.source for rule in catalog.rules}
    is_any = any(broken.kind == "rule" for broken in catalog.broken)
    return sorted({m.table for m in catalog.inbound if is_any or m.sobject in sources})


def fail_with_any(tasks: Iterable[Task]) -> None:
    """End the run with a task that succeeds only if none of these fails.

    Airflow judges a run by its last tasks alone. Where a child's group had nothing to do, its parent's failure would
    otherwise leave the run green.
    """
    list(tasks) >> EmptyOperator(task_id="finished", trigger_rule=TriggerRule.NONE_FAILED)


def _sound_files(catalog: Catalog, kind: FileKind) -> Sequence[Mapping | Rule]:
    return catalog.rules if kind == "rule" else catalog.mappings


def _parent_tables(mapping: Mapping) -> set[str]:
    return {table for field in mapping.received for table in field.references} - {mapping.table}
