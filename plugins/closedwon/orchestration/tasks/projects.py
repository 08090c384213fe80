"""Task of `projects`, one per rule."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from airflow.sdk import get_current_context, task

from closedwon.flows import projects
from closedwon.flows.project_preview import Preview, preview_projects
from closedwon.orchestration.asset_events import report_written
from closedwon.orchestration.clients import open_prepared_warehouse, read_catalog, read_rule

log = logging.getLogger(__name__)

SHOWN = 20
"""Records that a dry run names in the log."""


@task
def make_projects(rule_name: str) -> dict[str, Any]:
    """Apply a rule and return its counts: looked at, made, exists, not picked, waits, quarantined, flagged, moved.

    In a dry run it says in the log what it would do, writes nothing, and returns how many projects it would make.
    """
    context = get_current_context()
    catalog, rule = read_catalog(), read_rule(rule_name)
    today = context["dag_run"].run_after.date()
    with open_prepared_warehouse(catalog) as engine:
        if context["params"]["dry_run"]:
            return _report_preview(preview_projects(engine, catalog, rule))
        counts = projects.make_projects(engine, catalog, rule, run_id=context["run_id"], today=today)
    log.info("%s", counts)
    report_written(context, asdict(counts), has_written=counts.made + counts.moved > 0)
    return asdict(counts)


def _report_preview(preview: Preview) -> dict[str, Any]:
    log.info("Nothing is written. Projects that a run would make: %s", _list_records(preview.made))
    if preview.left:
        log.info("Projects that `existing: take` would make besides: %s", _list_records(preview.left))
    for reason, number in preview.reasons.items():
        log.info("%d records: %s", number, reason)
    return {"would_make": len(preview.made), "left": len(preview.left)}


def _list_records(records: Sequence[str]) -> str:
    more = ["..."] if len(records) > SHOWN else []
    return f"{len(records)} ({', '.join([*records[:SHOWN], *more])})"
