"""The demo's comparison of what is sent: as the org stores it, without the pipeline's code."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.org_client import OrgClient
from demo.parity import Parity, compare_all
from tests.outbound.export_desk import ROOT, Desk
from tests.world import KEY, SECRET


def compare(desk: Desk, name: str = "projects") -> Parity:
    """The comparison of one export."""
    org = OrgClient(desk.org.base_url, key=KEY, secret=SECRET, ca_file=str(desk.org.ca_file))
    lines = {line.name: line for line in compare_all(org, desk.engine, Path(ROOT / "include" / "mappings"))}
    return lines[f"{name} (sent)"]


def test_values_that_the_org_trims_rounds_or_writes_small_are_the_same(desk: Desk) -> None:
    desk.project(name="  Acme roll-out \t", lead_email="Lead@Closedwon.Example", description="  two\r\nlines \n")
    desk.do("UPDATE delivery.projects SET contract_value = 10.005")
    desk.export()

    line = compare(desk)

    assert (line.identical, line.total, line.first_difference) == (1, 1, "")


def test_an_external_id_in_another_case_leads_to_its_record(desk: Desk) -> None:
    project = desk.project()
    desk.export()
    desk.sf.Delivery_Project__c.update(desk.record(project)["Id"], {"Project_ID__c": "p-000001"})

    assert compare(desk).identical == 1


def test_an_opportunity_is_compared_with_the_newest_of_its_projects(desk: Desk) -> None:
    (deal,) = desk.opportunities(1)
    desk.project(deal)
    desk.export("opportunity_projects")
    desk.project(deal)
    desk.export("opportunity_projects")

    line = compare(desk, "opportunity_projects")

    assert (line.identical, line.total) == (1, 1)


@pytest.mark.parametrize(
    ("field", "value"), [("Project_Title__c", "another"), ("Contract_Value__c", 10.02), ("Lead_Email__c", None)]
)
def test_a_value_that_the_org_holds_otherwise_is_named(desk: Desk, field: str, value: object) -> None:
    project = desk.project(name="Acme", contract_value=10.01)
    desk.export()
    desk.sf.Delivery_Project__c.update(desk.record(project)["Id"], {field: value})

    line = compare(desk)

    assert not line.holds
    assert line.first_difference.startswith(f"{field} is '{value}' in the org and")
