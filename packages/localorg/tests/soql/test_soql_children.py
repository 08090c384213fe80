"""Child subqueries, and semi- and anti-joins."""

from __future__ import annotations

import pytest
from soql_samples import column, refusal, rows

from localorg.org import Org

pytestmark = pytest.mark.usefixtures("ids")

FOUR_LEVELS = (
    "SELECT Name, (SELECT Name, (SELECT Name, (SELECT Name, (SELECT Spent__c FROM Delivery_Hours__r)"
    " FROM Delivery_Tasks__r ORDER BY Name DESC) FROM Delivery_Projects__r) FROM Opportunities WHERE Amount > 0)"
    " FROM Account WHERE Name = 'Acme'"
)


def test_child_subqueries_nest_to_five_levels(org: Org) -> None:
    assert rows(org, FOUR_LEVELS) == [
        ["Acme", [["Roof", [["P1", [["T2", None], ["T1", [[1.5]]]]]]]]],
    ]


def test_a_sixth_level_is_refused(org: Org) -> None:
    deeper = FOUR_LEVELS.replace("SELECT Name, (SELECT", "SELECT Name, (SELECT Name, (SELECT", 1)
    deeper = deeper.replace(" FROM Account ", " FROM ChildAccounts) FROM Account ")

    assert "at most 5 levels" in refusal(org, deeper).message


def test_a_child_subquery_may_name_its_parent_in_front_of_the_relationship(org: Org) -> None:
    assert rows(org, "SELECT Name, (SELECT Contact.LastName FROM Account.Contacts) FROM Account ORDER BY Name") == [
        ["Acme", [["Özil"]]],
        ["Globex", None],
        ["Öko", None],
    ]
    assert rows(org, "SELECT (SELECT c.LastName FROM a.Contacts c) FROM Account a WHERE Name = 'Acme'") == [
        [[["Özil"]]]
    ]


def test_limit_offset_and_parents_are_those_of_each_parent_record(org: Org) -> None:
    soql = "SELECT (SELECT Name, Account.Name FROM Opportunities ORDER BY Name LIMIT 1 OFFSET 1) FROM Account"

    assert rows(org, soql) == [[[["Wall", ["Acme"]]]], [None], [None]]


def test_a_semi_join_keeps_what_the_inner_query_finds_and_an_anti_join_the_rest(org: Org) -> None:
    inner = "SELECT AccountId FROM Opportunity WHERE StageName = 'Closed Won' AND Amount > 30"

    assert column(org, f"SELECT Name FROM Account WHERE Id IN ({inner})") == ["Acme"]
    assert column(org, f"SELECT Name FROM Account WHERE Id NOT IN ({inner}) ORDER BY Name") == ["Globex", "Öko"]
    assert column(org, f"SELECT Name FROM Account WHERE ParentId NOT IN ({inner}) ORDER BY Name") == ["Acme", "Öko"]


def test_a_semi_join_may_begin_at_a_parent_and_hold_another_one(org: Org) -> None:
    at_parent = "SELECT LastName FROM Contact WHERE Account.Id IN (SELECT AccountId FROM Opportunity)"
    nested = (
        "SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity WHERE Id IN"
        " (SELECT OpportunityId FROM OpportunityContactRole))"
    )

    assert column(org, at_parent) == ["Özil"]
    assert column(org, nested) == ["Acme"]


def test_two_semi_joins_may_stand_beside_other_conditions(org: Org) -> None:
    soql = (
        "SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity) AND Name LIKE 'g%'"
        " AND Id NOT IN (SELECT AccountId FROM Contact)"
    )

    assert column(org, soql) == ["Globex"]


JOIN = "Id IN (SELECT AccountId FROM Contact)"


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (f"Name = 'a' OR {JOIN}", "not allowed with the 'OR' operator"),
        (f"Name = 'a' AND (Name = 'b' OR {JOIN})", "only allowed at the top level WHERE expressions"),
        (f"NOT {JOIN}", "only allowed at the top level WHERE expressions"),
        (f"{JOIN} AND {JOIN} AND {JOIN}", "Maximum 2 semi join sub-selects"),
        ("Id IN (SELECT ParentId FROM Account)", "should not be on the same object type"),
        ("Id IN (SELECT Account.ParentId FROM Contact)", "cannot use relationship fields: 'Account.ParentId'"),
        ("Id IN (SELECT LastName FROM Contact)", "can only query id fields, cannot use: 'LastName'"),
        ("Id IN (SELECT COUNT(AccountId) FROM Contact)", "can only query id fields, cannot use: 'COUNT'"),
        ("Id IN (SELECT AccountId, Id FROM Contact)", "can only query one field"),
        ("Id IN (SELECT AccountId FROM Contact ORDER BY AccountId)", "take neither GROUP BY"),
        ("Name IN (SELECT AccountId FROM Contact)", "must be an Id or a reference"),
        (
            "Id IN (SELECT AccountId FROM Opportunity WHERE Id IN (SELECT OpportunityId FROM OpportunityContactRole"
            " WHERE ContactId IN (SELECT Lead__c FROM Delivery_Task__c)))",
            "Nesting of semi join sub-selects is not supported",
        ),
    ],
)
def test_a_semi_join_that_salesforce_does_not_take_is_refused(org: Org, where: str, words: str) -> None:
    error = refusal(org, f"SELECT Id FROM Account WHERE {where}")

    assert error.code == "MALFORMED_QUERY"
    assert words in error.message
