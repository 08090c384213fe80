"""Tasks of `salesforce_export`: plan, apply, settle."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any

from airflow.sdk import TriggerRule, get_current_context, task

from closedwon.flows import outbound
from closedwon.flows.steps.due import explain_inactive
from closedwon.orchestration.asset_events import report_written
from closedwon.orchestration.clients import (
    SALESFORCE_POOL,
    open_org,
    open_prepared_warehouse,
    open_warehouse,
    read_catalog,
    read_mapping,
)

log = logging.getLogger(__name__)


@task.short_circuit(
    pool=SALESFORCE_POOL,
    ignore_downstream_trigger_rules=False,  # else an empty plan would skip later groups
    trigger_rule=TriggerRule.ALL_DONE,  # the group before only has to have ended
)
def plan(name: str) -> int:
    """Return the number of planned rows; for 0, as of an inactive mapping, `apply` and `settle` are skipped."""
    run_id = get_current_context()["run_id"]
    catalog, mapping = read_catalog(), read_mapping(name)
    if not mapping.active:
        log.warning("%s", explain_inactive(mapping))
        return 0
    with open_prepared_warehouse(catalog) as engine, open_org(engine, run_id=run_id, task_id=f"{name}.plan") as sf:
        planned = outbound.plan(engine, sf, mapping, run_id=run_id)
    log.info("%s: %s", name, planned)
    for finding in planned.findings:
        log.warning("%s", finding)
    return planned.planned


@task(pool=SALESFORCE_POOL)
def apply(name: str) -> dict[str, Any]:
    """Send the plan and return the counts of its rows by state: ok, rejected, unprocessed and others."""
    context = get_current_context()
    run_id, mapping = context["run_id"], read_mapping(name)
    with open_warehouse() as engine, open_org(engine, run_id=run_id, task_id=f"{name}.apply") as sf:
        counts = outbound.apply(engine, sf, mapping, run_id=run_id)
    report_written(context, asdict(counts), has_written=counts.ok > 0)
    return asdict(counts)


@task
def settle(name: str) -> dict[str, Any]:
    """Return the counts of the plan's rows by end state; fail if too many were not written, and warn of a few."""
    run_id = get_current_context()["run_id"]
    mapping = read_mapping(name)
    with open_warehouse() as engine:
        counts = outbound.settle(engine, mapping, run_id=run_id)
        if counts.failed:
            log.warning("%s", outbound.explain_failures(engine, mapping, run_id=run_id))
    return asdict(counts)
