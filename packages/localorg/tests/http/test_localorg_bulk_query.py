from __future__ import annotations

import base64
from typing import Any

import pytest
from http_api import Api, read_csv
from simple_salesforce import Salesforce

from localorg.server import RunningOrg

NUMBER = 1_250
SOQL = "SELECT Id, Subject, Description FROM Case WHERE Subject LIKE 'Exported %' ORDER BY Subject"


@pytest.fixture(scope="module", autouse=True)
def cases(shared_org: RunningOrg) -> None:
    text = 'Line one,\nline "two" – ✓'
    rows = [
        {"Subject": f"Exported {number:05d}", "Description": text if number % 2 else ""} for number in range(NUMBER)
    ]
    shared_org.org.insert_many("Case", rows)


def start(api: Api, soql: str = SOQL, **more: Any) -> str:
    answer = api("POST", "/jobs/query", json={"operation": "query", "query": soql, **more})
    answer.raise_for_status()
    return f"/jobs/query/{answer.json()['id']}"


def test_a_job_is_seen_to_begin_to_work_and_to_end(api: Api) -> None:
    made = api("POST", "/jobs/query", json={"operation": "queryAll", "query": SOQL}).json()
    path = f"/jobs/query/{made['id']}"
    first_look = api("GET", path).json()
    ended = api.wait_for(path)
    assert made["id"].startswith("750")
    assert (made["state"], made["operation"], made["object"]) == ("UploadComplete", "queryAll", "Case")
    assert (made["apiVersion"], made["columnDelimiter"], made["lineEnding"]) == (59.0, "COMMA", "LF")
    assert (first_look["state"], ended["state"]) == ("InProgress", "JobComplete")
    assert (ended["numberRecordsProcessed"], ended["jobType"]) == (NUMBER, "V2Query")


def test_results_come_in_pages_that_each_have_the_header(api: Api) -> None:
    path = start(api)
    api.wait_for(path)
    rows, locator, sizes = [], None, []
    while locator != "null":
        parameters = {"maxRecords": "500", **({"locator": locator} if locator else {})}
        page = api("GET", f"{path}/results", params=parameters)
        rows += read_csv(page.content.decode())
        locator = page.headers["Sforce-Locator"]
        sizes.append(int(page.headers["Sforce-NumberOfRecords"]))
        assert page.headers["Content-Type"] == "text/csv"
        assert page.content.startswith(b'"Id","Subject","Description"\n')
    assert sizes == [500, 500, 250]
    assert [row["Subject"] for row in rows] == [f"Exported {number:05d}" for number in range(NUMBER)]
    assert {row["Description"] for row in rows} == {'Line one,\nline "two" – ✓', ""}


def test_a_locator_is_base64_without_padding_and_leads_to_the_same_page_again(api: Api) -> None:
    path = start(api)
    api.wait_for(path)
    locator = api("GET", f"{path}/results", params={"maxRecords": "7"}).headers["Sforce-Locator"]
    decoded = base64.b64decode(locator + "=" * (-len(locator) % 4)).decode()
    pages = [api("GET", f"{path}/results", params={"locator": locator}).content for _ in range(2)]
    assert "=" not in locator
    assert path.rsplit("/", 1)[1] in decoded
    assert pages[0] == pages[1]


def test_results_stay_as_they_were_when_records_change(api: Api) -> None:
    record_id = api.create("Case", Subject="Before")
    path = start(api, f"SELECT Subject FROM Case WHERE Id = '{record_id}'")
    api.wait_for(path)
    api("PATCH", f"/sobjects/Case/{record_id}", json={"Subject": "After"})
    assert api("GET", f"{path}/results").content == b'"Subject"\n"Before"\n'
    api("DELETE", f"/sobjects/Case/{record_id}")


def test_an_empty_result_is_a_header(api: Api) -> None:
    path = start(api, "SELECT Id FROM Case WHERE Subject = 'none'")
    api.wait_for(path)
    answer = api("GET", f"{path}/results")
    assert answer.content == b'"Id"\n'
    assert (answer.headers["Sforce-NumberOfRecords"], answer.headers["Sforce-Locator"]) == ("0", "null")


def test_delimiter_and_line_ending_are_those_of_the_job(api: Api) -> None:
    path = start(api, "SELECT Id, Subject FROM Case LIMIT 1", columnDelimiter="PIPE", lineEnding="CRLF")
    api.wait_for(path)
    assert api("GET", f"{path}/results").content.startswith(b'"Id"|"Subject"\r\n')


@pytest.mark.parametrize("locator", ["nonsense", "MDowR2FIbjAwMDAwNXMyVDRLQUk6MQ"])
def test_a_locator_of_another_job_is_refused(api: Api, locator: str) -> None:
    path = start(api)
    api.wait_for(path)
    answer = api("GET", f"{path}/results", params={"locator": locator})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"operation": "query", "query": "SELECT Nope FROM Case"}, "INVALID_FIELD"),
        ({"operation": "query", "query": "SELECT COUNT(Id) FROM Case"}, "API_ERROR"),
        ({"operation": "delete", "query": SOQL}, "API_ERROR"),
        ({"operation": "query", "query": SOQL, "columnDelimiter": "DOT"}, "API_ERROR"),
    ],
)
def test_a_job_that_cannot_run_is_refused_at_once(api: Api, body: dict[str, str], code: str) -> None:
    answer = api("POST", "/jobs/query", json=body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_results_need_a_job_that_is_complete(api: Api) -> None:
    path = start(api)
    answer = api("GET", f"{path}/results")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")


def test_a_job_can_be_aborted_and_deleted(api: Api) -> None:
    path = start(api)
    aborted = api("PATCH", path, json={"state": "Aborted"}).json()
    looked = api("GET", path).json()
    again = api("PATCH", path, json={"state": "Aborted"})
    deleted = api("DELETE", path)
    assert (aborted["state"], looked["state"]) == ("Aborted", "Aborted")
    assert (again.status_code, again.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    assert (deleted.status_code, api("GET", path).status_code) == (204, 404)


def test_jobs_are_listed(api: Api) -> None:
    path = start(api)
    assert path.rsplit("/", 1)[1] in {job["id"] for job in api("GET", "/jobs/query").json()["records"]}


@pytest.mark.parametrize(("kind", "state"), [("job_failed", "Failed"), ("job_aborted", "Aborted")])
def test_a_job_fails_or_is_aborted_on_demand(org: RunningOrg, api: Api, kind: str, state: str) -> None:
    org.control.order(kind, "jobs/query", method="POST", message="InternalServerError : out of luck")
    told = api.wait_for(start(api))
    assert told["state"] == state
    assert told.get("errorMessage") == ("InternalServerError : out of luck" if state == "Failed" else None)
    assert api.wait_for(start(api))["state"] == "JobComplete"


def test_simple_salesforce_reads_all_pages(sf: Salesforce) -> None:
    pages = sf.bulk2.Case.query(SOQL, max_records=600, wait=0)
    rows = [row for page in pages for row in read_csv(page)]
    assert [row["Subject"] for row in rows] == [f"Exported {number:05d}" for number in range(NUMBER)]
