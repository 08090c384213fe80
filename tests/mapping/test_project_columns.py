"""The columns of a project are declared once; mapping files add to them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from closedwon.mapping.model import Field, Mapping
from closedwon.mapping.model.project_columns import PROJECT_COLUMNS, custom_columns, fillable_columns
from closedwon.warehouse.delivery.projects import PROJECTS

PROJECT = Mapping(
    "projects",
    "projects.yaml",
    "Delivery_Project__c",
    "delivery.projects",
    "send",
    (
        Field("Status__c", "status", "text", "send"),
        Field("Region__c", "region", "picklist", "send", note="Where the work is done."),
        Field("Seats__c", "seats", "integer", "none"),
    ),
)


def test_a_field_with_a_column_that_no_project_has_declares_the_column() -> None:
    (column,) = custom_columns([PROJECT])

    assert (column.name, column.type, column.writer) == ("region", "picklist", "team")
    assert column.meaning == "Salesforce Delivery_Project__c.Region__c. Where the work is done."


def test_a_column_that_two_files_name_is_declared_once() -> None:
    assert len(custom_columns([PROJECT, replace(PROJECT, name="others")])) == 1


def test_a_mapping_of_another_table_declares_no_project_column() -> None:
    assert custom_columns([replace(PROJECT, table="crm.accounts")]) == ()


def test_a_rule_may_fill_what_the_team_writes_and_not_what_closedwon_or_the_view_does() -> None:
    columns = fillable_columns([PROJECT])

    assert columns["name"] == columns["region"] == ("picklist", "text")
    assert columns["estimated_hours"] == ("integer", "number")
    assert not columns.keys() & {"code", "template", "status", "tasks_complete_pct"}


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("code", "Written by Closedwon."),
        ("lead_email", "Written by the team."),
        ("health", "A rule may fill it once; then it is the team's."),
        ("status", "Computed by the view delivery.projects_current."),
    ],
)
def test_a_columns_comment_says_where_its_values_come_from(name: str, origin: str) -> None:
    (column,) = (column for column in PROJECT_COLUMNS if column.name == name)

    assert column.comment == f"{column.meaning} {origin}"


def test_every_column_of_the_table_is_declared() -> None:
    assert {column.name for column in PROJECT_COLUMNS if column.writer != "view"} == set(PROJECTS.c.keys())
