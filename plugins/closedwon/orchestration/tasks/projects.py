"""Task of `projects`, one per rule."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any

from airflow.sdk import get_current_context, task

from closedwon.flows import projects
from closedwon.orchestration.asset_events import report_written
from closedwon.orchestration.clients import open_prepared_warehouse, read_catalog, read_rule

log = logging.getLogger(__name__)


@task
def make_projects(rule_name: str) -> dict[str, Any]:
    """Apply a rule and return its counts: looked at, made, exists, not picked, waits, quarantined, flagged, moved."""
    context = get_current_context()
    catalog, rule = read_catalog(), read_rule(rule_name)
    today = context["dag_run"].run_after.date()
    with open_prepared_warehouse(catalog) as engine:
        counts = projects.make_projects(engine, catalog, rule, run_id=context["run_id"], today=today)
    log.info("%s", counts)
    report_written(context, asdict(counts), has_written=counts.made + counts.moved > 0)
    return asdict(counts)
