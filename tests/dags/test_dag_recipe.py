"""The recipe "add a DAG" of CONTRIBUTING.md, walked as it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from closedwon.orchestration import tasks
from tests.dags import test_dag_policy as policy
from tests.dags.conftest import ROOT


def test_a_dag_that_is_added_as_the_page_says_owes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.dag_processing.dagbag import DagBag

    recipe = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("### Add a DAG")[1].split("\n### ")[0]
    task_module, dag_file = re.findall(r"```python\n(.*?)```", recipe, re.DOTALL)
    for folder, text in (("tasks", task_module), ("dags", dag_file)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "salesforce_quota.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(tasks, "__path__", [*tasks.__path__, str(tmp_path / "tasks")])

    bag = DagBag(str(tmp_path / "dags"))

    assert bag.import_errors == {}
    assert set(bag.dags) == {"salesforce_quota"}
    (task,) = bag.dags["salesforce_quota"].tasks
    assert policy.talks_to_the_org(task)
    policy.test_a_dag_says_what_it_does_and_what_to_do_when_it_fails(bag.dags, "salesforce_quota")
    policy.test_a_dag_has_tags_no_catchup_and_one_run_at_a_time(bag.dags, "salesforce_quota")
    policy.test_every_task_has_an_owner_and_retries_by_class_of_error(bag.dags, "salesforce_quota")
    policy.test_a_task_that_talks_to_the_org_is_in_the_salesforce_pool(bag.dags, "salesforce_quota")
