"""### Projects: won opportunities become delivery projects

**What it does.** Looks at the records that the rules in `include/mappings/rules` name, and makes a project, with
the phases and tasks of its template, of each one that a rule picks. Runs whenever an import has written rows
of these objects, or set some apart in quarantine. One task group per rule: a rule that fails does not stop the others.

A record that did not become a project has a row with the reason:

    SELECT reason, count(*) FROM sync.decision WHERE outcome <> 'made' GROUP BY reason;

Triggered with `dry_run`, it says in each rule's log how many projects it would make, of which records, and what
`existing: take` would make besides; it writes nothing. Try a rule so before years of old wins become projects.

**When it fails.** The last lines of the red task's log say what was seen and what to do. A repeat makes no second
project: a source record has one project per rule.

**Tables.** `delivery.projects`, `delivery.phases`, `delivery.tasks`: the delivery team writes them with any tool.
`sync.decision`.
"""

from __future__ import annotations

from airflow.sdk import Asset, AssetAny, Param, task_group

from closedwon.orchestration.asset_events import outlets_of
from closedwon.orchestration.dag_factory import (
    check_broken_files,
    closedwon_dag,
    fail_with_any,
    read_catalog_to_parse,
    source_tables,
)
from closedwon.orchestration.tasks.mapping_files import broken_with_own_tasks
from closedwon.orchestration.tasks.projects import make_projects

CATALOG = read_catalog_to_parse()
SOURCES = source_tables(CATALOG)


@closedwon_dag(
    doc=__doc__,
    schedule=AssetAny(*map(Asset, SOURCES)) if SOURCES else None,  # a list of assets would wait for all of them
    tags=["projects"],
    params={"dry_run": Param(False, type="boolean", description="Say what would be made; write nothing.")},
)
def projects() -> None:
    made = []
    for rule in [*CATALOG.rules, *broken_with_own_tasks(CATALOG, "rule")]:

        @task_group(group_id=rule.name)
        def apply_rule(name: str) -> None:
            made.append(make_projects.override(outlets=outlets_of(Asset("delivery.projects")))(name))

        apply_rule(rule.name)
    fail_with_any([*check_broken_files(CATALOG, "rule", "template").values(), *made])


projects()
