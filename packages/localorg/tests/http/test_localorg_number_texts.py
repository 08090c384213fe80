"""Numbers as text: with an exponent where a real org has one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from http_api import Api

from localorg.number_texts import to_number_text
from localorg.server import RunningOrg

SOQL = (
    "SELECT Name, AnnualRevenue, NumberOfEmployees, BillingLatitude FROM Account WHERE Site = 'Numbers' ORDER BY Name"
)


@pytest.fixture
def numbers(org: RunningOrg) -> Iterator[None]:
    usual = {"Site": "Numbers", "NumberOfEmployees": 12345678}
    rows = [
        {**usual, "Name": "Large 10000000.0", "AnnualRevenue": 16147805824397},
        {**usual, "Name": 'Seven "9999999.0"', "AnnualRevenue": 9999999, "BillingLatitude": 0.0005},
        {**usual, "Name": "Ten", "AnnualRevenue": -10000000, "BillingLatitude": 46.948},
    ]
    ids = org.org.insert_many("Account", rows)
    yield
    org.org.lifecycle.delete_many("Account", ids)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (16147805824397.0, "1.6147805824397E13"),
        (10_000_000.0, "1.0E7"),
        (9_999_999.0, "9999999.0"),
        (12345678.25, "1.234567825E7"),
        (-35_000_000.0, "-3.5E7"),
        (0.0, "0.0"),
        (0.001, "0.001"),
        (0.0005, "5.0E-4"),
        (5.0, "5.0"),
    ],
)
def test_a_number_has_an_exponent_from_eight_digits_on(number: float, text: str) -> None:
    assert to_number_text(number) == text


@pytest.mark.usefixtures("numbers")
def test_rest_writes_numbers_of_eight_digits_with_an_exponent(api: Api) -> None:
    answer = api("GET", "/query", params={"q": SOQL})

    assert '"AnnualRevenue":1.6147805824397E13,"NumberOfEmployees":12345678,' in answer.text
    assert '"AnnualRevenue":9999999.0,"NumberOfEmployees":12345678,"BillingLatitude":5.0E-4}' in answer.text
    assert '"AnnualRevenue":-1.0E7,' in answer.text
    assert '"Name":"Large 10000000.0"' in answer.text
    assert [record["AnnualRevenue"] for record in answer.json()["records"]] == [16147805824397, 9999999, -10000000]
    assert answer.json()["records"][1]["Name"] == 'Seven "9999999.0"'


@pytest.mark.usefixtures("numbers")
def test_bulk_results_write_numbers_of_eight_digits_with_an_exponent(api: Api) -> None:
    job = api("POST", "/jobs/query", json={"operation": "query", "query": SOQL}).json()["id"]
    api.wait_for(f"/jobs/query/{job}")
    lines = api("GET", f"/jobs/query/{job}/results").text.splitlines()

    assert lines[1:] == [
        '"Large 10000000.0","1.6147805824397E13","12345678",""',
        '"Seven ""9999999.0""","9999999.0","12345678","5.0E-4"',
        '"Ten","-1.0E7","12345678","46.948"',
    ]
