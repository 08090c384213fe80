"""### Salesforce export: the projects' fields back to the org

**What it does.** Writes what the delivery team changed to Salesforce: to the `Delivery_Project__c` record of each
project (made when it is missing, so that the project shows on its opportunity) and to fields of the opportunity.
Every 4 hours, and by hand. After it was switched on for the first time, first at the next tick (00:00, 04:00, ... UTC);
after a pause in which a tick was missed, at once. No task reads the *Logical Date* and *Data Interval* of the
form for triggering by hand.

Per mapping: `plan` (compares with the org and writes the changed fields, before and after, to `sync.plan`) →
`apply` (sends them, 200 records a call, or by Bulk API 2.0 above 2,000) → `settle` (each planned row has one end
state). One mapping after the other, because their records lock each other; one that fails does not stop the next.

**When it fails.** The last lines of the red task's log say what was seen and what to do. Every task can be retried,
cleared or killed at any time: what has been written is not sent again, and a repeat of what has not is safe. With the
cause removed, clear `plan` and what follows: the run plans anew what it has not written. What Salesforce rejected, in
its own words:

    SELECT record_key, code, message FROM sync.plan WHERE state = 'rejected' AND replanned_at IS NULL ORDER BY id DESC;
"""

from __future__ import annotations

from airflow.sdk import Asset, task_group

from closedwon.orchestration.asset_events import org_asset, outlets_of
from closedwon.orchestration.dag_factory import (
    at_ticks_of,
    check_broken_files,
    closedwon_dag,
    fail_with_any,
    read_catalog_to_parse,
)
from closedwon.orchestration.tasks.mapping_files import broken_with_own_tasks
from closedwon.orchestration.tasks.outbound import apply, plan, settle

CATALOG = read_catalog_to_parse()
READ = {mapping.name: [Asset(mapping.table)] for mapping in CATALOG.outbound}
WRITTEN = {mapping.name: outlets_of(org_asset(mapping.sobject)) for mapping in CATALOG.outbound}


@closedwon_dag(
    doc=__doc__,
    schedule=at_ticks_of("0 */4 * * *"),
    tags=["outbound", "salesforce"],
)
def salesforce_export() -> None:
    ends = []
    for mapping in [*CATALOG.outbound, *broken_with_own_tasks(CATALOG, "mapping")]:

        @task_group(group_id=mapping.name)
        def export_mapping(name: str) -> None:
            planned, settling = plan.override(inlets=READ.get(name, []))(name), settle(name)
            if ends:  # in parallel, writes to records of one account would lock each other out
                ends[-1] >> planned
            planned >> apply.override(outlets=WRITTEN.get(name, []))(name) >> settling
            ends.append(settling)

        export_mapping(mapping.name)
    checks = check_broken_files(CATALOG, "mapping", "suite", "value map")
    fail_with_any([*checks.values(), *ends])


salesforce_export()
