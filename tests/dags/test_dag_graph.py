"""What waits for what: only what refers to something else, and never the whole run for one fault."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from airflow.sdk import AssetAny, TriggerRule

from closedwon.mapping.reader.task_names import TASK_IDS
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


def test_no_file_can_be_called_as_a_task_of_a_dag_is(dags: dict[str, Any]) -> None:
    assert {task_id for dag in dags.values() for task_id in dag.task_ids if "." not in task_id} == TASK_IDS


@pytest.mark.parametrize(
    ("dag_id", "last"),
    [("salesforce_import", "loaded"), ("projects", "make_projects"), ("salesforce_export", "settle")],
)
def test_a_run_ends_with_one_task_that_fails_if_any_group_has_failed(
    dags: dict[str, Any], dag_id: str, last: str
) -> None:
    dag = dags[dag_id]
    (leaf,) = dag.leaves
    assert (leaf.task_id, leaf.trigger_rule) == ("finished", TriggerRule.NONE_FAILED)
    assert {task_id for task_id in dag.task_ids if task_id.endswith(f".{last}")} <= leaf.upstream_task_ids


def test_exports_keep_their_order_and_a_failed_one_does_not_stop_the_next(dags: dict[str, Any]) -> None:
    dag = dags["salesforce_export"]
    plans = [task for task in dag.topological_sort() if task.task_id.endswith(".plan")]
    assert len(plans) > 1
    for before, after in pairwise(plans):
        assert after.upstream_task_ids == {before.task_id.replace(".plan", ".settle")}
        assert after.trigger_rule == TriggerRule.ALL_DONE


def break_file(file: Path) -> None:
    file.write_text(file.read_text() + "  - {salesforce: Fax, colum: fax, type: text, direction: receive}\n")


def test_a_broken_mapping_file_is_a_failing_task_and_what_refers_to_its_table_waits(
    mappings: Path, read_dags: ReadDags
) -> None:
    break_file(mappings / "accounts.yaml")
    dag = read_dags()["salesforce_import"]
    assert "accounts.extract" in upstream(dag, "contacts.extract") & upstream(dag, "opportunities.extract")
    assert "accounts.extract" not in upstream(dag, "users.loaded")
    (leaf,) = dag.leaves
    assert "accounts.loaded" in leaf.upstream_task_ids


@pytest.mark.parametrize("file", ["contacts.yaml", "rules/won_opportunities.yaml"])
@pytest.mark.parametrize("dag_id", ["salesforce_import", "salesforce_export", "projects"])
def test_a_file_keeps_its_tasks_when_it_is_broken_so_that_a_run_that_has_them_can_end(
    mappings: Path, read_dags: ReadDags, dag_id: str, file: str
) -> None:
    before = set(read_dags()[dag_id].task_ids)
    (mappings / file).write_text("sobject: [")
    assert before <= set(read_dags()[dag_id].task_ids)


def test_a_mapping_file_that_cannot_be_parsed_at_all_hides_no_dag(mappings: Path, read_dags: ReadDags) -> None:
    (mappings / "contacts.yaml").write_text("sobject: [")
    dags = read_dags()
    assert set(dags) == {"salesforce_import", "projects", "salesforce_export"}
    assert "contacts.extract" in dags["salesforce_import"].task_ids
    assert "opportunities.load" in dags["salesforce_import"].task_ids
    assert "contacts.plan" in dags["salesforce_export"].task_ids  # nobody knows whether it was to be sent


@pytest.mark.parametrize("name", ["accounts.yml", "my new leads.yaml"])
def test_a_file_whose_name_is_taken_or_cannot_name_a_task_hides_no_dag(
    mappings: Path, read_dags: ReadDags, name: str
) -> None:
    (mappings / name).write_text(UNRELATED)
    ids = read_dags()["salesforce_import"].task_ids
    assert len([task_id for task_id in ids if task_id.endswith(".check_file")]) == 1


def test_a_broken_value_map_that_no_mapping_uses_is_reported(mappings: Path, read_dags: ReadDags) -> None:
    (mappings / "values" / "unused.csv").write_text("no table\n")
    assert "values_unused_csv.check_file" in read_dags()["salesforce_import"].task_ids


@pytest.mark.parametrize("folder", ["no such folder", "a file"])
def test_a_folder_that_cannot_be_read_leaves_dags_with_a_failing_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_dags: ReadDags, folder: str
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setenv("CLOSEDWON_MAPPINGS", str(tmp_path / folder))
    dags = read_dags()
    assert set(dags) == {"salesforce_import", "projects", "salesforce_export"}
    assert [task_id for task_id in dags["salesforce_import"].task_ids if "." in task_id] != []


ACCOUNT_RULE = """
source: Account
when: {field: Name, changes_to: [Acme]}
default_lead: lead@closedwon.example
once:
  - {column: name, sobject: Account, field: Name}
"""


def test_rules_on_two_objects_run_when_either_was_imported_each_in_a_task_of_its_own(
    mappings: Path, read_dags: ReadDags
) -> None:
    (rule,) = (mappings / "rules").iterdir()
    (mappings / "rules" / "customers.yaml").write_text(ACCOUNT_RULE)
    dag = read_dags()["projects"]
    assert isinstance(dag.timetable.asset_condition, AssetAny)
    assert {asset.name for asset in dag.timetable.asset_condition.objects} == {
        "crm.opportunities",
        "crm.accounts",
    }
    groups = {task_id for task_id in dag.task_ids if task_id.endswith(".make_projects")}
    assert groups == {f"{rule.stem}.make_projects", "customers.make_projects"}


def test_Baton_13_without_rules_no_import_starts_the_dag_and_no_task_of_it_makes_projects(
    mappings: Path, read_dags: ReadDags
) -> None:
    rmtree(mappings / "rules")

    dag = read_dags()["projects"]

    assert not dag.timetable.can_be_scheduled
    assert set(dag.task_ids) == {"finished"}


def test_a_rule_whose_source_no_mapping_receives_is_a_failing_task_and_the_dag_is_still_started(
    mappings: Path, read_dags: ReadDags
) -> None:
    (rule,) = (mappings / "rules").iterdir()
    rule.write_text(rule.read_text().replace("source: Opportunity", "source: Quote"))
    dag = read_dags()["projects"]
    assert f"{rule.stem}.make_projects" in dag.task_ids
    assert {asset.name for asset in dag.timetable.asset_condition.objects} >= {"crm.opportunities"}


def test_a_second_mapping_of_a_rules_source_or_of_its_parent_breaks_no_rule(
    mappings: Path, read_dags: ReadDags
) -> None:
    (mappings / "a_partners.yaml").write_text(
        UNRELATED.replace("Lead", "Account").replace("crm.leads", "crm.partners").replace("LastName", "Fax")
    )
    (mappings / "a_pipeline.yaml").write_text(
        UNRELATED.replace("Lead", "Opportunity").replace("crm.leads", "crm.pipeline").replace("LastName", "NextStep")
    )
    ids = read_dags()["projects"].task_ids
    assert [task_id for task_id in ids if task_id.endswith(".check_file")] == []


@pytest.mark.parametrize("file", ["probe.yaml", "finished.yaml", "rules/finished.yaml"])
def test_a_file_that_is_called_as_a_task_is_hides_no_dag(mappings: Path, read_dags: ReadDags, file: str) -> None:
    (mappings / file).write_text("sobject: Lead\n")

    assert {"salesforce_import", "salesforce_export", "projects"} <= read_dags().keys()


@pytest.mark.parametrize(
    ("dag_id", "file"),
    [
        ("salesforce_import", "accounts.yaml"),
        ("salesforce_export", "projects.yaml"),
        ("projects", "rules/won_opportunities.yaml"),
    ],
)
def test_a_file_that_is_renamed_keeps_its_tasks_by_its_id(
    mappings: Path, read_dags: ReadDags, dag_id: str, file: str
) -> None:
    before = read_dags()[dag_id].task_ids
    renamed = (mappings / file).rename((mappings / file).with_name("renamed.yaml"))
    if "\nid: " not in renamed.read_text():
        renamed.write_text(f"id: {Path(file).stem}\n{renamed.read_text()}")

    assert read_dags()[dag_id].task_ids == before


def test_two_files_with_one_name_hide_no_dag(mappings: Path, read_dags: ReadDags) -> None:
    (mappings / "leads.yaml").write_text("id: accounts\n" + UNRELATED)

    ids = read_dags()["salesforce_import"].task_ids

    assert {"accounts.extract", "leads_yaml.check_file"} <= set(ids)
