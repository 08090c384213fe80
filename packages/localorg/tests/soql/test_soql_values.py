"""How values compare and sort, and how they are shown: toLabel, FORMAT, convertCurrency, DISTANCE."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from soql_samples import column, fill, refusal, rows

from localorg.org import Org

pytestmark = pytest.mark.usefixtures("ids")


def test_texts_compare_without_regard_to_case_beyond_ascii(org: Org) -> None:
    assert column(org, "SELECT Name FROM Account WHERE Name = 'öKO'") == ["Öko"]
    assert column(org, "SELECT Name FROM Account WHERE Name LIKE 'ö_o'") == ["Öko"]
    assert column(org, "SELECT Name FROM Account WHERE Name IN ('öko', 'ACME') ORDER BY Name") == ["Acme", "Öko"]
    assert column(org, "SELECT Name FROM Account WHERE Name > 'öa' OR Name < 'ACMF' ORDER BY Name") == ["Acme", "Öko"]


def test_texts_sort_by_their_capitals(org: Org) -> None:
    for name in ("zeta", "Zeta 2", "_under", "übung"):
        org.create("Campaign", {"Name": name, "NumberSent": 7})
    sent = "SELECT Name FROM Campaign WHERE NumberSent = 7"

    assert column(org, f"{sent} ORDER BY Name") == ["zeta", "Zeta 2", "_under", "übung"]
    assert column(org, f"{sent} AND Name > 'Z' ORDER BY Name DESC") == [
        "übung",
        "_under",
        "Zeta 2",
        "zeta",
    ]


def test_picklists_sort_by_the_order_of_their_entries_and_compare_as_texts(org: Org) -> None:
    assert column(org, "SELECT StageName FROM Opportunity ORDER BY StageName, Name") == [
        "Prospecting",
        "Closed Won",
        "Closed Won",
    ]
    assert column(org, "SELECT Name FROM Opportunity WHERE StageName > 'D'") == ["Wall"]


def test_a_case_sensitive_field_compares_as_it_is_written(org: Org) -> None:
    assert column(org, "SELECT Name FROM Delivery_Project__c WHERE Code__c = 'AbC'") == ["P1"]
    assert column(org, "SELECT Name FROM Delivery_Project__c WHERE Code__c = 'abc'") == []
    assert column(org, "SELECT Code__c FROM Delivery_Project__c ORDER BY Code__c") == ["AbC", "aBc"]


def test_a_box_that_was_never_filled_is_unchecked_also_of_a_parent_that_is_not_there(org: Org) -> None:
    tasks = "SELECT Name FROM Delivery_Task__c WHERE"
    org.create("Delivery_Task__c", {"Name": "Loose"})

    assert column(org, f"{tasks} Project__r.Is_Billable__c = FALSE") == ["Loose"]
    assert column(org, f"{tasks} Project__r.Is_Billable__c = null") == ["Loose"]
    assert column(org, "SELECT Name FROM Delivery_Project__c WHERE Is_Billable__c != null") == ["P1"]


def test_includes_wants_all_of_one_member_or_all_of_another(org: Org) -> None:
    projects = "SELECT Name FROM Delivery_Project__c WHERE Skills__c"

    assert column(org, f"{projects} INCLUDES ('Design;Build', 'Run;Build')") == ["P1"]
    assert column(org, f"{projects} INCLUDES ('build', 'ÜBERBLICK') ORDER BY Name") == ["P1", "P2"]
    assert column(org, f"{projects} EXCLUDES ('Design')") == ["P2"]
    assert column(org, f"{projects} INCLUDES ('Desi')") == []


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("field", ["Amount", "CloseDate", "CreatedDate", "Name", "AccountId"])
def test_nothing_is_less_or_more_than_null(org: Org, field: str, operator: str) -> None:
    assert rows(org, f"SELECT Id FROM Opportunity WHERE {field} {operator} null") == []


def test_a_text_that_is_empty_is_null_in_a_comparison_of_order_too(org: Org) -> None:
    assert rows(org, "SELECT Id FROM Opportunity WHERE Name > ''") == []


@pytest.fixture
def opening_hours(org: Org) -> Iterator[None]:
    hours = (("Early", "08:30:00"), ("Late", "14:00:00.500Z"))
    made = [org.create("Delivery_Hour__c", {"Name": name, "Opens__c": opens}) for name, opens in hours]
    yield
    org.lifecycle.delete_many("Delivery_Hour__c", made)


@pytest.mark.usefixtures("opening_hours")
def test_times_of_day_compare_with_time_literals(org: Org) -> None:
    hours = "SELECT Name FROM Delivery_Hour__c WHERE Opens__c"

    assert column(org, f"{hours} >= 14:00:00.000Z") == ["Late"]
    assert column(org, f"{hours} = 08:30:00Z") == ["Early"]
    assert column(org, f"{hours} IN (08:30:00.000Z, 14:00:00.500Z) ORDER BY Opens__c") == ["Early", "Late"]
    assert "must be of type time" in refusal(org, f"{hours} > '08:00:00Z'").message
    assert "does not exist" in refusal(org, f"{hours} > 25:00:00Z").message


def test_null_in_a_list_is_the_empty_field_and_is_like_nothing(org: Org) -> None:
    accounts = "SELECT Name FROM Account WHERE"

    assert column(org, f"{accounts} Industry IN (null, 'Banking') ORDER BY Name") == ["Acme", "Öko"]
    assert column(org, f"{accounts} Industry NOT IN (null, 'Banking')") == ["Globex"]
    assert column(org, f"{accounts} Industry LIKE null") == []
    assert column(org, f"{accounts} Industry != 'Banking' ORDER BY Name") == ["Globex", "Öko"]


def test_numbers_may_have_signs_points_and_exponents(org: Org) -> None:
    for number in ("1e2", "+100", "100.", "1.0E+2", "1000e-1"):
        assert column(org, f"SELECT Name FROM Account WHERE AnnualRevenue = {number}") == ["Acme"]
    assert column(org, "SELECT Name FROM Account WHERE AnnualRevenue > -.5 ORDER BY Name") == ["Acme", "Globex"]


def test_an_amount_is_formatted_as_people_write_it(org: Org) -> None:
    soql = "SELECT FORMAT(Amount) a, FORMAT(CloseDate) d, FORMAT(CreatedDate) c FROM Opportunity WHERE Name = 'Door'"

    assert rows(org, soql) == [["$20.00", "4/30/2026", "5/6/2026, 11:56 AM"]]
    assert column(org, "SELECT FORMAT(MAX(AnnualRevenue)) m FROM Account") == ["$300.00"]


def test_a_label_stands_under_the_name_of_its_field_and_can_be_filtered_by(org: Org) -> None:
    (record,) = org.query("SELECT toLabel(Industry) FROM Account WHERE toLabel(Industry) = 'banking'").records(0, 10)

    assert {key: record[key] for key in record if key != "attributes"} == {"Industry": "Banking"}
    assert rows(org, "SELECT toLabel(Account.Industry) FROM Contact WHERE LastName = 'Özil' LIMIT 1") == [[["Banking"]]]


def test_distance_filters_sorts_and_is_selected(org: Org) -> None:
    from_basel = "DISTANCE(BillingAddress, GEOLOCATION(47.5596, 7.5886), '{}')"
    far, near = from_basel.format("km"), from_basel.format("MI")

    assert column(org, f"SELECT Name FROM Account WHERE {far} < 70") == ["Acme"]
    assert column(org, f"SELECT Name FROM Account WHERE {near} > 10 ORDER BY {far} DESC") == ["Globex", "Acme"]
    assert [round(row, 1) for row in column(org, f"SELECT {near} FROM Account WHERE Name = 'Acme'")] == [42.8]
    assert column(org, f"SELECT Account.Name FROM Contact WHERE {far.replace('Bill', 'Account.Bill')} < 70") == [
        ["Acme"]
    ]


def test_amounts_are_converted_to_the_users_currency_and_compared_across_currencies(many_currencies: Org) -> None:
    fill(many_currencies)
    for name, amount, code in (("Dollars", 100, "USD"), ("Francs", 100, "CHF"), ("Euros", 100, "EUR")):
        fields = {"Name": name, "StageName": "Prospecting", "CloseDate": "2030-01-01", "Amount": amount}
        many_currencies.create("Opportunity", {**fields, "CurrencyIsoCode": code})
    deals = "FROM Opportunity WHERE CloseDate = 2030-01-01"

    assert rows(many_currencies, f"SELECT Name, convertCurrency(Amount) {deals} ORDER BY Name") == [
        ["Dollars", 80.0],
        ["Euros", 100.0],
        ["Francs", 200.0],
    ]
    assert column(many_currencies, f"SELECT Name {deals} AND Amount > USD120 ORDER BY Name") == ["Euros", "Francs"]
    assert column(many_currencies, f"SELECT Name {deals} AND Amount IN (CHF40, CHF100.00) ORDER BY Name") == [
        "Dollars",
        "Francs",
    ]
    assert rows(many_currencies, f"SELECT SUM(Amount), MAX(Amount) {deals}") == [[380.0, 200.0]]
    assert rows(many_currencies, f"SELECT FORMAT(SUM(Amount)) s {deals}") == [["EUR 380.00"]]
    shown = f"SELECT FORMAT(Amount) a, FORMAT(convertCurrency(Amount)) c {deals} AND Name = 'Dollars'"
    assert rows(many_currencies, shown) == [["USD 100.00", "EUR 80.00"]]


@pytest.mark.parametrize(
    ("soql", "code", "words"),
    [
        ("SELECT convertCurrency(Amount) FROM Opportunity", "INVALID_FIELD", "can not be converted"),
        ("SELECT Id FROM Opportunity WHERE Amount > USD5000", "INVALID_FIELD", "not 'USD'"),
        ("SELECT Id FROM Opportunity WHERE FORMAT(Amount) = 'x'", "MALFORMED_QUERY", "can not be used in a WHERE"),
        ("SELECT Id FROM Opportunity ORDER BY FORMAT(Amount)", "MALFORMED_QUERY", "can not be used in an ORDER BY"),
        ("SELECT Id FROM Account WHERE DISTANCE(Name, GEOLOCATION(1, 1), 'km') < 1", "INVALID_FIELD", "DISTANCE"),
        (
            "SELECT Id FROM Account WHERE DISTANCE(BillingAddress, GEOLOCATION(91, 1), 'km') < 1",
            "NUMBER_OUTSIDE_VALID_RANGE",
            "within -90 and 90",
        ),
        ("SELECT Id FROM Account WHERE BillingAddress = null", "INVALID_FIELD", "only be filtered using Distance"),
        ("SELECT Id FROM Opportunity WHERE IsWon > FALSE", "INVALID_QUERY_FILTER_OPERATOR", "on boolean field"),
        ("SELECT Id FROM Account WHERE FOO(Name) = 1", "MALFORMED_QUERY", "unexpected token: 'FOO'"),
        ("SELECT Id FROM Account WHERE Name INCLUDES ('a')", "INVALID_QUERY_FILTER_OPERATOR", "on string field"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(org: Org, soql: str, code: str, words: str) -> None:
    error = refusal(org, soql)

    assert error.code == code
    assert words in error.message
