"""Tasks of `salesforce_import`: each opens its clients, calls one function of the flow, and passes on counts."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import datetime
from typing import Any

from airflow.sdk import Context, get_current_context, task

from closedwon.flows import inbound
from closedwon.orchestration.asset_events import report_new_rows, report_written
from closedwon.orchestration.clients import (
    SALESFORCE_POOL,
    batches_of,
    open_org,
    open_prepared_warehouse,
    open_warehouse,
    read_catalog,
    read_mapping,
)
from closedwon.orchestration.tasks.mapping_files import broken_with_own_tasks
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.transaction import transaction

log = logging.getLogger(__name__)


@task.branch(pool=SALESFORCE_POOL)
def probe() -> list[str]:
    """Return the ids of the `extract` tasks to run: of mappings whose records changed, and of broken mapping files."""
    context = get_current_context()
    catalog, run_id = read_catalog(), context["run_id"]
    chosen = [m for m in catalog.inbound if m.name in context["params"]["objects"]]
    changed: dict[str, int | None] = {}
    with open_prepared_warehouse(catalog) as engine:
        due = inbound.choose_due(engine, chosen, _options(context))
        mappings = [m for m in due if not m.waits_for]
        if mappings:
            with open_org(engine, run_id=run_id, task_id="probe") as sf:
                changed = inbound.probe(engine, sf, mappings, _options(context), run_id=run_id)
    for mapping in mappings:
        log.info("%s: %s", mapping.name, _to_words(changed, mapping.name))
    context["ti"].xcom_push("expected", changed)
    # A mapping that waits for a broken file is not skipped, so that the failed extract of that file blocks it.
    waiting = [m.name for m in due if m.waits_for]
    broken = [file.name for file in broken_with_own_tasks(catalog, "mapping")]
    return [f"{name}.extract" for name in [*changed, *waiting, *broken]]


@task(pool=SALESFORCE_POOL)
def extract(name: str) -> int:
    """Return the number of records read.

    The columns that the file has got since the run began are made first: it may have been broken then.
    """
    context = get_current_context()
    run_id = context["run_id"]
    mapping = read_mapping(name)
    expected = context["ti"].xcom_pull(task_ids="probe", key="expected").get(name)
    with open_warehouse() as engine, open_org(engine, run_id=run_id, task_id=f"{name}.extract") as sf:
        with transaction(engine) as connection:
            prepare_warehouse(connection, read_catalog())
        batches = batches_of(run_id, name)
        records = inbound.extract(engine, sf, mapping, batches, expected, _options(context), run_id=run_id)
    log.info("%s: read %s records; the probe had counted %s", name, records, expected)
    return records


@task
def transform(name: str, extracted: int) -> int:
    """Return the number of rows that the mapping made of the records."""
    run_id = get_current_context()["run_id"]
    return inbound.transform(read_mapping(name), batches_of(run_id, name), extracted)


@task
def validate(name: str, made: int) -> int:
    """Return the number of rows that met all expectations."""
    run_id = get_current_context()["run_id"]
    return inbound.validate(read_mapping(name), batches_of(run_id, name), made)


@task
def load(name: str, valid: int) -> dict[str, Any]:
    """Return the counts of records: read, written, unchanged, rejected, skipped."""
    context = get_current_context()
    run_id = context["run_id"]
    mapping = read_mapping(name)
    with open_warehouse() as engine:
        counts = inbound.load(engine, mapping, batches_of(run_id, name), valid, run_id=run_id)
        announced = inbound.count_announced(engine, mapping, run_id=run_id)
    log.info("%s: %s", name, counts)
    if counts.rejected:
        log.warning("%s: %s records are in quarantine; see sync.quarantine for the reasons.", name, counts.rejected)
    if counts.skipped:
        log.info("%s: %s records are left out, as the mapping says; see sync.quarantine.", name, counts.skipped)
    # The quarantine counts as written: a rule's decision names it as the reason why a record has no project.
    report_written(context, asdict(counts), has_written=counts.written + counts.rejected > 0)
    report_new_rows(context, mapping.table, announced)
    return asdict(counts)


def _options(context: Context) -> inbound.RunOptions:
    params, run = context["params"], context["dag_run"]
    since = datetime.fromisoformat(params["since"]) if params["since"] else None
    tick = run.run_after if run.run_type == "scheduled" else None
    return inbound.RunOptions(mode=params["mode"], since=since, tick=tick)


def _to_words(changed: dict[str, int | None], name: str) -> str:
    if name not in changed:
        return "no change"
    if changed[name] is None:
        return "2,000 records or more in its window, or the org refused to count them; its extract runs"
    return f"{changed[name]} records in its window; its extract runs"
