"""Each field of a project, as the record in the org shows it after one export."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from demo.databases import open_database
from localorg.server import running_org
from tests.outbound.export_desk import ROOT, TASKS, Desk, open_desk

LONG_TEXT = "call\nfirst – Überrollung “Phase 2” 🚀"


@pytest.fixture(scope="module")
def exported(
    new_database: Callable[[], AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """A desk that has exported one project, the second of its warehouse, whose every field is filled."""
    folder = tmp_path_factory.mktemp("fields") / "org"
    with new_database() as url, running_org(folder, objects=ROOT / "demo" / "org.yaml", tls=True) as org:
        engine = open_database(url)
        desk = open_desk(engine, org)
        desk.own_project()
        project = desk.project(
            name="Überrollung “Phase 2” 🚀",
            private_notes=LONG_TEXT,
            risk_status="At risk",
            due_on="2026-06-30",
            start_on="2026-04-01",
            started_on="2026-04-02",
            completed_on="2026-06-29",
            is_active=True,
            is_archived=True,
            lead_email="ana@closedwon.example",
            health="Green",
            health_note=LONG_TEXT + " note",
            description=LONG_TEXT + " description",
            contract_value="1234.56",
            implementation_budget="99.9",
            estimated_hours="40.25",
        )
        desk.do(TASKS, project=project, done=1)
        desk.export()
        yield desk
        engine.dispose()


@pytest.mark.parametrize(
    ("field", "kind", "value"),
    [
        pytest.param("Project_ID__c", "string", "P-000002", id="Baton-30"),
        pytest.param("Project_Title__c", "string", "Überrollung “Phase 2” 🚀", id="Baton-32"),
        pytest.param("Private_Notes__c", "textarea", LONG_TEXT, id="Baton-33"),
        pytest.param("Projected_Due_Date__c", "date", "2026-05-03", id="Baton-34"),
        pytest.param("Risk_Status__c", "string", "At risk", id="Baton-35"),
        pytest.param("Due_Date__c", "date", "2026-06-30", id="Baton-36"),
        pytest.param("Start_Date__c", "date", "2026-04-01", id="Baton-37"),
        pytest.param("Started_Date__c", "date", "2026-04-02", id="Baton-38"),
        pytest.param("Completed_Date__c", "date", "2026-06-29", id="Baton-39"),
        pytest.param("Status__c", "picklist", "Doing", id="Baton-40"),
        pytest.param("Phase__c", "string", "Build", id="Baton-41"),
        pytest.param("Archived__c", "boolean", True, id="Baton-42"),
        pytest.param("Lead_Email__c", "email", "ana@closedwon.example", id="Baton-43"),
        pytest.param("Tasks_Complete__c", "percent", 50, id="Baton-46"),
        pytest.param("Hours_Used__c", "percent", 20, id="Baton-47"),
        pytest.param("Health__c", "string", "Green", id="Baton-49"),
        pytest.param("Health_Note__c", "textarea", LONG_TEXT + " note", id="Baton-50"),
        pytest.param("Description__c", "textarea", LONG_TEXT + " description", id="Baton-51"),
        pytest.param("Contract_Value__c", "currency", 1234.56, id="Baton-52"),
        pytest.param("Implementation_Budget__c", "currency", 99.9, id="Baton-53"),
        pytest.param("Estimated_Hours__c", "double", 40.25, id="Baton-55"),
    ],
)
def test_a_field_of_a_project_arrives_in_the_field_of_its_record(
    exported: Desk, field: str, kind: str, value: Any
) -> None:
    (record,) = exported.records(fields=field)

    assert (_described(exported, field)["type"], record[field]) == (kind, value)


def test_Baton_30_the_project_id_is_a_unique_external_id_of_255_characters_without_regard_to_case(
    exported: Desk,
) -> None:
    field = _described(exported, "Project_ID__c")
    (record,) = exported.records()

    by_small_letters = exported.sf.Delivery_Project__c.get_by_custom_id("Project_ID__c", "p-000002")

    assert (field["externalId"], field["unique"], field["caseSensitive"], field["length"]) == (True, True, False, 255)
    assert by_small_letters["Id"] == record["Id"]


def _described(desk: Desk, field: str) -> dict[str, Any]:
    (found,) = (f for f in desk.sf.Delivery_Project__c.describe()["fields"] if f["name"] == field)
    return dict(found)
