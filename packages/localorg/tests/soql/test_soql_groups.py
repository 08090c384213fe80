"""GROUP BY, ROLLUP and CUBE, HAVING, and aggregates."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from soql_samples import column, refusal, rows

from localorg.org import Org

pytestmark = pytest.mark.usefixtures("ids")


def test_rollup_adds_subtotals_after_what_they_total(org: Org) -> None:
    soql = (
        "SELECT StageName, Account.Name, COUNT(Id) n, SUM(Amount) total"
        " FROM Opportunity GROUP BY ROLLUP(StageName, Account.Name)"
    )

    assert rows(org, soql) == [
        ["Closed Won", "Acme", 1, 50.0],
        ["Closed Won", "Globex", 1, 20.0],
        ["Closed Won", None, 2, 70.0],
        ["Prospecting", "Acme", 1, None],
        ["Prospecting", None, 1, None],
        [None, None, 3, 70.0],
    ]


def test_cube_adds_subtotals_of_every_combination_and_grouping_tells_them_apart(org: Org) -> None:
    soql = (
        "SELECT StageName s, AccountId a, GROUPING(StageName) gs, GROUPING(AccountId) ga, COUNT(Id) n"
        " FROM Opportunity GROUP BY CUBE(StageName, AccountId)"
    )
    found = rows(org, soql)

    assert sorted([row[2:] for row in found]) == [
        [0, 0, 1],
        [0, 0, 1],
        [0, 0, 1],
        [0, 1, 1],
        [0, 1, 2],
        [1, 0, 1],
        [1, 0, 2],
        [1, 1, 3],
    ]
    assert all((row[0] is None) == (row[2] == 1) and (row[1] is None) == (row[3] == 1) for row in found)


def test_subtotals_can_be_filtered_sorted_and_cut(org: Org) -> None:
    rollup = "FROM Opportunity GROUP BY ROLLUP(StageName)"

    assert rows(org, f"SELECT StageName, COUNT(Id) {rollup} HAVING COUNT(Id) > 1") == [["Closed Won", 2], [None, 3]]
    assert rows(org, f"SELECT StageName, COUNT(Id) {rollup} HAVING GROUPING(StageName) = 1") == [[None, 3]]
    assert rows(org, f"SELECT StageName, COUNT(Id) {rollup} ORDER BY COUNT(Id) DESC LIMIT 2") == [
        [None, 3],
        ["Closed Won", 2],
    ]
    assert rows(org, f"SELECT StageName, COUNT(Id) {rollup} ORDER BY GROUPING(StageName) DESC, StageName") == [
        [None, 3],
        ["Prospecting", 1],
        ["Closed Won", 2],
    ]


def test_texts_that_differ_in_case_only_are_one_group(org: Org) -> None:
    org.create("Contact", {"LastName": "ÖZIL", "Department": "Ärzte"})
    org.create("Contact", {"LastName": "özil", "Department": "ärzte"})

    assert rows(org, "SELECT Department, COUNT(Id) FROM Contact WHERE Department != null GROUP BY Department") == [
        ["Ärzte", 2]
    ]
    assert column(org, "SELECT COUNT_DISTINCT(LastName) FROM Contact WHERE LastName LIKE 'Ö%'") == [1]


def test_every_aggregate_takes_an_alias_and_counts_up_without_one(org: Org) -> None:
    soql = "SELECT COUNT(Id), SUM(Amount) total, AVG(Amount), MIN(CloseDate) least, MAX(Amount) FROM Opportunity"
    (record,) = org.query(soql).records(0, 10)

    assert record == {
        "attributes": {"type": "AggregateResult"},
        "expr0": 3,
        "total": 70.0,
        "expr1": 35.0,
        "least": "2025-12-31",
        "expr2": 50.0,
    }


def test_least_and_greatest_text_go_by_their_letters_and_keep_their_spelling(org: Org) -> None:
    assert rows(org, "SELECT MIN(Name), MAX(Name) FROM Account") == [["Acme", "Öko"]]


def test_least_and_greatest_of_a_picklist_go_by_the_order_of_its_entries(org: Org) -> None:
    assert rows(org, "SELECT MIN(StageName), MAX(StageName) FROM Opportunity") == [["Prospecting", "Closed Won"]]


def test_having_takes_groups_and_aggregates(org: Org) -> None:
    groups = "SELECT StageName FROM Opportunity GROUP BY StageName"

    assert column(org, f"{groups} HAVING SUM(Amount) > 10 AND StageName LIKE 'closed%'") == ["Closed Won"]
    assert column(org, f"{groups} HAVING MIN(Name) = 'door'") == ["Closed Won"]
    assert column(org, f"{groups} HAVING COUNT(Id) > 1 AND (NOT StageName IN ('Prospecting'))") == ["Closed Won"]


def test_groups_are_sorted_by_aggregates_with_nulls_first(org: Org) -> None:
    groups = "SELECT StageName FROM Opportunity GROUP BY StageName"

    assert column(org, f"{groups} ORDER BY SUM(Amount)") == ["Prospecting", "Closed Won"]
    assert column(org, f"{groups} ORDER BY SUM(Amount) NULLS LAST") == ["Closed Won", "Prospecting"]
    assert column(org, f"{groups} ORDER BY COUNT(Id) DESC OFFSET 1") == ["Prospecting"]


@pytest.mark.parametrize(
    ("soql", "code", "words"),
    [
        ("SELECT COUNT(Id) FROM Account LIMIT 5", "MALFORMED_QUERY", "cannot also use LIMIT"),
        ("SELECT Name n, COUNT(Id) n FROM Account GROUP BY Name", "MALFORMED_QUERY", "duplicate alias: n"),
        ("SELECT Account.Name, Name FROM Contact GROUP BY Account.Name, Name", "MALFORMED_QUERY", "duplicate alias"),
        ("SELECT Name FROM Account GROUP BY Name HAVING Industry = 'a'", "MALFORMED_QUERY", "must be grouped"),
        ("SELECT Name FROM Account GROUP BY Name ORDER BY Industry", "MALFORMED_QUERY", "Ordered field must be"),
        ("SELECT GROUPING(Name) FROM Account GROUP BY Name", "MALFORMED_QUERY", "GROUPING is for"),
        ("SELECT COUNT(Id) FROM Account GROUP BY ROLLUP(Name, Site, Phone, Fax)", "MALFORMED_QUERY", "at most 3"),
        ("SELECT COUNT(Id) FROM Account GROUP BY ROLLUP(Name), Site", "MALFORMED_QUERY", "token: 'ROLLUP'"),
        ("SELECT AnnualRevenue FROM Account GROUP BY AnnualRevenue", "INVALID_FIELD", "can not be grouped"),
        ("SELECT Id FROM Account WHERE COUNT(Id) > 1", "MALFORMED_QUERY", "not allowed in WHERE"),
        ("SELECT Id FROM Account ORDER BY COUNT(Id)", "MALFORMED_QUERY", "unexpected token: 'COUNT"),
    ],
)
def test_a_grouping_that_cannot_be_is_refused(org: Org, soql: str, code: str, words: str) -> None:
    error = refusal(org, soql)

    assert error.code == code
    assert words in error.message


@pytest.fixture
def cents(org: Org) -> Iterator[None]:
    deal = {"Name": "Cents", "StageName": "Qualification", "CloseDate": "2026-01-01"}
    deals = [org.create("Opportunity", {**deal, "Amount": amount}) for amount in (0.1, 0.2, 0.3)]
    hours = [org.create("Delivery_Hour__c", {"Name": "Cents", "Spent__c": hours}) for hours in (0.1, 0.2, 0.3)]
    yield
    org.lifecycle.delete_many("Opportunity", deals)
    org.lifecycle.delete_many("Delivery_Hour__c", hours)


@pytest.mark.usefixtures("cents")
def test_sums_and_averages_add_decimals(org: Org) -> None:
    assert rows(org, "SELECT SUM(Amount), AVG(Amount) FROM Opportunity WHERE Name = 'Cents'") == [[0.6, 0.2]]
    assert rows(org, "SELECT SUM(Spent__c) FROM Delivery_Hour__c WHERE Name = 'Cents'") == [[0.6]]
    assert rows(org, "SELECT SUM(Amount) FROM Opportunity WHERE Name = 'Nothing'") == [[None]]


def test_amounts_of_an_org_with_several_currencies_are_added_as_decimals(many_currencies: Org) -> None:
    deal = {"Name": "Cents", "StageName": "Qualification", "CloseDate": "2026-01-01", "CurrencyIsoCode": "EUR"}
    deals = [many_currencies.create("Opportunity", {**deal, "Amount": amount}) for amount in (0.1, 0.2, 0.3)]

    assert column(many_currencies, "SELECT SUM(Amount) FROM Opportunity WHERE Name = 'Cents'") == [0.6]
    many_currencies.lifecycle.delete_many("Opportunity", deals)
