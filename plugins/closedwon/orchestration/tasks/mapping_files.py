"""Tasks that fail with the findings of broken mapping files, so that every run shows them."""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk import task

from closedwon.errors import MappingFault
from closedwon.orchestration.clients import read_catalog

log = logging.getLogger(__name__)


@task
def check_file(file: str) -> None:
    """Fail with the findings of a broken mapping file, each with file and line."""
    for broken in read_catalog().broken:
        if broken.file == file:
            raise MappingFault(broken.message)
    log.info("%s has been corrected; the next run uses it.", file)


@task
def check_files() -> None:
    """Fail with the findings of all broken mapping files, in a run that has no task for them.

    Airflow parses a DAG file only at intervals, so a run may have the tasks of earlier versions of the mapping files.
    """
    broken = read_catalog().broken
    if broken:
        raise MappingFault("\n".join(file.message for file in broken))


def is_older_than_files(context: Any) -> bool:
    """Return whether the run has other tasks than the DAG, since mapping files changed after the run was made."""
    run_id = context["run_id"]
    tasks = context["ti"].get_task_states(dag_id=context["dag"].dag_id, run_ids=[run_id])[run_id]
    return set(tasks) != set(context["dag"].task_ids)
