"""### Projects: won opportunities become delivery projects

**What it does.** Looks at the records that the rules in `include/mappings/rules` name, and makes a project, with
the phases and tasks of its template, of each one that a rule picks. Runs whenever an import has written one of
these objects.

A record that did not become a project has a row with the reason:

    SELECT reason, count(*) FROM sync.decision WHERE outcome <> 'made' GROUP BY reason;

**When it fails.** Read the error's last line: it says what to do. A repeat makes no second project: a source record
has one project per rule.

**Tables.** `delivery.projects`, `delivery.phases`, `delivery.tasks`: the delivery team writes them with any tool.
`sync.decision`.
"""

from __future__ import annotations

from airflow.sdk import Asset, dag

from closedwon.orchestration.clients import read_catalog
from closedwon.orchestration.retries import DEFAULT_ARGS
from closedwon.orchestration.tasks.projects import make_projects

CATALOG = read_catalog()
SOURCES = {rule.source for rule in CATALOG.rules}


@dag(
    schedule=[Asset(mapping.table) for mapping in CATALOG.inbound if mapping.sobject in SOURCES] or None,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    tags=["closedwon", "projects"],
)
def projects() -> None:
    make_projects.override(outlets=[Asset("delivery.projects")])()


projects()
