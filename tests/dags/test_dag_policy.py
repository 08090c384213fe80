"""What every DAG of this project owes the people who run it. Each message names the DAG and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from closedwon import errors
from closedwon.orchestration.retries import BY_CLASS_OF_ERROR, SALESFORCE_POOL

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = {"salesforce_import", "projects", "salesforce_export"}


@pytest.fixture(scope="module")
def dags():  # type: ignore[no-untyped-def]
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(ROOT / "dags"))
    assert bag.import_errors == {}
    return bag.dags


def test_the_dags_folder_holds_the_documented_dags_and_no_other(dags) -> None:  # type: ignore[no-untyped-def]
    assert set(dags) == EXPECTED


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_a_dag_says_what_it_does_and_what_to_do_when_it_fails(dags, dag_id: str) -> None:  # type: ignore[no-untyped-def]
    text = dags[dag_id].doc_md or ""
    for part in ("**What it does.**", "**When it fails.**"):
        assert part in text, f"{dag_id}: write '{part}' into the module docstring; it is shown in the Airflow UI."


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_a_dag_has_tags_no_catchup_and_one_run_at_a_time(dags, dag_id: str) -> None:  # type: ignore[no-untyped-def]
    dag = dags[dag_id]
    assert "closedwon" in dag.tags, f"{dag_id}: add the tag 'closedwon'."
    assert dag.catchup is False, f"{dag_id}: set catchup=False; a watermark needs no past intervals."
    assert dag.max_active_runs == 1, f"{dag_id}: set max_active_runs=1; two runs would read the same window."


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_every_task_has_an_owner_and_retries_by_class_of_error(dags, dag_id: str) -> None:  # type: ignore[no-untyped-def]
    for task in dags[dag_id].tasks:
        assert task.owner == "closedwon", f"{dag_id}.{task.task_id}: use DEFAULT_ARGS."
        assert task.retries > 0, f"{dag_id}.{task.task_id}: use DEFAULT_ARGS."
        assert task.retry_policy == BY_CLASS_OF_ERROR, f"{dag_id}.{task.task_id}: use DEFAULT_ARGS."


def test_every_task_that_talks_to_the_org_is_in_the_salesforce_pool(dags) -> None:  # type: ignore[no-untyped-def]
    talking = [
        task
        for dag in dags.values()
        for task in dag.tasks
        if task.task_id.split(".")[-1] in {"probe", "extract", "plan", "apply"}
    ]
    assert len(talking) >= 9
    assert {task.pool for task in talking} == {SALESFORCE_POOL}


def test_a_parents_rows_are_loaded_before_those_that_point_to_them(dags) -> None:  # type: ignore[no-untyped-def]
    dag = dags["salesforce_import"]
    for parent, child in [("users", "accounts"), ("accounts", "contacts"), ("accounts", "opportunities")]:
        before = dag.get_task(f"{child}.load").get_flat_relative_ids(upstream=True)
        assert f"{parent}.load" in before


def test_Baton_26_the_export_runs_every_four_hours(dags) -> None:  # type: ignore[no-untyped-def]
    assert dags["salesforce_export"].timetable.expression == "0 */4 * * *"


@pytest.mark.parametrize(
    ("error", "action"),
    [
        pytest.param(errors.OrgUnavailable, "retry", id="the org is away"),
        pytest.param(errors.WarehouseUnavailable, "retry", id="Postgres is away"),
        pytest.param(errors.QuotaSpent, "retry", id="the API quota is spent"),
        pytest.param(errors.CredentialsRefused, "fail", id="wrong credentials"),
        pytest.param(errors.MappingFault, "fail", id="a mapping names a field that the org lacks"),
        pytest.param(errors.BatchRejected, "fail", id="a batch is not to be trusted"),
        pytest.param(ValueError, "default", id="a fault of ours"),
    ],
)
def test_what_can_heal_is_retried_and_what_cannot_fails_at_once(error: type[Exception], action: str) -> None:
    assert BY_CLASS_OF_ERROR.evaluate(error("seen"), try_number=1, max_tries=4).action.value == action
