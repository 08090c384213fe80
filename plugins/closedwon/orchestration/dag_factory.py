"""What the DAGs need alike: their defaults, and how their task groups depend on each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, TriggerRule, dag
from airflow.sdk.bases.operator import BaseOperator

from closedwon.mapping.model import Mapping
from closedwon.orchestration.retries import BY_CLASS_OF_ERROR

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
    """The two tasks of a mapping's group that other groups are tied to."""

    load: BaseOperator
    """Writes the rows; it needs the rows of the tables that they refer to."""
    loaded: BaseOperator
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


def chain_by_references(mappings: Iterable[Mapping], groups: Dictionary[str, ImportGroup]) -> None:
    """Let each mapping's `load` wait for the mappings that fill the tables it refers to, and for no others.

    Args:
        groups: by mapping name.
    """
    mappings = list(mappings)
    for child in mappings:
        for parent in mappings:
            if parent.table in _parent_tables(child):
                groups[parent.name].loaded >> groups[child.name].load


def fail_with_any(tasks: Iterable[BaseOperator]) -> None:
    """End the run with a task that succeeds only if none of these fails.

    Airflow judges a run by its last tasks alone. Where a child's group had nothing to do, its parent's failure would
    otherwise leave the run green.
    """
    list(tasks) >> EmptyOperator(task_id="finished", trigger_rule=TriggerRule.NONE_FAILED)


def _parent_tables(mapping: Mapping) -> set[str]:
    return {table for field in mapping.received for table in field.references} - {mapping.table}
