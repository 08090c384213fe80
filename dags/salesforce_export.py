"""### Salesforce export: the projects' fields back to the org

**What it does.** Writes what the delivery team changed to Salesforce: to the `Delivery_Project__c` record of each
project (made when it is missing, so that the project shows on its opportunity) and to fields of the opportunity.
Every 4 hours, and by hand.

Per mapping: `plan` (compares with the org and writes the changed fields, before and after, to `sync.plan`) →
`apply` (sends them, 200 records a call, or by Bulk API 2.0 above 2,000) → `settle` (each planned row has one end
state).

**When it fails.** Read the error's last line: it says what to do. Every task can be retried, cleared or killed at
any time: what has been settled is not sent again, and a repeat of what has not is safe. What Salesforce rejected,
in its own words:

    SELECT record_key, code, message FROM sync.plan WHERE state = 'rejected' ORDER BY id DESC;
"""

from __future__ import annotations

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import CronTriggerTimetable, TriggerRule, dag, task_group

from closedwon.orchestration.clients import read_catalog
from closedwon.orchestration.retries import DEFAULT_ARGS
from closedwon.orchestration.tasks.outbound import apply, plan, settle

MAPPINGS = read_catalog().outbound


@dag(
    schedule=CronTriggerTimetable("0 */4 * * *", timezone="UTC", run_immediately=False),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["closedwon", "outbound", "salesforce"],
)
def salesforce_export() -> None:
    before = None
    for mapping in MAPPINGS:

        @task_group(group_id=mapping.name)
        def export_object(name: str, before: EmptyOperator | None) -> EmptyOperator:
            planned = plan(name)
            done = EmptyOperator(task_id="done", trigger_rule=TriggerRule.NONE_FAILED)
            planned >> apply(name) >> settle(name) >> done
            if (
                before is not None
            ):  # both write to records below one account: at the same time they would lock each other out
                before >> planned
            return done

        before = export_object(mapping.name, before)


salesforce_export()
