"""What every DAG of this project owes the people who run it. Each message names the DAG and the remedy."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from closedwon import errors
from closedwon.orchestration.retries import BY_CLASS_OF_ERROR

Dags = dict[str, Any]
EXPECTED = {"salesforce_import", "projects", "salesforce_export"}


def talks_to_the_org(task: Any) -> bool:
    return "open_org(" in inspect.getsource(task.python_callable) if hasattr(task, "python_callable") else False


def test_the_dags_folder_holds_the_documented_dags_and_no_other(dags: Dags) -> None:
    assert set(dags) == EXPECTED


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_a_dag_says_what_it_does_and_what_to_do_when_it_fails(dags: Dags, dag_id: str) -> None:
    text = dags[dag_id].doc_md or ""
    for part in ("**What it does.**", "**When it fails.**"):
        assert part in text, f"{dag_id}: write '{part}' into the module docstring; it is shown in the Airflow UI."


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_a_dag_has_tags_no_catchup_and_one_run_at_a_time(dags: Dags, dag_id: str) -> None:
    dag = dags[dag_id]
    assert "closedwon" in dag.tags, f"{dag_id}: declare it with closedwon_dag, which adds the tag 'closedwon'."
    assert dag.catchup is False, f"{dag_id}: declare it with closedwon_dag; a watermark needs no past intervals."
    assert dag.max_active_runs == 1, f"{dag_id}: declare it with closedwon_dag; two runs would read the same window."


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_a_dag_offers_no_backfill_which_would_do_the_same_once_for_each_date(dags: Dags, dag_id: str) -> None:
    allowed = {run_type.value for run_type in dags[dag_id].allowed_run_types}
    assert "backfill" not in allowed, f"{dag_id}: declare it with closedwon_dag."
    assert {"scheduled", "manual", "asset_triggered", "asset_materialization", "operator_triggered"} == allowed


def test_Baton_28_the_export_can_be_started_by_hand(dags: Dags) -> None:
    assert "manual" in {run_type.value for run_type in dags["salesforce_export"].allowed_run_types}


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_a_run_that_hangs_ends_and_lets_the_next_one_begin(dags: Dags, dag_id: str) -> None:
    dag = dags[dag_id]
    longest_task = max(task.execution_timeout for task in dag.tasks)
    assert longest_task < dag.dagrun_timeout <= timedelta(hours=12), f"{dag_id}: declare it with closedwon_dag."


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_every_task_has_an_owner_and_retries_by_class_of_error(dags: Dags, dag_id: str) -> None:
    for task in dags[dag_id].tasks:
        assert task.owner == "closedwon", f"{dag_id}.{task.task_id}: declare the DAG with closedwon_dag."
        assert task.retries > 0, f"{dag_id}.{task.task_id}: declare the DAG with closedwon_dag."
        assert task.retry_policy == BY_CLASS_OF_ERROR, f"{dag_id}.{task.task_id}: declare the DAG with closedwon_dag."


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_a_task_that_talks_to_the_org_is_in_the_salesforce_pool(dags: Dags, dag_id: str) -> None:
    for task in dags[dag_id].tasks:
        if talks_to_the_org(task):
            assert task.pool == "salesforce", f"{dag_id}.{task.task_id}: decorate it with pool=SALESFORCE_POOL."


def test_probe_extract_plan_and_apply_are_the_tasks_that_talk_to_the_org(dags: Dags) -> None:
    found = {task.task_id.split(".")[-1] for dag in dags.values() for task in dag.tasks if talks_to_the_org(task)}
    assert found == {"probe", "extract", "plan", "apply"}


def test_the_import_runs_every_ten_minutes(dags: Dags) -> None:
    assert dags["salesforce_import"].timetable.expression == "*/10 * * * *"


@pytest.mark.parametrize("age", [timedelta(seconds=1), timedelta(minutes=4), timedelta(minutes=9)])
@pytest.mark.parametrize(("dag_id", "next_tick"), [("salesforce_import", "16:10"), ("salesforce_export", "20:00")])
def test_Autotask_9_a_dag_that_is_switched_on_first_runs_at_the_next_tick_not_at_once(
    dags: Dags, monkeypatch: pytest.MonkeyPatch, dag_id: str, next_tick: str, age: timedelta
) -> None:
    now = datetime(2026, 11, 30, 16, tzinfo=UTC) + age

    assert first_run_after(now, dags[dag_id], monkeypatch) == next_tick


def first_run_after(now: datetime, dag: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The time of day, in UTC, at which the scheduler starts the first run of a DAG that is switched on now."""
    from airflow.serialization.definitions.dag import SerializedDAG
    from airflow.serialization.serialized_objects import DagSerialization

    scheduled: SerializedDAG = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    monkeypatch.setattr("airflow.timetables.trigger.utcnow", lambda: now)
    first = scheduled.next_dagrun_info(last_automated_run_info=None)
    assert first is not None
    return f"{first.run_after:%H:%M}"


def test_a_run_of_no_object_is_refused_in_words(dags: Dags) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    with pytest.raises(ParamValidationError, match=r"\[\] should be non-empty"):
        dags["salesforce_import"].params.get_param("objects").resolve([])


def test_the_projects_are_made_when_the_source_of_a_rule_was_imported(dags: Dags) -> None:
    condition = dags["projects"].timetable.asset_condition
    assert {asset.name for asset in condition.objects} == {"crm.opportunities"}


@pytest.mark.parametrize("hour", range(24))
def test_Baton_26_the_export_runs_every_four_hours(dags: Dags, monkeypatch: pytest.MonkeyPatch, hour: int) -> None:
    now = datetime(2026, 11, 30, hour, 1, tzinfo=UTC)

    next_run = ("04:00", "08:00", "12:00", "16:00", "20:00", "00:00")[hour // 4]

    assert first_run_after(now, dags["salesforce_export"], monkeypatch) == next_run


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
