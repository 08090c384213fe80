"""Values that are sent, seen from both ends: what the org holds afterwards, and what a second export does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine

from closedwon.mapping.model import Field, Key, Send
from localorg.server import running_org
from tests.outbound.export_desk import ROOT, Desk, open_desk

TASK = """
WITH phase AS (INSERT INTO delivery.phases (project_id, position, name) VALUES (:project, 1, 'Build') RETURNING id)
INSERT INTO delivery.tasks (phase_id, project_id, position, name, hours, hours_used)
SELECT id, :project, 1, 'a task', 1, CAST(:used AS numeric) FROM phase
"""


@pytest.mark.parametrize(
    ("column", "value", "field", "held"),
    [
        pytest.param("name", " Acme", "Project_Title__c", "Acme", id="X08 a blank before a text"),
        pytest.param("risk_status", "\u00a0high", "Risk_Status__c", "high", id="X08 a no-break space"),
        pytest.param("health_note", "  as\n  indented ", "Health_Note__c", "  as\n  indented", id="X08 a long text"),
        pytest.param("lead_email", "Ana@X.Example", "Lead_Email__c", "ana@x.example", id="an e-mail in capitals"),
        pytest.param("estimated_hours", "1.015", "Estimated_Hours__c", 1.02, id="X21 a half"),
        pytest.param("contract_value", "90071992547409.93", "Contract_Value__c", 90071992547409.93, id="X21 cents"),
        pytest.param("due_on", "1700-01-01", "Due_Date__c", "1700-01-01", id="a day of long ago"),
    ],
)
def test_what_was_sent_is_equal_after_one_export(desk: Desk, column: str, value: str, field: str, held: Any) -> None:
    project = desk.project(**{column: value})

    desk.export()
    second = desk.export()

    assert desk.record(project)[field] == held
    assert second.planned == 0


def test_X21_the_ledger_and_the_call_carry_every_digit(desk: Desk) -> None:
    desk.project(contract_value="90071992547409.93", implementation_budget="0.1")

    desk.export()

    (sent,) = desk.ask(
        "SELECT after->>'Contract_Value__c' AS value, after->>'Implementation_Budget__c' AS tenth FROM sync.plan"
    )
    assert (sent.value, sent.tenth) == ("90071992547409.93", "0.1")


def test_X21_a_whole_number_beyond_a_float_is_sent_as_it_is(engine: Engine, tmp_path: Path) -> None:
    objects = yaml.safe_load((ROOT / "demo" / "org.yaml").read_text())
    objects["objects"]["Delivery_Project__c"]["fields"]["Big__c"] = {"type": "number", "precision": 18, "scale": 0}
    (tmp_path / "org.yaml").write_text(yaml.safe_dump(objects))
    with running_org(tmp_path / "org", objects=tmp_path / "org.yaml", tls=True) as org:
        desk = open_desk(engine, org)
        mapping = desk.mapping("projects")
        fields = (*mapping.fields, Field("Big__c", "big", "integer", "send"))
        desk.use(replace(mapping, fields=fields, send=Send(Key("Project_ID__c", "code"), "delivery.with_big")))
        desk.do("CREATE VIEW delivery.with_big AS SELECT *, 9007199254740993 AS big FROM delivery.projects_current")
        desk.project()

        desk.export()
        second = desk.export()

    (sent,) = desk.ask("SELECT after->>'Big__c' AS value FROM sync.plan")
    assert sent.value == "9007199254740993"
    assert second.planned == 0


def test_hours_beyond_all_bounds_do_not_stop_the_other_projects(desk: Desk) -> None:
    good, large, odd = desk.projects(3)
    desk.do(TASK, project=good, used="0.4")
    desk.do(TASK, project=large, used="99999999")
    desk.do(TASK, project=odd, used="NaN")

    counts = desk.export()

    assert (counts.ok, counts.rejected) == (1, 2)
    assert desk.record(good)["Hours_Used__c"] == 40
    refused = {line.row_id: line for line in desk.ledger() if line.state == "rejected"}
    assert refused[large].code == "NUMBER_OUTSIDE_VALID_RANGE"
    assert "hours_used_pct: '9999999900' has more than the 5 digits before the point" in refused[large].message
    assert refused[odd].code == "UNREADABLE_VALUE"
    assert "hours_used_pct: 'NaN' is not a number" in refused[odd].message


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("due_on", "infinity", id="an infinite day"),
        pytest.param("due_on", "-infinity", id="a day before all others"),
        pytest.param("due_on", "10000-01-01", id="the year 10000"),
        pytest.param("due_on", "0044-03-15 BC", id="the ides of March"),
        pytest.param("contract_value", "NaN", id="not a number"),
    ],
)
def test_a_value_that_only_postgres_can_hold_is_rejected_and_the_others_go(desk: Desk, column: str, value: str) -> None:
    good, odd = desk.projects(2)
    desk.do(f"UPDATE delivery.projects SET {column} = :value WHERE id = :id", value=value, id=odd)

    counts = desk.export()

    assert (counts.ok, counts.rejected) == (1, 1)
    (refused,) = [line for line in desk.ledger() if line.state == "rejected"]
    assert (refused.row_id, refused.code, refused.after) == (odd, "UNREADABLE_VALUE", {})
    assert f"delivery.projects_current.{column}: '{value}' is not a" in refused.message
    assert desk.record(good)["Id"]


def test_X10_a_text_that_is_too_long_is_rejected_before_it_is_sent(desk: Desk) -> None:
    projects = desk.projects(21)
    desk.do("UPDATE delivery.projects SET health = repeat('x', 300) WHERE id = :id", id=projects[4])

    counts = desk.plan()

    assert (counts.planned, counts.rejected) == (21, 1)
    (refused,) = [line for line in desk.ledger() if line.state == "rejected"]
    assert (refused.row_id, refused.code) == (projects[4], "STRING_TOO_LONG")
    assert "delivery.projects_current.health: '" in refused.message
    assert "has 300 characters, and the field holds 255, so Delivery_Project__c.Health__c" in refused.message
