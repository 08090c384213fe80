"""Faults of pages and bodies, faults by chance, and errors that proxies give."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import pytest
import requests
from http_api import Api

from localorg.errors import OrgError
from localorg.faults import Faults
from localorg.server import RunningOrg
from localorg.state.concurrency import LongRequests

PAGE = {"Sforce-Query-Options": "batchSize=200"}


def made(api: Api, name: str, number: int) -> str:
    """The query for so many new accounts, in their order."""
    api.org.org.insert_many("Account", [{"Name": f"{name} {i:04}"} for i in range(number)])
    return f"SELECT Name FROM Account WHERE Name LIKE '{name} %' ORDER BY Name"


def pages_of(api: Api, soql: str) -> list[dict[str, Any]]:
    """Every page until one says that it is the last, at most ten."""
    pages = [api.query(soql, headers=PAGE)]
    while not pages[-1]["done"] and len(pages) < 10:
        pages.append(dict(api("GET", pages[-1]["nextRecordsUrl"], headers=PAGE).json()))
    return pages


def test_a_short_page_is_read_on_without_loss(org: RunningOrg, api: Api) -> None:
    soql = made(api, "Page cut short", 500)
    org.control.order("short_page", "/query", records=30, count=1)
    pages = pages_of(api, soql)
    assert [len(page["records"]) for page in pages] == [170, 200, 130]
    assert len({record["Name"] for page in pages for record in page["records"]}) == 500


def test_a_page_that_lost_rows_says_it_is_the_last_and_only_the_total_betrays_it(org: RunningOrg, api: Api) -> None:
    soql = made(api, "Page that lost rows", 500)
    org.control.order("lost_rows", "/query", skip=1, records=50)
    pages = pages_of(api, soql)
    assert [len(page["records"]) for page in pages] == [200, 150]
    assert (pages[-1]["done"], pages[-1]["totalSize"]) == (True, 500)


def test_a_repeated_page_brings_the_records_of_the_one_before_once_more(org: RunningOrg, api: Api) -> None:
    soql = made(api, "Page repeated", 500)
    org.control.order("repeat_page", "/query/0r8", count=1)
    names = [[record["Name"] for record in page["records"]] for page in pages_of(api, soql)]
    assert [len(page) for page in names] == [200, 200, 200, 100]
    assert names[0] == names[1]
    assert len({name for page in names for name in page}) == 500


def test_a_connection_is_reset_in_the_middle_of_an_answer(org: RunningOrg, api: Api) -> None:
    org.control.order("reset", "/describe", when="middle")
    with pytest.raises(requests.RequestException):
        api("GET", "/sobjects/Account/describe")
    assert api("GET", "/sobjects/Account/describe").status_code == 200


def test_an_answer_that_only_claims_to_be_gzip_cannot_be_unpacked(org: RunningOrg, api: Api) -> None:
    org.control.order("garbage", "/limits")
    with pytest.raises(requests.exceptions.ContentDecodingError):
        api("GET", "/limits")
    assert api("GET", "/limits").status_code == 200


def test_a_proxy_answers_in_html(org: RunningOrg, api: Api) -> None:
    org.control.order("html", "/limits")
    answer = api("GET", "/limits")
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html")
    assert answer.text.startswith("<html>")


def test_an_error_known_by_its_code_needs_neither_status_nor_message(org: RunningOrg, api: Api) -> None:
    org.control.order("status", "/limits", code="API_DISABLED_FOR_ORG")
    answer = api("GET", "/limits")
    told = [{"message": "The REST API is not enabled for this Organization.", "errorCode": "API_DISABLED_FOR_ORG"}]
    assert (answer.status_code, answer.json()) == (403, told)


def fired(**wish: Any) -> list[bool]:
    """On which of 200 calls a fault fires."""
    faults = Faults()
    faults.order({"kind": "status", "count": None, **wish})
    return [faults.take("GET", "/any", "") is not None for _ in range(200)]


def test_a_fault_by_chance_fires_on_the_same_calls_for_the_same_seed() -> None:
    assert fired(probability=0.25, seed=7) == fired(probability=0.25, seed=7)
    assert fired(probability=0.25, seed=7) != fired(probability=0.25, seed=8)


def test_a_fault_by_chance_fires_on_about_its_share_of_the_calls() -> None:
    assert 30 <= sum(fired(probability=0.25, seed=1)) <= 70
    assert sum(fired(probability=0.0)) == 0
    assert sum(fired(probability=1.0)) == 200


def test_a_fault_by_chance_still_stops_after_its_count() -> None:
    assert sum(fired(probability=0.5, seed=3, count=4)) == 4


@pytest.mark.parametrize("wish", [{"positions": [1]}, {"ids": None}])
def test_chosen_records_of_a_call_are_locked(org: RunningOrg, api: Api, wish: dict[str, Any]) -> None:
    ids = [api.create("Account", Name=f"Chosen {i}") for i in range(3)]
    org.control.order("lock", "composite/sobjects", **({"ids": [ids[1][:15]]} if "ids" in wish else wish))
    records = [{"attributes": {"type": "Account"}, "Id": record_id, "Fax": "1"} for record_id in ids]
    results = api("PATCH", "/composite/sobjects", json={"records": records}).json()
    assert [result["success"] for result in results] == [True, False, True]
    assert results[1]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"


def test_a_record_that_is_locked_by_its_id_is_locked_wherever_it_is_written(org: RunningOrg, api: Api) -> None:
    locked, free = api.create("Account", Name="Locked"), api.create("Account", Name="Free")
    org.control.order("lock", "", ids=[locked], count=None)
    statuses = [
        api(verb, f"/sobjects/Account/{i}", json={"Fax": "1"}).status_code
        for verb in ("PATCH", "DELETE")
        for i in (locked, free)
    ]
    assert statuses == [400, 204, 400, 204]


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"kind": "status", "count": "often"},
        {"kind": "latency", "seconds": "long"},
        {"kind": "lock", "ids": [1]},
        {"kind": "lock", "positions": ["first"]},
        {"kind": "status", "path": None},
        {"kind": "status", "when": "never"},
    ],
)
def test_an_order_of_the_wrong_form_is_refused(org: RunningOrg, wish: dict[str, Any]) -> None:
    answer = requests.post(f"{org.base_url}/localorg/faults", json=wish, timeout=20)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FAULT")


def ask(org: RunningOrg, method: str = "GET", path: str = "/limits", body: str | None = None) -> HTTPConnection:
    """A call whose answer nobody reads."""
    connection = HTTPConnection(org.base_url.removeprefix("http://"))
    headers = {"Authorization": f"Bearer {org.access_token()}"}
    connection.request(method, f"/services/data/v59.0{path}", body, headers)
    return connection


def comes_true(condition: Callable[[], bool]) -> bool:
    """Whether it is so at one of many looks, each of which takes a call."""
    return any(condition() for _ in range(2_000))


def test_the_org_acts_on_a_delayed_call_even_if_the_client_has_left(org: RunningOrg, api: Api) -> None:
    soql = "SELECT COUNT() FROM Account WHERE Name = 'Late but made'"
    org.control.order("latency", "/sobjects/Account", seconds=3600)
    call = ask(org, "POST", "/sobjects/Account", '{"Name": "Late but made"}')
    assert comes_true(lambda: org.control.limits()["long"] == 1)
    assert api.query(soql)["totalSize"] == 0
    call.close()
    assert comes_true(lambda: api.query(soql)["totalSize"] == 1)


def test_an_answer_that_was_delayed_is_the_usual_one(org: RunningOrg, api: Api) -> None:
    org.control.order("latency", "/limits", seconds=0.01)
    assert "DailyApiRequests" in api("GET", "/limits").json()
    assert org.instance.calls.last()[0].fault == "latency"


def test_no_more_requests_may_take_long_at_once_than_the_limit(org: RunningOrg, api: Api) -> None:
    org.control.set_limits(long_requests=2)
    org.control.order("latency", "/limits", seconds=3600, count=2)
    calls = [ask(org), ask(org)]
    assert comes_true(lambda: org.control.limits()["long"] == 2)
    refused = api("GET", "/sobjects").status_code
    for call in calls:
        call.close()
    assert comes_true(lambda: org.control.limits()["long"] == 0)
    served = api("GET", "/sobjects").status_code
    org.control.set_limits(long_requests=25)
    assert (refused, served) == (403, 200)


def test_the_error_for_a_request_too_many_says_why() -> None:
    busy = LongRequests(maximum=1)
    with busy.running(is_held=True), pytest.raises(OrgError) as refused, busy.running():
        pass
    assert (refused.value.status, refused.value.code) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert refused.value.message == "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    with busy.running():
        assert busy.number == 0


def test_the_quota_can_be_set_and_spent_on_demand(org: RunningOrg, api: Api) -> None:
    maximum = org.instance.usage.maximum
    told = org.control.set_limits(api_requests=10, used=9)
    statuses = [api("GET", "/limits").status_code for _ in range(2)]
    org.control.set_limits(api_requests=maximum, used=0)
    assert (told["api_requests"], told["used"]) == (10, 9)
    assert statuses == [200, 403]
    assert api("GET", "/limits").status_code == 200


@pytest.mark.parametrize("limits", [{"requests": 1}, {"used": -1}, {"used": "many"}])
def test_a_limit_that_makes_no_sense_is_refused(org: RunningOrg, limits: dict[str, Any]) -> None:
    answer = requests.post(f"{org.base_url}/localorg/limits", json=limits, timeout=20)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_LIMITS")
