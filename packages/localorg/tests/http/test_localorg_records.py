from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import pytest
import requests
from http_api import Api
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMoreThanOneRecord, SalesforceResourceNotFound

from localorg.server import RunningOrg


def test_the_versions_are_listed_to_anybody(org: RunningOrg) -> None:
    answer = requests.get(f"{org.base_url}/services/data", timeout=20)
    versions = answer.json()
    assert versions[0] == {"label": "Summer '14", "url": "/services/data/v31.0", "version": "31.0"}
    assert versions[-1] == {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"}
    assert "Sforce-Limit-Info" not in answer.headers
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"


@pytest.mark.parametrize("path", ["/services/data/v99.0/sobjects", "/services/data/v59.0/nothing", "/nowhere"])
def test_an_address_that_does_not_exist_answers_not_found(api: Api, path: str) -> None:
    answer = api("GET", path) if path.startswith("/services") else requests.get(api.org.base_url + path, timeout=20)
    assert answer.status_code == 404
    assert answer.json() == [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]


def test_a_method_that_an_address_lacks_is_refused(api: Api) -> None:
    answer = api("PUT", "/limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("path", ["/services/data//v59.0/limits", "/services/data/v59.0/limits/", "/LIMITS"])
def test_doubled_and_trailing_slashes_and_case_do_not_matter(api: Api, path: str) -> None:
    assert api("GET", path).json()["DailyApiRequests"]["Max"] == 100_000


def test_a_record_is_created_read_changed_and_deleted(api: Api) -> None:
    created = api("POST", "/sobjects/Account/", json={"Name": "Acme", "NumberOfEmployees": 12})
    record_id = created.json()["id"]
    address = f"/services/data/v59.0/sobjects/Account/{record_id}"
    changed = api("PATCH", f"/sobjects/Account/{record_id}", json={"Phone": "555"})
    read = api("GET", f"/sobjects/Account/{record_id}", params={"fields": "Name,Phone,NumberOfEmployees"}).json()
    deleted = api("DELETE", f"/sobjects/Account/{record_id}")
    again = api("DELETE", f"/sobjects/Account/{record_id}")

    assert (created.status_code, created.headers["Location"]) == (201, address)
    assert created.json() == {"id": record_id, "success": True, "errors": []}
    assert (changed.status_code, changed.content) == (204, b"")
    assert read == {
        "attributes": {"type": "Account", "url": address},
        "Name": "Acme",
        "Phone": "555",
        "NumberOfEmployees": 12,
    }
    assert (deleted.status_code, again.status_code) == (204, 404)
    assert again.json()[0]["errorCode"] == "ENTITY_IS_DELETED"


def test_a_write_that_is_wrong_tells_the_field_and_makes_nothing(api: Api) -> None:
    answer = api("POST", "/sobjects/Contact", json={"FirstName": "Nobody"})
    assert answer.status_code == 400
    assert answer.json() == [
        {
            "message": "Required fields are missing: [LastName]",
            "errorCode": "REQUIRED_FIELD_MISSING",
            "fields": ["LastName"],
        }
    ]
    assert api.query("SELECT Id FROM Contact WHERE FirstName = 'Nobody'")["totalSize"] == 0


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(api: Api, body: bytes) -> None:
    answer = api("POST", "/sobjects/Account", data=body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_an_upsert_by_external_id_creates_once_and_then_updates(api: Api) -> None:
    path = "/sobjects/Account/Customer_Key__c/K%2F1%20%C3%A9"
    first = api("PATCH", path, json={"Name": "Slash"})
    second = api("PATCH", path, json={"Name": "Slash & Sons"})
    found = api("GET", path, params={"fields": "Name,Customer_Key__c"}).json()
    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (second.status_code, second.json()["created"]) == (200, False)
    assert first.json()["id"] == second.json()["id"] == found["attributes"]["url"].rsplit("/", 1)[1]
    assert (found["Name"], found["Customer_Key__c"]) == ("Slash & Sons", "K/1 é")


def test_an_upsert_for_update_only_makes_nothing(api: Api) -> None:
    path = "/sobjects/Account/Customer_Key__c/not-there"
    answer = api("PATCH", path, params={"updateOnly": "true"}, json={"Name": "x"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "NOT_FOUND")
    assert api("GET", path).status_code == 404


def test_an_external_id_of_two_records_is_answered_with_their_addresses(api: Api, sf: Salesforce) -> None:
    ids = [api.create("Account", Name=name, Legacy_Key__c="twice") for name in ("One", "Two")]
    answer = api("PATCH", "/sobjects/Account/Legacy_Key__c/twice", json={"Name": "Which?"})
    assert answer.status_code == 300
    assert answer.json() == [f"/services/data/v59.0/sobjects/Account/{record_id}" for record_id in ids]
    with pytest.raises(SalesforceMoreThanOneRecord):
        sf.Account.upsert("Legacy_Key__c/twice", {"Name": "Which?"})


def test_a_describe_that_is_known_is_not_sent_again(api: Api) -> None:
    first = api("GET", "/sobjects/Account/describe")
    by_mark = api("GET", "/sobjects/Account/describe", headers={"If-None-Match": first.headers["ETag"]})
    by_date = api("GET", "/sobjects/Account/describe", headers={"If-Modified-Since": first.headers["Last-Modified"]})
    old = api("GET", "/sobjects/Account/describe", headers={"If-Modified-Since": "Sat, 01 Jan 2000 00:00:01 GMT"})
    assert [answer.status_code for answer in (first, by_mark, by_date, old)] == [200, 304, 304, 200]
    assert by_mark.content == by_date.content == b""
    assert {field["name"] for field in first.json()["fields"]} >= {"Id", "Name", "Customer_Key__c", "SystemModstamp"}


def test_the_objects_are_listed_and_described_in_short(api: Api) -> None:
    objects = {entry["name"]: entry for entry in api("GET", "/sobjects/").json()["sobjects"]}
    brief = api("GET", "/sobjects/Account").json()
    assert objects["Site_Visit__c"]["custom"] is True
    assert objects["Account"]["urls"]["describe"] == "/services/data/v59.0/sobjects/Account/describe"
    assert brief["objectDescribe"]["keyPrefix"] == "001"
    assert "fields" not in brief["objectDescribe"]


def test_bodies_may_come_in_chunks_and_compressed(api: Api) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"Name": '
        yield b'"In chunks"}'

    chunked = api("POST", "/sobjects/Account", data=chunks())
    zipped = api(
        "POST",
        "/sobjects/Account",
        data=gzip.compress(json.dumps({"Name": "Zipped"}).encode()),
        headers={"Content-Encoding": "gzip"},
    )
    assert (chunked.status_code, zipped.status_code) == (201, 201)
    assert api.query("SELECT Id FROM Account WHERE Name IN ('In chunks', 'Zipped')")["totalSize"] == 2


def test_a_large_answer_is_compressed_for_a_client_that_asks(api: Api) -> None:
    compressed = api("GET", "/sobjects/Account/describe")
    plain = api("GET", "/sobjects/Account/describe", headers={"Accept-Encoding": "identity"})
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert compressed.json() == plain.json()


@pytest.mark.parametrize(("size", "headers", "status"), [(17_000, {}, 414), (10, {"X-Long": "x" * 17_000}, 431)])
def test_an_address_or_head_that_is_too_long_is_refused(
    api: Api, size: int, headers: dict[str, str], status: int
) -> None:
    answer = api("GET", "/query", params={"q": "x" * size}, headers=headers)
    assert answer.status_code == status


def test_every_answer_carries_the_time_of_the_org(org: RunningOrg, api: Api) -> None:
    org.control.shift_clock(-1800)
    told = parsedate_to_datetime(api("GET", "/limits").headers["Date"])
    assert abs((told - org.control.now()).total_seconds()) < 5


def test_each_data_call_costs_one_and_says_so(org: RunningOrg, api: Api) -> None:
    used = [int(api("GET", "/limits").headers["Sforce-Limit-Info"].split("=")[1].split("/")[0]) for _ in range(2)]
    assert used[1] - used[0] == 1
    assert api("GET", "/limits").json()["DailyApiRequests"]["Remaining"] == 100_000 - used[1] - 1
    assert org.control.count_calls("/limits") == 3


def test_record_counts_leave_out_what_has_none(api: Api) -> None:
    api.create("Account", Name="Counted")
    held = {name: number for name, number in api.org.control.counts().items() if number}
    everything = api("GET", "/limits/recordCount").json()["sObjects"]
    accounts = api("GET", "/limits/recordCount", params={"sObjects": "Account"}).json()["sObjects"]
    assert {entry["name"]: entry["count"] for entry in everything} == held
    assert accounts == [{"count": api.query("SELECT COUNT() FROM Account")["totalSize"], "name": "Account"}]


def test_simple_salesforce_reads_and_writes_records(sf: Salesforce) -> None:
    record_id = sf.Account.create({"Name": "By client"})["id"]
    sf.Account.update(record_id, {"Phone": "1"})
    assert sf.Account.get(record_id)["Phone"] == "1"
    assert sf.Account.upsert(f"Id/{record_id}", {"Phone": "2"}) == 200
    assert sf.query(f"SELECT Phone FROM Account WHERE Id = '{record_id}'")["records"][0]["Phone"] == "2"
    sf.Account.delete(record_id)
    with pytest.raises(SalesforceResourceNotFound, match="ENTITY_IS_DELETED"):
        sf.Account.get(record_id)
