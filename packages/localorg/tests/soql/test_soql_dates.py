"""Date functions, and dates beside datetimes."""

from __future__ import annotations

import pytest
from soql_samples import column, refusal, rows

from localorg.org import Org

pytestmark = pytest.mark.usefixtures("ids")


@pytest.mark.parametrize(
    ("function", "number"),
    [
        # 2026-02-08 was a Sunday.
        ("CALENDAR_YEAR", 2026),
        ("CALENDAR_QUARTER", 1),
        ("CALENDAR_MONTH", 2),
        ("DAY_IN_MONTH", 8),
        ("DAY_IN_WEEK", 1),
        ("DAY_IN_YEAR", 39),
        ("FISCAL_YEAR", 2026),
        ("FISCAL_QUARTER", 1),
        ("FISCAL_MONTH", 2),
        ("HOUR_IN_DAY", 23),
        ("WEEK_IN_MONTH", 2),
        ("WEEK_IN_YEAR", 6),
    ],
)
def test_a_date_function_tells_a_part_of_a_moment(org: Org, function: str, number: int) -> None:
    source = "FROM Delivery_Project__c WHERE Started__c != null"
    called = f"{function}(Started__c)"

    assert column(org, f"SELECT {called} {source} GROUP BY {called}") == [number]
    assert column(org, f"SELECT Name FROM Delivery_Project__c WHERE {called} = {number}") == ["P2"]
    assert column(org, f"SELECT Name FROM Delivery_Project__c WHERE {function}(convertTimezone(Started__c)) = {number}")


def test_day_only_is_a_date(org: Org) -> None:
    source = "FROM Delivery_Project__c WHERE DAY_ONLY(Started__c) = 2026-02-08"

    assert column(org, f"SELECT DAY_ONLY(Started__c) d {source} GROUP BY DAY_ONLY(Started__c)") == ["2026-02-08"]
    assert column(org, "SELECT Name FROM Delivery_Project__c WHERE DAY_ONLY(CreatedDate) < TODAY") == []


def test_date_functions_group_filter_groups_and_sort(org: Org) -> None:
    soql = (
        "SELECT CALENDAR_YEAR(CloseDate) y, COUNT(Id) FROM Opportunity GROUP BY CALENDAR_YEAR(CloseDate)"
        " HAVING CALENDAR_YEAR(CloseDate) > 2000 ORDER BY CALENDAR_YEAR(CloseDate) DESC"
    )

    assert rows(org, soql) == [[2026, 2], [2025, 1]]


def test_a_date_function_is_selected_without_groups_too(org: Org) -> None:
    soql = "SELECT Name, CALENDAR_MONTH(CloseDate), DAY_IN_MONTH(CloseDate) d FROM Opportunity ORDER BY Name"
    (door, *_) = org.query(soql).records(0, 10)

    assert (door["expr0"], door["d"]) == (4, 30)


def test_dates_and_datetimes_are_compared_each_with_their_own(org: Org) -> None:
    assert column(org, "SELECT Name FROM Opportunity WHERE CloseDate > 2026-01-01") == ["Door"]
    assert column(org, "SELECT Name FROM Opportunity WHERE CloseDate IN (2026-01-01, LAST_YEAR) ORDER BY Name") == [
        "Roof",
        "Wall",
    ]
    assert column(org, "SELECT Name FROM Delivery_Project__c WHERE Started__c = 2026-02-09T01:30:00+02:00") == ["P2"]
    assert column(org, "SELECT Name FROM Delivery_Project__c WHERE Started__c >= 2026-02-08T23:30:00.000Z") == ["P2"]


@pytest.mark.parametrize(
    ("soql", "code", "words"),
    [
        ("SELECT Id FROM Opportunity WHERE HOUR_IN_DAY(CloseDate) = 1", "INVALID_FIELD", "can not be used in HOUR"),
        ("SELECT Id FROM Opportunity WHERE CALENDAR_YEAR(Name) = 1", "INVALID_FIELD", "can not be used in CALENDAR"),
        ("SELECT Id FROM Opportunity WHERE CALENDAR_YEAR(CloseDate) = '2026'", "INVALID_FIELD", "must be of type int"),
        ("SELECT Id FROM Opportunity WHERE CloseDate = 2026-01-01T00:00:00Z", "INVALID_FIELD", "of type date and"),
        ("SELECT Id FROM Opportunity WHERE CreatedDate = 2026-01-01", "INVALID_FIELD", "of type dateTime and"),
        ("SELECT Id FROM Opportunity WHERE CreatedDate = 0001-01-01T00:00:00+23:00", "MALFORMED_QUERY", "not exist"),
        ("SELECT Id FROM Opportunity WHERE convertTimezone(CreatedDate) = TODAY", "MALFORMED_QUERY", "CONVERTTIMEZ"),
    ],
)
def test_a_date_that_cannot_be_is_refused(org: Org, soql: str, code: str, words: str) -> None:
    error = refusal(org, soql)

    assert error.code == code
    assert words in error.message
