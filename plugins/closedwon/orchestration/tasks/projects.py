"""The task of `projects`."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any

from airflow.sdk import get_current_context, task

from closedwon.flows import projects
from closedwon.orchestration.clients import open_prepared_warehouse, read_catalog

log = logging.getLogger(__name__)


@task
def make_projects() -> list[dict[str, Any]]:
    """What each rule decided: looked at, made, exists, not picked, waits."""
    context = get_current_context()
    today = context["dag_run"].run_after.date()
    catalog = read_catalog()
    with open_prepared_warehouse(catalog) as engine:
        outcome = projects.make_projects(engine, catalog, run_id=context["run_id"], today=today)
    for counts in outcome:
        log.info("%s", counts)
    return [asdict(counts) for counts in outcome]
