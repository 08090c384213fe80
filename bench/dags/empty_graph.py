"""The graph of `salesforce_import` with tasks that do nothing: what Airflow alone takes for it."""

from __future__ import annotations

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import TriggerRule, dag, task, task_group

NAMES = ["users", "accounts", "contacts", "opportunities"]


@task.branch
def probe() -> list[str]:
    return [f"{name}.extract" for name in NAMES]


@task
def extract(name: str) -> int:
    return len(name)


@task
def transform(name: str, extracted: int) -> int:
    return len(name) + extracted


@task
def validate(name: str, made: int) -> int:
    return len(name) + made


@task
def load(name: str, valid: int) -> int:
    return len(name) + valid


@dag(schedule=None, catchup=False, max_active_runs=1, default_args={"owner": "bench"})
def empty_graph() -> None:
    probed = probe()
    before = None
    for object_name in NAMES:

        @task_group(group_id=object_name)
        def do_nothing(name: str, before: EmptyOperator | None) -> EmptyOperator:
            extracted = extract(name)
            loading = load(name, validate(name, transform(name, extracted)))
            loaded = EmptyOperator(task_id="loaded", trigger_rule=TriggerRule.NONE_FAILED)
            probed >> extracted
            loading >> loaded
            if before is not None:
                before >> loading
                before >> loaded
            return loaded

        before = do_nothing(object_name, before)


empty_graph()
