"""The rest of the REST surface: search, graphs, relationships, tooling, recent, and how calls may be written."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests
from http_api import Api


def found(answer: requests.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [{k: v for k, v in record.items() if k != "attributes"} for record in answer.json()["searchRecords"]]


@pytest.fixture
def zephyr(api: Api) -> Iterator[str]:
    """An account and a contact that a search for Zephyrus finds."""
    account = api.create("Account", Name="Zephyrus Winds", BillingCity="Delphi")
    contact = api.create("Contact", LastName="Aeolus", AccountId=account, Email="keeper@zephyrus.example")
    yield account
    api("DELETE", f"/sobjects/Contact/{contact}")
    api("DELETE", f"/sobjects/Account/{account}")


@pytest.mark.usefixtures("zephyr")
def test_a_search_finds_records_of_several_objects_in_the_order_of_returning(api: Api) -> None:
    sosl = (
        "FIND {zephyrus} IN ALL FIELDS RETURNING Contact(LastName, Email), Account(Name WHERE BillingCity = 'Delphi')"
    )
    assert found(api("GET", "/search", params={"q": sosl})) == [
        {"LastName": "Aeolus", "Email": "keeper@zephyrus.example"},
        {"Name": "Zephyrus Winds"},
    ]


@pytest.mark.parametrize(
    ("sosl", "names"),
    [
        ("FIND {Zephyrus} IN NAME FIELDS RETURNING Account(Name), Contact(Name)", ["Zephyrus Winds"]),
        ("FIND {Zephyrus} IN EMAIL FIELDS RETURNING Account(Name), Contact(Name)", ["Aeolus"]),
        ("FIND {zeph} RETURNING Account(Name)", []),
        ("FIND {zeph* WIND?} RETURNING Account(Name)", ["Zephyrus Winds"]),
        ("FIND {z*us} RETURNING Account(Name)", ["Zephyrus Winds"]),
        ("FIND {ephyrus} RETURNING Account(Name)", []),
        ("FIND {zeph*nds} RETURNING Account(Name)", []),
        ('FIND {"Winds Zephyrus"} RETURNING Account(Name)', []),
        ("FIND {Winds Zephyrus} RETURNING Account(Name) LIMIT 1", ["Zephyrus Winds"]),
        ("FIND {zeph\\%} RETURNING Account(Name)", []),
    ],
)
@pytest.mark.usefixtures("zephyr")
def test_a_search_looks_in_the_fields_that_it_names(api: Api, sosl: str, names: list[str]) -> None:
    assert [record["Name"] for record in found(api("GET", "/search", params={"q": sosl}))] == names


def test_a_search_without_returning_gives_ids_of_everything_found(api: Api, zephyr: str) -> None:
    records = found(api("GET", "/search", params={"q": "FIND {Zephyrus}"}))
    assert {"Id": zephyr} in records
    assert len(records) == 2


def test_an_old_version_answers_a_search_with_a_list(api: Api, zephyr: str) -> None:
    answer = api("GET", "/services/data/v36.0/search", params={"q": "FIND {Zephyrus} RETURNING Account"})
    assert [record["Id"] for record in answer.json()] == [zephyr]


@pytest.mark.parametrize(
    "sosl",
    [
        "",
        "Acme",
        "FIND Acme",
        "FIND {A}",
        "FIND {Acme} RETURNING",
        "FIND {Acme} RETURNING Account(Id",
        "FIND {Acme} x",
        "FIND {Acme} LIMIT " + "9" * 5_000,
        "FIND {Acme} RETURNING Account(Id LIMIT " + "9" * 5_000 + ")",
    ],
)
def test_a_search_that_cannot_be_understood_is_refused(api: Api, sosl: str) -> None:
    answer = api("GET", "/search", params={"q": sosl})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "MALFORMED_SEARCH")


@pytest.mark.usefixtures("zephyr")
def test_a_search_by_parameters_finds_the_same(api: Api) -> None:
    by_query = {
        "q": "Zephyrus",
        "sobject": ["Contact", "Account"],
        "Account.fields": "Name",
        "Contact.fields": "LastName",
    }
    by_body = {
        "q": "Zephyrus",
        "sobjects": [{"name": "Contact", "fields": ["LastName"]}, {"name": "Account", "fields": ["Name"], "limit": 5}],
    }
    expected = [{"LastName": "Aeolus"}, {"Name": "Zephyrus Winds"}]
    assert found(api("GET", "/parameterizedSearch", params=by_query)) == expected
    assert found(api("POST", "/parameterizedSearch", json=by_body)) == expected
    assert found(api("POST", "/parameterizedSearch", json={**by_body, "overallLimit": 1})) == expected[:1]


@pytest.mark.parametrize("wrong", [{"fields": "Name"}, {"fields": 5}, {"sobjects": [{"fields": ["Name"]}]}])
def test_parameters_of_a_search_that_make_no_sense_are_refused(api: Api, wrong: dict[str, Any]) -> None:
    answer = api("POST", "/parameterizedSearch", json={"q": "Acme", "sobjects": [{"name": "Account"}], **wrong})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_INPUT")


def test_recent_lists_the_records_changed_last(api: Api) -> None:
    ids = [api.create("Account", Name=f"Recent {i}") for i in range(3)]
    api.org.control.shift_clock(60)
    api("PATCH", f"/sobjects/Account/{ids[0]}", json={"Fax": "1"})
    (latest,) = api("GET", "/recent", params={"limit": 1}).json()
    address = f"/services/data/v59.0/sobjects/Account/{ids[0]}"
    assert latest == {"attributes": {"type": "Account", "url": address}, "Id": ids[0], "Name": "Recent 0"}


def test_from_a_record_to_its_children_and_to_its_parent(api: Api) -> None:
    account = api.create("Account", Name="Parent")
    contacts = [api.create("Contact", LastName=name, AccountId=account) for name in ("One", "Two")]
    children = api("GET", f"/sobjects/Account/{account}/Contacts", params={"fields": "Id,LastName"}).json()
    parent = api("GET", f"/sobjects/Contact/{contacts[0]}/Account", params={"fields": "Name"}).json()
    assert (children["totalSize"], children["done"]) == (2, True)
    assert [(record["Id"], record["LastName"]) for record in children["records"]] == [
        (contacts[0], "One"),
        (contacts[1], "Two"),
    ]
    assert parent["attributes"]["url"].endswith(account)
    assert parent["Name"] == "Parent"


@pytest.mark.parametrize("relationship", ["Nothing", "Parent"])
def test_a_relationship_that_is_not_there_or_leads_nowhere_is_not_found(api: Api, relationship: str) -> None:
    account = api.create("Account", Name="Alone")
    answer = api("GET", f"/sobjects/Account/{account}/{relationship}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "NOT_FOUND")


def graph(name: str, *requests_: dict[str, Any]) -> dict[str, Any]:
    return {"graphId": name, "compositeRequest": list(requests_)}


def create(reference: str, sobject: str, **body: Any) -> dict[str, Any]:
    url = f"/services/data/v59.0/sobjects/{sobject}"
    return {"referenceId": reference, "method": "POST", "url": url, "body": body}


def test_one_graph_fails_whole_and_the_other_is_kept(api: Api) -> None:
    good = graph(
        "good",
        create("contact", "Contact", LastName="In graph", AccountId="@{account.id}"),
        create("account", "Account", Name="Graph kept"),
    )
    bad = graph(
        "bad", create("account", "Account", Name="Graph lost"), create("contact", "Contact", FirstName="No last name")
    )
    told = api("POST", "/composite/graph", json={"graphs": [good, bad]}).json()["graphs"]
    answers = [item["graphResponse"]["compositeResponse"] for item in told]
    assert [(item["graphId"], item["isSuccessful"]) for item in told] == [("good", True), ("bad", False)]
    assert [answer["httpStatusCode"] for answer in answers[0]] == [201, 201]
    assert [answer["referenceId"] for answer in answers[0]] == ["contact", "account"]
    assert answers[1][0]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert answers[1][1]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert api.query("SELECT COUNT() FROM Account WHERE Name = 'Graph kept'")["totalSize"] == 1
    assert api.query("SELECT COUNT() FROM Account WHERE Name = 'Graph lost'")["totalSize"] == 0


@pytest.mark.parametrize(
    ("graphs", "code"),
    [
        ([], "INVALID_INPUT"),
        ([graph("same", create("a", "Account", Name="A"))] * 2, "INVALID_INPUT"),
        ([graph("g", create("a", "Account", Name="@{b.id}"), create("b", "Account", Name="@{a.id}"))], "INVALID_INPUT"),
        ([graph("g", create("a", "Account", Name="A"), create("a", "Account", Name="B"))], "INVALID_INPUT"),
        ([graph("g", {**create("a", "Account", Name="A"), "httpHeaders": ["If-Match"]})], "INVALID_INPUT"),
        ([graph("g", *[create(f"r{i}", "Account", Name="A") for i in range(501)])], "LIMIT_EXCEEDED"),
    ],
)
def test_graphs_that_make_no_sense_are_refused(api: Api, graphs: list[Any], code: str) -> None:
    answer = api("POST", "/composite/graph", json={"graphs": graphs})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_the_tooling_api_has_an_envelope_of_its_own_and_no_code(api: Api) -> None:
    classes = api("GET", "/tooling/query/", params={"q": "SELECT Id, Name FROM ApexClass WHERE NamespacePrefix = null"})
    users = api("GET", "/tooling/query/", params={"q": "SELECT Id FROM User LIMIT 1"}).json()
    unknown = api("GET", "/tooling/query", params={"q": "SELECT Id FROM Nonsense"})
    empty = {"size": 0, "totalSize": 0, "done": True, "queryLocator": None, "entityTypeName": None, "records": []}
    assert classes.json() == empty
    assert (users["size"], users["entityTypeName"]) == (1, "User")
    assert users["records"][0]["attributes"]["url"].startswith("/services/data/v59.0/tooling/sobjects/User/005")
    assert unknown.json()[0]["errorCode"] == "INVALID_TYPE"


def test_all_resources_that_real_orgs_list_are_listed(api: Api) -> None:
    told = api("GET", "/").json()
    assert {"sobjects", "query", "queryAll", "search", "parameterizedSearch", "tooling", "limits", "recent"} < set(told)
    assert told["search"] == "/services/data/v59.0/search"
    assert told["identity"].startswith(api.org.base_url)


@pytest.mark.parametrize(
    ("version", "status"), [("v31.0", 200), ("v68.0", 200), ("v30.0", 410), ("v99.0", 404), ("59.0", 404)]
)
def test_versions_are_served_retired_or_unknown(api: Api, version: str, status: int) -> None:
    assert api("GET", f"/services/data/{version}/limits").status_code == status


def test_upserts_of_old_versions_do_not_tell_whether_they_created(api: Api) -> None:
    address = "/services/data/v45.0/sobjects/Account/Customer_Key__c/OLD-1"
    created, updated = (api("PATCH", address, json={"Name": "Old"}) for _ in range(2))
    assert (created.status_code, sorted(created.json())) == (201, ["errors", "id", "success"])
    assert (updated.status_code, updated.content) == (204, b"")


@pytest.mark.parametrize("path", ["/limits/", "//limits", "/services/data//v59.0/limits", "/LIMITS"])
def test_slashes_and_case_of_an_address_do_not_matter(api: Api, path: str) -> None:
    assert "DailyApiRequests" in api("GET", path).json()


def test_head_tells_the_headers_of_get_and_no_body(api: Api) -> None:
    got, told = (api(method, "/sobjects/Account/describe") for method in ("GET", "HEAD"))
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["ETag"] == got.headers["ETag"]


def test_a_post_may_stand_for_a_patch(api: Api) -> None:
    record_id = api.create("Account", Name="Before")
    answer = api("POST", f"/sobjects/Account/{record_id}?_HttpMethod=PATCH", json={"Name": "After"})
    assert answer.status_code == 204
    assert api("GET", f"/sobjects/Account/{record_id}").json()["Name"] == "After"


def test_a_body_may_come_in_chunks_and_packed(api: Api) -> None:
    packed = gzip.compress(json.dumps({"Name": "Packed"}).encode())
    headers = {"content-TYPE": "application/json", "CONTENT-encoding": "gzip"}
    answer = api("POST", "/sobjects/Account", data=iter([packed[:10], packed[10:]]), headers=headers)
    assert answer.status_code == 201
    assert api("GET", f"/sobjects/Account/{answer.json()['id']}").json()["Name"] == "Packed"


@pytest.mark.parametrize(
    "body",
    [b"{", b"[1]", b'{"Name": NaN}', b'{"Name": "\\ud800"}', b"[" * 100_000, b'{"Name": 1' + b"0" * 5000, b"\xff"],
)
def test_a_body_that_is_no_json_object_is_refused(api: Api, body: bytes) -> None:
    answer = api("POST", "/sobjects/Account", data=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_the_limits_are_those_that_a_real_org_lists(api: Api) -> None:
    told = api("GET", "/services/data/v55.0/limits").json()
    assert len(told) == 48
    assert told["DailyApiRequests"]["Max"] - told["DailyApiRequests"]["Remaining"] == api.org.instance.usage.used
    assert told["DailyBulkApiBatches"]["Workbench"] == {"Max": 0, "Remaining": 0}


def test_an_error_of_a_record_names_its_fields_even_if_there_are_none(api: Api) -> None:
    record_id = api.create("Account", Name="Gone")
    api("DELETE", f"/sobjects/Account/{record_id}")
    again = api("DELETE", f"/sobjects/Account/{record_id}")
    assert again.json() == [{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}]


def test_a_record_that_was_not_changed_is_not_returned_again(api: Api) -> None:
    record_id = api.create("Account", Name="Known")
    now = api.org.control.now()
    headers = {"If-Modified-Since": format_datetime(now + timedelta(seconds=1), usegmt=True)}
    known = api("GET", f"/sobjects/Account/{record_id}", headers=headers)
    api.org.control.shift_clock(60)
    api("PATCH", f"/sobjects/Account/{record_id}", json={"Fax": "1"})
    assert (known.status_code, known.content) == (304, b"")
    assert api("GET", f"/sobjects/Account/{record_id}", headers=headers).json()["Fax"] == "1"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_record_that_was_changed_since_is_not_overwritten(api: Api, method: str) -> None:
    record_id = api.create("Account", Name="Theirs")
    now = api.org.control.now()
    early, late = ({"If-Unmodified-Since": format_datetime(now + timedelta(hours=h), usegmt=True)} for h in (-1, 1))
    refused = api(method, f"/sobjects/Account/{record_id}", json={"Name": "Mine"}, headers=early)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (412, "PRECONDITION_FAILED")
    assert api("GET", f"/sobjects/Account/{record_id}").json()["Name"] == "Theirs"
    assert api(method, f"/sobjects/Account/{record_id}", json={"Name": "Mine"}, headers=late).status_code == 204


def test_a_condition_that_is_no_date_is_refused(api: Api) -> None:
    record_id = api.create("Account", Name="Undated")
    answer = api("GET", f"/sobjects/Account/{record_id}", headers={"If-Modified-Since": "yesterday"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_HEADER")


def test_a_query_is_explained_without_its_records(api: Api) -> None:
    ids = [api.create("Account", Name=f"Explained {number}") for number in range(2)]
    soql = "SELECT Id FROM Account WHERE Name LIKE 'Explained %'"
    answer = api("GET", "/query", params={"explain": soql}).json()
    wrong = api("GET", "/query", params={"explain": "SELECT Nothing FROM Account"})

    (plan,) = answer["plans"]
    assert answer["sourceQuery"] == soql
    assert (plan["cardinality"], plan["sobjectType"], plan["leadingOperationType"]) == (
        len(ids),
        "Account",
        "TableScan",
    )
    assert plan["sobjectCardinality"] == api.query("SELECT COUNT() FROM Account")["totalSize"]
    assert set(plan) >= {"fields", "notes", "relativeCost"}
    assert (wrong.status_code, wrong.json()[0]["errorCode"]) == (400, "INVALID_FIELD")


def test_limits_are_those_of_the_version(api: Api) -> None:
    older, newer, newest = (
        api("GET", f"/services/data/v{version}/limits").json() for version in ("55.0", "57.0", "66.0")
    )

    assert "BOZosCalloutHourlyLimit" in older
    assert "DailyAsyncApexTests" not in older
    assert "BOZosCalloutHourlyLimit" not in newer
    assert newer["PlatformEventTriggersWithParallelProcessing"] == {"Max": 5, "Remaining": 5}
    assert {"DailyAsyncApexTests", "DailyDeliveredPlatformEvents", "ScheduledFlowRunLimit"} < set(newer)
    assert set(newest) - set(newer) == {"DailyMetadataRetrievesWithDependencies"}


def test_userinfo_says_in_whole_seconds_when_the_user_was_changed(api: Api) -> None:
    updated_at = api("GET", "/services/oauth2/userinfo").json()["updated_at"]

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", updated_at)
