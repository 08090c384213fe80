from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from http_api import Api
from simple_salesforce import Salesforce

from localorg.server import RunningOrg

NUMBER = 2_086
SOQL = "SELECT {} FROM Campaign WHERE Name LIKE 'Paged %'"


@pytest.fixture(scope="module", autouse=True)
def campaigns(shared_org: RunningOrg) -> None:
    rows = [{"Name": f"Paged {number:04d}", "Description": "x"} for number in range(NUMBER)]
    shared_org.org.insert_many("Campaign", rows)


def pages(api: Api, soql: str, **options: Any) -> Iterator[dict[str, Any]]:
    page = api.query(soql, **options)
    while True:
        yield page
        if page["done"]:
            return
        page = api("GET", page["nextRecordsUrl"], **options).json()


def test_a_query_of_many_records_comes_in_pages_of_2000(api: Api) -> None:
    first, last = pages(api, SOQL.format("Name") + " ORDER BY Name")
    assert re.fullmatch(r"/services/data/v59\.0/query/0r8[0-9A-Za-z]{15}-2000", first["nextRecordsUrl"])
    assert (first["totalSize"], last["totalSize"]) == (NUMBER, NUMBER)
    assert (len(first["records"]), len(last["records"])) == (2000, 86)
    assert (first["done"], last["done"], "nextRecordsUrl" in last) == (False, True, False)
    names = [record["Name"] for page in (first, last) for record in page["records"]]
    assert names == [f"Paged {number:04d}" for number in range(NUMBER)]


def test_a_long_text_among_the_fields_halves_the_pages(api: Api) -> None:
    sizes = [len(page["records"]) for page in pages(api, SOQL.format("Name, Description"))]
    assert sizes == [1000, 1000, 86]


@pytest.mark.parametrize(("asked", "size"), [("500", 500), ("10", 200), ("9999", 2000)])
def test_a_client_may_ask_for_smaller_pages_within_limits(api: Api, asked: str, size: int) -> None:
    page = api.query(SOQL.format("Id"), headers={"Sforce-Query-Options": f"batchSize={asked}"})
    assert len(page["records"]) == size


def test_a_page_can_be_read_again_and_in_either_resource(api: Api) -> None:
    following = api.query(SOQL.format("Id"))["nextRecordsUrl"]
    once, again = api("GET", following).json(), api("GET", following.replace("/query/", "/queryAll/")).json()
    assert once == again


@pytest.mark.parametrize("locator", ["0r8xx0000000000AAA-2000", "nonsense"])
def test_a_locator_that_was_never_given_out_is_refused(api: Api, locator: str) -> None:
    answer = api("GET", f"/query/{locator}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_a_locator_is_good_for_two_days(org: RunningOrg, api: Api) -> None:
    following = api.query(SOQL.format("Id"))["nextRecordsUrl"]
    org.control.shift_clock(49 * 3600)
    answer = Api(org)("GET", following)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_only_query_all_finds_deleted_records(api: Api) -> None:
    record_id = api.create("Campaign", Name="Gone")
    api("DELETE", f"/sobjects/Campaign/{record_id}")
    soql = f"SELECT Id, IsDeleted FROM Campaign WHERE Id = '{record_id}'"
    assert api.query(soql)["records"] == []
    (record,) = api("GET", "/queryAll", params={"q": soql}).json()["records"]
    assert record["IsDeleted"] is True


def test_a_count_has_a_size_and_no_records(api: Api) -> None:
    answer = api.query("SELECT COUNT() FROM Campaign WHERE Name LIKE 'Paged 00%'")
    assert answer == {"totalSize": 100, "done": True, "records": []}


def test_a_wrong_query_is_refused_with_a_list_of_errors(api: Api) -> None:
    wrong = api("GET", "/query", params={"q": "select count() from XYZZY"})
    none = api("GET", "/query")
    assert (wrong.status_code, wrong.json()[0]["errorCode"]) == (400, "INVALID_TYPE")
    assert (none.status_code, none.json()[0]["errorCode"]) == (400, "MALFORMED_QUERY")


def test_simple_salesforce_reads_all_pages(sf: Salesforce) -> None:
    assert len(list(sf.query_all_iter(SOQL.format("Id, Description")))) == NUMBER


def test_children_of_one_parent_come_in_pages_of_their_own(org: RunningOrg, api: Api) -> None:
    many, few = (api.create("Account", Name=f"Children {name}") for name in ("a", "b"))
    contacts = [{"LastName": f"Child {number:03d}", "AccountId": many} for number in range(260)]
    org.org.insert_many("Contact", [*contacts, {"LastName": "Only", "AccountId": few}])
    soql = "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Name LIKE 'Children %'"
    first, second = (record["Contacts"] for record in api.query(f"{soql} ORDER BY Name")["records"])
    rest = api("GET", first["nextRecordsUrl"]).json()

    assert (first["totalSize"], first["done"], len(first["records"])) == (260, False, 199)
    assert re.fullmatch(r"/services/data/v59\.0/query/0r8[0-9A-Za-z]{15}-199", first["nextRecordsUrl"])
    assert (rest["totalSize"], rest["done"], len(rest["records"])) == (260, True, 61)
    names = [record["LastName"] for page in (first, rest) for record in page["records"]]
    assert names == [f"Child {number:03d}" for number in range(260)]
    assert (second["done"], "nextRecordsUrl" in second) == (True, False)
