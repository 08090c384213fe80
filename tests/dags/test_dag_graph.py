"""What waits for what: only what refers to something else, and never the whole run for one fault."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import TriggerRule

from tests.dags.conftest import ReadDags

UNRELATED = """
sobject: Lead
table: crm.leads
direction: receive
fields:
  - {salesforce: LastName, column: last_name, type: text, direction: receive}
"""


def upstream(dag: Any, task_id: str) -> set[str]:
    return set(dag.get_task(task_id).get_flat_relative_ids(upstream=True))


@pytest.mark.parametrize(
    ("parent", "child"), [("users", "accounts"), ("accounts", "contacts"), ("accounts", "opportunities")]
)
def test_a_parents_rows_are_loaded_before_those_that_point_to_them(
    dags: dict[str, Any], parent: str, child: str
) -> None:
    assert f"{parent}.load" in upstream(dags["salesforce_import"], f"{child}.load")


def test_objects_that_do_not_refer_to_each_other_do_not_wait_for_each_other(dags: dict[str, Any]) -> None:
    dag = dags["salesforce_import"]
    assert not {task for task in upstream(dag, "opportunities.load") if task.startswith("contacts.")}
    assert not {task for task in upstream(dag, "contacts.load") if task.startswith("opportunities.")}


def test_an_object_without_references_waits_for_the_probe_alone(mappings: Path, read_dags: ReadDags) -> None:
    (mappings / "leads.yaml").write_text(UNRELATED)
    before = upstream(read_dags()["salesforce_import"], "leads.loaded")
    assert {task for task in before if not task.startswith("leads.")} == {"probe"}


def test_two_mappings_of_one_object_have_a_group_each(mappings: Path, read_dags: ReadDags) -> None:
    (mappings / "prospects.yaml").write_text(UNRELATED.replace("crm.leads", "crm.prospects"))
    (mappings / "leads.yaml").write_text(UNRELATED)
    ids = set(read_dags()["salesforce_import"].task_ids)
    assert {"leads.load", "prospects.load"} <= ids


@pytest.mark.parametrize(("dag_id", "last"), [("salesforce_import", "loaded"), ("salesforce_export", "settle")])
def test_a_run_ends_with_one_task_that_fails_if_any_group_has_failed(
    dags: dict[str, Any], dag_id: str, last: str
) -> None:
    dag = dags[dag_id]
    (leaf,) = dag.leaves
    assert leaf.trigger_rule == TriggerRule.NONE_FAILED
    assert {task_id for task_id in dag.task_ids if task_id.endswith(f".{last}")} <= leaf.upstream_task_ids


def test_exports_keep_their_order_and_a_failed_one_does_not_stop_the_next(dags: dict[str, Any]) -> None:
    dag = dags["salesforce_export"]
    plans = [task for task in dag.topological_sort() if task.task_id.endswith(".plan")]
    assert len(plans) > 1
    for before, after in pairwise(plans):
        assert after.upstream_task_ids == {before.task_id.replace(".plan", ".settle")}
        assert after.trigger_rule == TriggerRule.ALL_DONE
