"""### Salesforce import: the org's records into the warehouse

**What it does.** Reads users, accounts, contacts and opportunities that changed in Salesforce since the last run,
and upserts them into the schema `crm`. One task group per mapping file in `include/mappings`.

`probe` asks the org in one request which objects changed, and whether the mapping files still fit it. An object without
a change starts no task, unless its mapping does not fit: then its `extract` is red and lists what to correct.
Then, per mapping: `extract` (pages to object storage) → `transform` (pandas, mapping, value maps) → `validate`
(Great Expectations) → `load` (rows, quarantine and watermark in one transaction). A `load` waits for the objects that
its rows refer to; where one of them fails, it waits for the next run, and all others go on. A mapping file that cannot
be used is a red `extract` with its findings.

**When it runs.** Every 10 minutes. After it was switched on for the first time, first at the next tick; after a pause
in which a tick was missed, at once. A mapping with `every: 2 hours` is read at most that often by it; one with
`active: false` is skipped by every run, and the log of `probe` says so.

**Trigger by hand.** *objects*: which ones. *mode*: `incremental` reads what changed, `full` reads everything.
*since*: read from this moment on, whatever the watermark says. No task reads the form's
*Logical Date* and *Data Interval*.

**What it tells other DAGs.** A `load` that wrote rows adds an event to the asset of its table, such as `crm.accounts`;
one that made rows also to `crm.accounts.new`, with their number, unless `receive.announce` of the mapping says no.

**When it fails.** The last lines of the red task's log say what was seen and what to do. Every task can be retried,
cleared or killed at any time; the window is pinned to the run, so that a cleared run reads the same span again. What
needs a person, rows that could not be written among it:

    SELECT * FROM sync.attention;

**Tables.** `sync.status` (last success, last counts, failure and quarantine per object), `sync.run`, `sync.failure`,
`sync.watermark`, `sync.api_usage`.
"""

from __future__ import annotations

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset, Param, TriggerRule, task_group

from closedwon.orchestration.asset_events import new_rows_asset, outlets_of
from closedwon.orchestration.dag_factory import (
    ImportGroup,
    at_ticks_of,
    chain_by_references,
    check_broken_files,
    closedwon_dag,
    fail_with_any,
    read_catalog_to_parse,
)
from closedwon.orchestration.tasks.inbound import extract, load, probe, transform, validate
from closedwon.orchestration.tasks.mapping_files import broken_with_own_tasks

CATALOG = read_catalog_to_parse()
NAMES = [mapping.name for mapping in CATALOG.inbound]
ANNOUNCED = {mapping.name: [new_rows_asset(mapping.table)] if mapping.announce else [] for mapping in CATALOG.inbound}
WRITTEN = {mapping.name: [Asset(mapping.table), *ANNOUNCED[mapping.name]] for mapping in CATALOG.inbound}
WRITTEN |= {broken.name: [] for broken in broken_with_own_tasks(CATALOG, "mapping")}


@closedwon_dag(
    doc=__doc__,
    schedule=at_ticks_of("*/10 * * * *"),
    tags=["inbound", "salesforce"],
    params={
        "objects": Param(
            NAMES,
            type="array",
            minItems=min(1, len(NAMES)),  # a run that reads nothing would be green
            items={"type": "string", "enum": NAMES},
            examples=NAMES,  # turns the form's text field into a list to choose from
            description="Which mappings to read; at least one.",
        ),
        "mode": Param("incremental", enum=["incremental", "full"], description="What changed, or everything."),
        "since": Param(None, type=["null", "string"], format="date-time", description="Read from this moment on."),
    },
)
def salesforce_import() -> None:
    probed = probe()
    groups = {}
    for mapping_name, tables in WRITTEN.items():

        @task_group(group_id=mapping_name)
        def import_mapping(name: str, tables: list[Asset]) -> ImportGroup:
            extracted = extract(name)
            valid = validate(name, transform(name, extracted))
            # The inlets keep the assets active, and with it on the page of assets: an alias alone does not.
            loading = load.override(inlets=tables, outlets=outlets_of(*tables))(name, valid)
            loaded = EmptyOperator(task_id="loaded", trigger_rule=TriggerRule.NONE_FAILED)
            probed >> extracted
            loading >> loaded
            return ImportGroup(extracted, loading, loaded)

        groups[mapping_name] = import_mapping(mapping_name, tables)
    checks = check_broken_files(CATALOG, "mapping", "suite", "value map")
    chain_by_references(CATALOG.inbound, groups, checks)
    fail_with_any([probed, *checks.values(), *(group.loaded for group in groups.values())])


salesforce_import()
