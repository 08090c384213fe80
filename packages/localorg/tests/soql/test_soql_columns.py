"""The metadata of a query's columns, for `columns=true`."""

from __future__ import annotations

from typing import Any

import pytest

from localorg.org import Org

pytestmark = pytest.mark.usefixtures("ids")


def columns(org: Org, soql: str) -> dict[str, dict[str, Any]]:
    metadata = org.query(soql).column_metadata()
    return {column["columnName"]: column for column in metadata["columnMetadata"]}


def test_a_column_is_described_by_its_field(org: Org) -> None:
    found = columns(org, "SELECT id, NAME, AnnualRevenue, IsDeleted, CreatedDate FROM Account")

    assert list(found) == ["Id", "Name", "AnnualRevenue", "IsDeleted", "CreatedDate"]
    assert found["Name"] == {
        "aggregate": False,
        "apexType": "String",
        "booleanType": False,
        "columnName": "Name",
        "custom": False,
        "displayName": "Name",
        "foreignKeyName": None,
        "insertable": True,
        "joinColumns": [],
        "numberType": False,
        "textType": True,
        "updatable": True,
    }
    assert [column["apexType"] for column in found.values()] == ["Id", "String", "Decimal", "Boolean", "Datetime"]
    assert [column["numberType"] for column in found.values()] == [False, False, True, False, False]
    assert [column["booleanType"] for column in found.values()] == [False, False, False, True, False]
    assert [column["updatable"] for column in found.values()] == [False, True, True, False, False]


def test_the_whole_tells_the_object_and_whether_its_id_is_there(org: Org) -> None:
    plain = org.query("SELECT Id FROM Account").column_metadata()
    grouped = org.query("SELECT StageName, COUNT(Id) FROM Opportunity GROUP BY StageName").column_metadata()
    counted = org.query("SELECT COUNT() FROM Account").column_metadata()

    assert {key: plain[key] for key in plain if key != "columnMetadata"} == {
        "entityName": "Account",
        "groupBy": False,
        "idSelected": True,
        "keyPrefix": "001",
    }
    assert (grouped["groupBy"], grouped["idSelected"], grouped["keyPrefix"]) == (True, False, "006")
    assert counted["columnMetadata"] == []


def test_parents_and_children_hold_their_own_columns(org: Org) -> None:
    soql = (
        "SELECT Account.Name, (SELECT Role FROM OpportunityContactRoles), Amount, FORMAT(Amount) words FROM Opportunity"
    )
    found = columns(org, soql)

    assert found["Account"]["foreignKeyName"] == "AccountId"
    assert [column["columnName"] for column in found["Account"]["joinColumns"]] == ["Name"]
    assert found["OpportunityContactRoles"]["aggregate"] is True
    assert [column["columnName"] for column in found["OpportunityContactRoles"]["joinColumns"]] == ["Role"]
    assert (found["Amount"]["apexType"], found["words"]["apexType"]) == ("Decimal", "String")


def test_an_aggregate_is_a_column_of_no_field(org: Org) -> None:
    found = columns(org, "SELECT StageName, SUM(Amount) total, COUNT(Id) FROM Opportunity GROUP BY StageName")

    assert [column["aggregate"] for column in found.values()] == [False, True, True]
    assert [column["apexType"] for column in found.values()] == ["String", "Decimal", "Integer"]
    assert (found["total"]["insertable"], found["total"]["displayName"]) == (False, "total")
