"""What a failed task says to do, in its log and in `sync.attention`: the same, for the tasks of every flow."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from closedwon.flows import inbound
from closedwon.flows.projects import make_projects
from closedwon.orchestration import failure_report
from closedwon.orchestration.clients import read_mapping, read_rule
from closedwon.orchestration.failure_report import report_failure
from closedwon.orchestration.tasks.mapping_files import check_file
from tests.dags.conftest import RunDag
from tests.outbound.export_desk import Desk
from tests.projects.delivery_desk import TODAY
from tests.world import IMPORT_TASKS, World, run_task

BATCH_SUITE = "- {expect: column_proportion_of_non_null_values_to_be_between, column: phone, min_value: 0.9}\n"

Fail = Callable[[World], object]


def edit(world: World, file: str, old: str, new: str) -> None:
    path = world.mappings / file
    text = re.sub(old, new, path.read_text(), flags=re.MULTILINE)
    assert text != path.read_text()
    path.write_text(text)


def read(world: World, last: str) -> None:
    """The import's tasks of contacts, up to this one."""
    sf, mapping, batches = world.login(), world.catalog.mapping("contacts"), world.batches("run", "contacts")
    for task in IMPORT_TASKS[: IMPORT_TASKS.index(last) + 1]:
        run_task(task, world.engine, sf, world.catalog, mapping, batches, 4, "run")


def transform(world: World) -> None:
    inbound.transform(world.catalog.mapping("contacts"), world.batches("run", "contacts"), 4)


# The import


def log_in_with_a_wrong_secret(world: World) -> None:
    world.login(secret="wrong")


def extract_what_is_hidden(world: World) -> None:
    world.org.control.set_access("Contact", "hidden")
    read(world, "extract")


def extract_a_field_that_the_org_lacks(world: World) -> None:
    edit(world, "contacts.yaml", "salesforce: Phone,", "salesforce: Fone,")
    read(world, "extract")


def extract_by_a_broken_file(world: World) -> None:
    edit(world, "contacts.yaml", "^sobject:", "sobjekt:")
    read_mapping("contacts")


def extract_by_a_file_that_is_gone(world: World) -> None:
    (world.mappings / "contacts.yaml").unlink()
    read_mapping("contacts")


def extract_by_a_file_that_was_renamed(world: World) -> None:
    (world.mappings / "contacts.yaml").rename(world.mappings / "people.yaml")
    world.run_import("run", objects=["people"])


def extract_into_a_column_that_is_not_there(world: World) -> None:
    edit(world, "contacts.yaml", "column: phone, ", "column: telephone, ")
    read(world, "extract")


def check_a_broken_file(world: World) -> None:
    edit(world, "contacts.yaml", "^sobject:", "sobjekt:")
    check_file.function("contacts.yaml")


def transform_fewer_pages(world: World) -> None:
    read(world, "extract")
    world.batches("run", "contacts").empty("pages")
    transform(world)


def transform_a_damaged_page(world: World) -> None:
    read(world, "extract")
    world.batches("run", "contacts").write_page(1, b"not gzip")
    transform(world)


def transform_by_a_changed_mapping(world: World) -> None:
    read(world, "extract")
    edit(world, "contacts.yaml", "salesforce: Phone,", "salesforce: Fax,")
    transform(world)


def validate_an_unmet_expectation_of_the_batch(world: World) -> None:
    (world.mappings / "suites" / "contacts.yaml").write_text(BATCH_SUITE)
    read(world, "validate")


def load_many_rejects(world: World) -> None:
    world.org.org.insert_many("Account", ({"Name": f"Farm {n}", "Industry": "Llamas"} for n in range(12)))
    edit(world, "accounts.yaml", r", fallback: \w+", "")
    world.run_import(objects=["users"])
    world.run_import("run", objects=["accounts"])


def load_without_a_window(world: World) -> None:
    inbound.load(world.engine, world.catalog.mapping("contacts"), world.batches("run", "contacts"), 4, run_id="run")


# Projects


def apply_a_broken_rule(world: World) -> None:
    edit(world, "rules/won_opportunities.yaml", "field: Name", "field: Nam")
    read_rule("won_opportunities")


def apply_a_rule_that_was_renamed(world: World) -> None:
    edit(world, "rules/won_opportunities.yaml", "^id:.*", "")
    world.run_import()
    (rule,) = world.catalog.rules
    make_projects(world.engine, world.catalog, rule, run_id="first", today=TODAY)
    rules = world.mappings / "rules"
    (rules / "won_opportunities.yaml").rename(rules / "wins.yaml")
    world.prepare()
    (rule,) = world.catalog.rules
    make_projects(world.engine, world.catalog, rule, run_id="run", today=TODAY)


# The export


def at_desk(world: World) -> Desk:
    """A desk with the plan of one project."""
    desk = Desk(world.engine, world.catalog, world.org, world.login())
    desk.project(health="x" * 300)
    return desk


def plan_a_field_that_the_org_lacks(world: World) -> None:
    edit(world, "projects.yaml", "salesforce: Health__c", "salesforce: Wealth__c")
    at_desk(world).plan()


def plan_by_a_file_that_was_renamed(world: World) -> None:
    desk = at_desk(world)
    desk.do("UPDATE delivery.projects SET health = 'Red'")
    desk.export()
    (world.mappings / "projects.yaml").rename(world.mappings / "deliveries.yaml")
    world.prepare()
    replace(desk, catalog=world.catalog).plan("deliveries")


def apply_to_an_org_that_stays_away(world: World) -> None:
    desk = at_desk(world)
    desk.do("UPDATE delivery.projects SET health = 'Red'")
    desk.plan()
    world.org.control.order("status", "composite/sobjects", method="PATCH", count=None)
    desk.apply()


def settle_what_was_not_sent(world: World) -> None:
    desk = at_desk(world)
    desk.do("UPDATE delivery.projects SET health = 'Red'")
    desk.plan()
    desk.settle()


def settle_what_was_rejected(world: World) -> None:
    desk = at_desk(world)
    desk.plan()
    desk.apply()
    desk.settle()


# Anything else


def meet_a_fault_of_ours(world: World) -> None:
    raise KeyError("Id")


def die(world: World) -> None:
    raise Killed


class Killed(Exception):
    """Stands for a process that was killed: Airflow then passes no error."""


FOLLOW = "Do what the message says, then clear the task `{}` and those after it."
CORRECT = "Correct what the message names, then clear the task `{}` and those after it."
OF_SUITE = "Change what is expected in suites/contacts.yaml, then clear the task `contacts.transform` and those"
RULE_TASK = "won_opportunities.make_projects"
CASES: list[tuple[str, str, Fail, str]] = [
    ("import", "probe", log_in_with_a_wrong_secret, FOLLOW.format("probe")),
    ("import", "contacts.extract", extract_what_is_hidden, FOLLOW.format("contacts.extract")),
    ("import", "contacts.extract", extract_a_field_that_the_org_lacks, CORRECT.format("contacts.extract")),
    ("import", "contacts.extract", extract_by_a_broken_file, CORRECT.format("contacts.extract")),
    ("import", "contacts.extract", extract_by_a_file_that_is_gone, "Put the file back and clear the task, or leave it"),
    ("import", "contacts.extract", extract_into_a_column_that_is_not_there, "then clear the task `probe` and those"),
    ("import", "people.extract", extract_by_a_file_that_was_renamed, "The next run goes by it."),
    ("import", "contacts_yaml.check_file", check_a_broken_file, "Correct what the message names: the next run uses it"),
    ("import", "contacts.transform", transform_fewer_pages, "Clear the task `contacts.extract` and those after it."),
    ("import", "contacts.transform", transform_a_damaged_page, "Clear the task `extract` of this object and those"),
    ("import", "contacts.transform", transform_by_a_changed_mapping, "Clear the task `contacts.extract` and those"),
    ("import", "contacts.validate", validate_an_unmet_expectation_of_the_batch, OF_SUITE),
    ("import", "accounts.load", load_many_rejects, "then clear the task `accounts.transform` and those after it. Or "),
    ("import", "contacts.load", load_without_a_window, "Clear the task `contacts.extract` and those after it"),
    ("import", "contacts.load", meet_a_fault_of_ours, "Clear the task `contacts.load` and those after it. If it fails"),
    ("import", "contacts.load", die, "Clear the task `contacts.load` and those after it. If this happens again, look"),
    ("projects", RULE_TASK, apply_a_broken_rule, CORRECT.format(RULE_TASK)),
    ("projects", "wins.make_projects", apply_a_rule_that_was_renamed, "The next run goes by it."),
    ("export", "projects.plan", plan_a_field_that_the_org_lacks, CORRECT.format("projects.plan")),
    ("export", "deliveries.plan", plan_by_a_file_that_was_renamed, "The next run goes by it."),
    ("export", "projects.apply", apply_to_an_org_that_stays_away, FOLLOW.format("projects.apply")),
    ("export", "projects.settle", settle_what_was_not_sent, "Clear the task `projects.apply` and those after it: it"),
    ("export", "projects.settle", settle_what_was_rejected, "then clear the task `projects.plan` and those after it"),
]


@pytest.fixture
def last_lines(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Fails a task for good; returns the lines with which its log ends."""
    monkeypatch.setattr(failure_report.log, "disabled", False)  # as Airflow's own settings of the log have left it

    def run(world: World, flow: str, task_id: str, fail: Fail) -> list[str]:
        world.prepare()
        with pytest.raises(Exception) as failed:
            fail(world)
        dag_id = flow if flow == "projects" else f"salesforce_{flow}"
        task = SimpleNamespace(dag_id=dag_id, run_id="run", task_id=task_id, state="failed", try_number=1)
        caplog.clear()
        report_failure({"ti": task, "exception": None if isinstance(failed.value, Killed) else failed.value})
        return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]

    return run


@pytest.mark.parametrize(
    ("flow", "task_id", "fail", "remedy"), [pytest.param(*case, id=f"{case[1]} - {case[2].__name__}") for case in CASES]
)
def test_a_failed_task_is_listed_with_the_remedy_that_its_log_ends_with(
    world: World, last_lines: Any, flow: str, task_id: str, fail: Fail, remedy: str
) -> None:
    lines = last_lines(world, flow, task_id, fail)

    shown = world.one("SELECT seen, remedy FROM sync.attention WHERE kind = 'failed task' AND run_id = 'run'")
    assert remedy in " ".join(shown.remedy.split())
    assert lines[0].startswith(f"{task_id} failed: ")
    assert lines[1:] == shown.seen.splitlines()
    assert shown.seen.endswith(shown.remedy) or shown.remedy.startswith("Do what the message says")
    assert max(map(len, lines)) <= 100


def begin_an_import(world: World) -> None:
    edit(world, "contacts.yaml", "salesforce: Phone,", "salesforce: Fone,")


def begin_projects(world: World) -> None:
    edit(world, "rules/won_opportunities.yaml", "field: Name", "field: Nam")


def begin_an_export(world: World) -> None:
    world.prepare()
    at_desk(world)


@pytest.mark.parametrize(
    ("dag_id", "task_id", "begin", "last_line"),
    [
        ("salesforce_import", "contacts.extract", begin_an_import, "Correct what the message names, then clear"),
        ("projects", RULE_TASK, begin_projects, "Correct what the message names, then clear"),
        ("salesforce_export", "projects.settle", begin_an_export, "To clear only `apply` or `settle` sends nothing"),
    ],
)
def test_what_to_do_is_the_last_that_a_task_of_each_flow_logs_when_airflow_runs_it(
    world: World,
    run_dag: RunDag,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    dag_id: str,
    task_id: str,
    begin: Fail,
    last_line: str,
) -> None:
    monkeypatch.setattr(failure_report.log, "disabled", False)
    caplog.set_level(logging.INFO)
    begin(world)

    assert task_id in run_dag(dag_id).failed

    lines = caplog.messages[: caplog.messages.index(f"[DAG TEST] end task task_id={task_id} map_index=-1")]
    assert last_line in "\n".join(lines[-2:])
