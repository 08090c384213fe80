"""The graph of `salesforce_import` with tasks that do nothing: what Airflow alone takes for it."""

from __future__ import annotations

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import TriggerRule, dag, task, task_group

from closedwon.orchestration.dag_factory import (
    ImportGroup,
    chain_by_references,
    fail_with_any,
    read_catalog_to_parse,
)

MAPPINGS = read_catalog_to_parse().inbound


@task.branch
def probe() -> list[str]:
    return [f"{mapping.name}.extract" for mapping in MAPPINGS]


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
    groups = {}
    for mapping in MAPPINGS:

        @task_group(group_id=mapping.name)
        def do_nothing(name: str) -> ImportGroup:
            extracted = extract(name)
            loading = load(name, validate(name, transform(name, extracted)))
            loaded = EmptyOperator(task_id="loaded", trigger_rule=TriggerRule.NONE_FAILED)
            probed >> extracted
            loading >> loaded
            return ImportGroup(extracted, loading, loaded)

        groups[mapping.name] = do_nothing(mapping.name)
    chain_by_references(MAPPINGS, groups, {})
    fail_with_any([probed, *(group.loaded for group in groups.values())])


empty_graph()
