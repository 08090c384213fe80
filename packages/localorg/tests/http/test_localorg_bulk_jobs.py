"""Bulk API 2.0 jobs beyond the straight way: what they tell of themselves, uploads that are wrong, limits, lists."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from http_api import Api, read_csv

from localorg.bulk2.ingest import BATCHES_A_DAY
from localorg.bulk2.query import JOBS_A_DAY
from localorg.server import RunningOrg, running_org

CSV = {"Content-Type": "text/csv"}


def ingest(api: Api, operation: str, data: bytes | str, sobject: str = "Account", **more: Any) -> str:
    """The path of a job that has ended."""
    path = opened(api, operation, sobject, **more)
    body = data if isinstance(data, bytes) else data.encode()
    api("PUT", f"{path}/batches", data=body, headers=CSV).raise_for_status()
    api("PATCH", path, json={"state": "UploadComplete"}).raise_for_status()
    api.wait_for(path)
    return path


def opened(api: Api, operation: str = "insert", sobject: str = "Account", **more: Any) -> str:
    made = api("POST", "/jobs/ingest", json={"operation": operation, "object": sobject, **more})
    made.raise_for_status()
    return f"/jobs/ingest/{made.json()['id']}"


def rows(api: Api, path: str, kind: str) -> list[dict[str, str]]:
    return read_csv(api("GET", f"{path}/{kind}").content.decode())


def queried(api: Api, soql: str, **more: Any) -> str:
    path = f"/jobs/query/{api('POST', '/jobs/query', json={'operation': 'query', 'query': soql, **more}).json()['id']}"
    api.wait_for(path)
    return path


@pytest.fixture
def own_org(tmp_path: Path) -> Iterator[RunningOrg]:
    """An org whose allowance may be used up."""
    with running_org(tmp_path) as running:
        yield running


def refusal(answer: Any) -> tuple[int, str, str]:
    return answer.status_code, answer.json()[0]["errorCode"], answer.json()[0]["message"]


def test_a_job_tells_its_settings_first_and_what_became_of_it_later(api: Api) -> None:
    made = api("POST", "/jobs/ingest", json={"operation": "insert", "object": "account", "assignmentRuleId": "01Q"})
    path = f"/jobs/ingest/{made.json()['id']}"
    api("PUT", f"{path}/batches", data=b"Name\nTold\n", headers=CSV)
    begun = api("PATCH", path, json={"state": "UploadComplete"}).json()
    ended = api.wait_for(path)
    settings = {"id", "operation", "object", "createdById", "createdDate", "systemModstamp", "state", "contentType"}
    settings |= {"concurrencyMode", "apiVersion", "lineEnding", "columnDelimiter", "assignmentRuleId"}
    assert set(made.json()) == settings | {"contentUrl"}
    assert (made.json()["object"], made.json()["apiVersion"]) == ("Account", 59.0)
    assert set(begun) == settings
    counts = {"numberRecordsProcessed", "numberRecordsFailed", "retries", "totalProcessingTime"}
    counts |= {"apiActiveProcessingTime", "apexProcessingTime", "jobType", "isPkChunkingSupported"}
    assert set(ended) == settings | counts
    assert (ended["jobType"], ended["apexProcessingTime"]) == ("V2Ingest", 0)


def test_a_job_of_several_parts_brings_its_upload_and_begins(api: Api) -> None:
    job = json.dumps({"operation": "insert", "object": "Account"})
    parts = {
        "job": (None, job, "application/json"),
        "content": ("content", "Name\nIn one\nRequest\n", "text/csv"),
    }
    made = api("POST", "/jobs/ingest", files=parts).json()
    path = f"/jobs/ingest/{made['id']}"
    assert (made["state"], api.wait_for(path)["state"]) == ("UploadComplete", "JobComplete")
    assert {row["Name"] for row in rows(api, path, "successfulResults")} == {"In one", "Request"}


def test_an_upload_may_be_gzip_and_so_are_results(api: Api) -> None:
    path = opened(api)
    packed = gzip.compress(b"Name\n" + b"Packed\n" * 200)
    api("PUT", f"{path}/batches", data=packed, headers={**CSV, "Content-Encoding": "gzip"}).raise_for_status()
    api("PATCH", path, json={"state": "UploadComplete"})
    api.wait_for(path)
    answer = api("GET", f"{path}/successfulResults", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(read_csv(answer.content.decode())) == 200


def test_a_job_takes_one_upload(api: Api) -> None:
    path = opened(api)
    first, second = (api("PUT", f"{path}/batches", data=b"Name\nx\n", headers=CSV) for _ in range(2))
    assert first.status_code == 201
    assert refusal(second)[:2] == (400, "BULK_API_ERROR")
    assert "make sure you only do 'PUT' once" in refusal(second)[2]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"object": ""}, "InvalidJob : Unable to find object: "),
        (
            {"operation": "upsert", "externalIdFieldName": "Name"},
            "InvalidJob : Field name provided, Name does not match an External ID for Account",
        ),
        ({"operation": ""}, "Invalid value: '' supplied for property: 'operation'"),
        ({"contentType": "XML"}, "Invalid value: 'XML' supplied for property: 'contentType'"),
        ({"columnDelimiter": "DOT"}, "Invalid value: 'DOT' supplied for property: 'columnDelimiter'"),
        ({"lineEnding": "CR"}, "Invalid value: 'CR' supplied for property: 'lineEnding'"),
    ],
)
def test_settings_that_make_no_job_are_refused(api: Api, body: dict[str, str], message: str) -> None:
    answer = api("POST", "/jobs/ingest", json={"operation": "insert", "object": "Account", **body})
    assert (answer.status_code, answer.json()[0]["message"]) == (400, message)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "ClientInputError : Unable to find any data to create batch"),
        (b"\n\n", "ClientInputError : Unable to find any data to create batch"),
        (b"Name\n", "InvalidBatch : Records not found"),
        (b'Name\na "quote"\n', "InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote"),
        (b'Name,Site\n"a" b,c\n', "InvalidBatch : Failed to parse CSV. Not expecting more text after end quote"),
        (b'Name\n"never closed\n', "InvalidBatch : Failed to parse CSV. EOF reached before closing an opened quote"),
        (b'\xef\xbb\xbf"Name"\nx\n', "InvalidBatch : Failed to parse CSV. Found unescaped quote"),
        ("Name\nx\n".encode("utf-16"), "ClientInputError : The upload is not in UTF-8"),
        (
            b"Name,Description\nx," + b"d" * 32_001 + b"\n",
            "InvalidBatch : Failed to parse CSV. Exceeded max field size",
        ),
        (b"Name" + b",Site" * 5_000 + b"\nx\n", "InvalidBatch : Failed to parse CSV. Exceeded max number of columns"),
        (b"Name,NAME\nx,y\n", "InvalidBatch : Field name duplicated : NAME"),
        (b"Name,Nobody.Name\nx,y\n", "InvalidBatch : Field name not found : Nobody.Name"),
    ],
)
def test_an_upload_that_is_wrong_anywhere_fails_as_a_whole(api: Api, data: bytes, why: str) -> None:
    before = api.query("SELECT COUNT() FROM Account")["totalSize"]
    path = ingest(api, "insert", data)
    told = api("GET", path).json()
    assert told["state"] == "Failed"
    assert told["errorMessage"].startswith(why)
    assert api("GET", f"{path}/unprocessedrecords").content == data or not data
    assert api.query("SELECT COUNT() FROM Account")["totalSize"] == before


def test_a_record_of_more_than_400_000_characters_fails_the_job(api: Api) -> None:
    cells = ",".join("x" * 31_000 for _ in range(13))
    columns = "Name,Site,Sic,Phone,Fax,Website,AccountNumber,TickerSymbol,Description,Industry,Type,Rating,Ownership"
    path = ingest(api, "insert", f"{columns}\n{cells}\n")
    assert "Max length for one record should be less than or equal to 400000" in api("GET", path).json()["errorMessage"]


def test_blank_lines_are_no_rows_and_short_rows_lack_their_last_cells(api: Api) -> None:
    path = ingest(api, "insert", "Name,Site,Phone\n\nShort\n\nNul \x00 byte,s,1\nLong,s,2,3\n")
    assert {row["Name"] for row in rows(api, path, "successfulResults")} == {"Short", "Nul \x00 byte"}
    (failed,) = rows(api, path, "failedResults")
    assert failed["sf__Error"] == "INVALID_FIELD:The row has 4 cells, the header has 3:--"


def test_owners_are_found_by_a_key_of_one_of_their_kinds(api: Api) -> None:
    path = ingest(api, "insert", "Name,User:Owner.Username\nOwned,admin@localorg.example\nLost,nobody@x.example\n")
    (done,), (failed,) = rows(api, path, "successfulResults"), rows(api, path, "failedResults")
    owner = api.query(f"SELECT Owner.Username FROM Account WHERE Id = '{done['sf__Id']}'")["records"][0]["Owner"]
    assert owner["Username"] == "admin@localorg.example"
    assert (failed["Name"], failed["User:Owner.Username"]) == ("Lost", "nobody@x.example")
    assert "Foreign key external ID: nobody@x.example not found" in failed["sf__Error"]


def test_rows_with_a_key_that_comes_twice_among_200_all_fail(api: Api) -> None:
    rows_between = "".join(f"U-{number},One\n" for number in range(10, 208))
    upload = f"Customer_Key__c,Name\nU-1,One\nU-1,Two\n{rows_between}U-10,Again\n"
    path = ingest(api, "upsert", upload, externalIdFieldName="Customer_Key__c")
    failed = rows(api, path, "failedResults")
    assert [row["Name"] for row in failed] == ["One", "Two"]
    assert {row["sf__Error"] for row in failed} == {
        "DUPLICATE_VALUE:Duplicate external id specified: U-1:Customer_Key__c --"
    }
    assert len(rows(api, path, "successfulResults")) == 199
    assert api.query("SELECT Id FROM Account WHERE Customer_Key__c = 'U-1'")["totalSize"] == 0
    assert api.query("SELECT Name FROM Account WHERE Customer_Key__c = 'U-10'")["records"][0]["Name"] == "Again"


def test_rows_with_an_id_that_comes_twice_among_200_all_fail(api: Api) -> None:
    ids = [api.create("Account", Name="Before") for _ in range(2)]
    path = ingest(api, "update", f"Id,Name\n{ids[0]},One\n{ids[1]},Two\n{ids[0][:15]},Three\n")
    (done,) = rows(api, path, "successfulResults")
    assert done["Name"] == "Two"
    assert [row["sf__Error"] for row in rows(api, path, "failedResults")] == [
        f"DUPLICATE_VALUE:duplicate id in list: {ids[0]}:Id --",
        f"DUPLICATE_VALUE:duplicate id in list: {ids[0]}:Id --",
    ]


def test_an_upsert_by_id_makes_the_records_that_have_none(api: Api) -> None:
    record_id = api.create("Account", Name="Has an id")
    path = ingest(api, "upsert", f"Id,Name\n{record_id},Renamed\n,New\n", externalIdFieldName="Id")
    done = {row["Name"]: (row["sf__Created"], row["sf__Id"]) for row in rows(api, path, "successfulResults")}
    assert done["Renamed"] == ("false", record_id)
    assert done["New"][0] == "true"


def test_a_hard_delete_leaves_nothing_in_the_recycle_bin(api: Api) -> None:
    record_id = api.create("Account", Name="Gone for good")
    path = ingest(api, "hardDelete", f"Id\n{record_id}\n")
    assert [row["sf__Id"] for row in rows(api, path, "successfulResults")] == [record_id]
    found = api("GET", "/queryAll", params={"q": f"SELECT Id FROM Account WHERE Id = '{record_id}'"}).json()
    assert found["totalSize"] == 0


def test_unprocessed_rows_of_a_job_that_was_aborted_while_open_are_its_upload(api: Api) -> None:
    path = opened(api)
    api("PUT", f"{path}/batches", data=b"Name\nNever\n", headers=CSV)
    api("PATCH", path, json={"state": "Aborted"})
    again = api("PATCH", path, json={"state": "Aborted"})
    assert rows(api, path, "unprocessedrecords") == [{"Name": "Never"}]
    assert refusal(again) == (400, "INVALIDJOBSTATE", "Aborting already Aborted Job not allowed")


def test_a_job_cannot_begin_without_an_upload_nor_be_given_another_state(api: Api) -> None:
    path = opened(api)
    assert refusal(api("PATCH", path, json={"state": "UploadComplete"}))[:2] == (400, "INVALIDJOBSTATE")
    assert refusal(api("PATCH", path, json={"state": "JobComplete"}))[:2] == (400, "INVALIDJOBSTATE")
    assert refusal(api("GET", f"{path}/failedResults"))[:2] == (400, "INVALIDJOBSTATE")


def test_results_are_read_with_the_version_of_the_job(api: Api) -> None:
    path = queried(api, "SELECT Id FROM Account LIMIT 1")
    other = api("GET", f"/services/data/v60.0{path}/results")
    assert refusal(other)[:2] == (409, "INVALID_VERSION")
    assert api("GET", f"{path}/results").status_code == 200


def test_result_pages_can_be_read_beside_each_other(api: Api) -> None:
    path = queried(api, "SELECT Name FROM Profile")
    told = api("GET", f"{path}/resultPages").json()
    assert (len(told["resultPages"]), told["done"], told["nextRecordsUrl"]) == (1, True, None)
    page = api("GET", told["resultPages"][0]["resultUrl"])
    assert page.content == api("GET", f"{path}/results").content


def test_jobs_are_listed_by_kind_and_mode(api: Api) -> None:
    job_id = opened(api).rsplit("/", 1)[1]

    def listed(**params: str) -> set[str]:
        answer = api("GET", "/jobs/ingest", params=params).json()
        assert (answer["done"], answer["nextRecordsUrl"]) == (True, None)
        return {job["id"] for job in answer["records"]}

    assert job_id in listed() & listed(jobType="V2Ingest") & listed(concurrencyMode="parallel")
    assert listed(jobType="Classic") == listed(isPkChunkingEnabled="true") == listed(concurrencyMode="serial") == set()


def test_a_list_comes_in_pages_of_a_thousand_jobs(org: RunningOrg, api: Api) -> None:
    jobs = org.instance.ingest_jobs
    job = jobs.find(opened(api).rpartition("/")[2])
    for _ in range(1_000):
        jobs.add(lambda job_id: replace(job, id=job_id, folder=jobs.folder / job_id))
    first = api("GET", "/jobs/ingest").json()
    last = api("GET", first["nextRecordsUrl"]).json()
    assert (len(first["records"]), first["done"], last["done"]) == (1_000, False, True)
    assert not {job["id"] for job in first["records"]} & {job["id"] for job in last["records"]}
    assert refusal(api("GET", "/jobs/ingest", params={"queryLocator": "nonsense"}))[1] == "INVALID_QUERY_LOCATOR"
    org.control.shift_clock(8 * 24 * 3600)
    assert Api(org)("GET", "/jobs/ingest").json()["records"] == []


def test_jobs_are_gone_after_seven_days(org: RunningOrg, api: Api) -> None:
    path = queried(api, "SELECT Id FROM Profile")
    org.control.shift_clock(7 * 24 * 3600 + 60)
    assert refusal(Api(org)("GET", path))[:2] == (404, "NOT_FOUND")


def test_query_jobs_and_batches_are_limited_by_the_day(own_org: RunningOrg) -> None:
    org, api = own_org, Api(own_org)
    before = api("GET", "/limits").json()["DailyBulkV2QueryJobs"]["Remaining"]
    queried(api, "SELECT Id FROM Profile")
    assert api("GET", "/limits").json()["DailyBulkV2QueryJobs"]["Remaining"] == before - 1
    for _ in range(JOBS_A_DAY):
        org.instance.query_jobs.spend()
    for _ in range(BATCHES_A_DAY):
        org.instance.ingest_jobs.spend()
    full = api("POST", "/jobs/query", json={"operation": "query", "query": "SELECT Id FROM Profile"})
    assert refusal(full)[:2] == (400, "LIMIT_EXCEEDED")
    assert f"Max bulk v2 query jobs ({JOBS_A_DAY}) per 24 hrs has been reached" in refusal(full)[2]
    assert "ExceededQuota" in api("GET", ingest(api, "insert", "Name\nx\n")).json()["errorMessage"]
    org.control.shift_clock(25 * 3600)
    assert Api(org).query("SELECT COUNT() FROM Profile")["totalSize"] == 2
    assert queried(Api(org), "SELECT Id FROM Profile")


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT COUNT(Id) FROM Account",
        "SELECT Industry FROM Account GROUP BY Industry",
        "SELECT Id FROM Account LIMIT 1 OFFSET 1",
        "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
        "SELECT BillingAddress FROM Account",
        "SELECT TYPEOF Who WHEN Contact THEN Email END FROM Task",
    ],
)
def test_queries_that_the_bulk_api_does_not_take_are_refused(api: Api, soql: str) -> None:
    answer = api("POST", "/jobs/query", json={"operation": "query", "query": soql})
    assert refusal(answer)[:2] == (400, "API_ERROR")


@pytest.mark.parametrize("kind", ["job_failed", "job_aborted"])
def test_a_query_job_that_did_not_end_well_has_no_results(org: RunningOrg, api: Api, kind: str) -> None:
    org.control.order(kind, "jobs/query", method="POST")
    path = queried(api, "SELECT Id FROM Profile")
    assert refusal(api("GET", f"{path}/results"))[:2] == (400, "INVALIDJOBSTATE")
    assert api("DELETE", path).status_code == 204


@pytest.mark.parametrize("most", ["0", "-1", "x", "1.5", "²"])
def test_a_number_of_records_that_is_none_is_refused(api: Api, most: str) -> None:
    path = queried(api, "SELECT Id FROM Profile")
    assert refusal(api("GET", f"{path}/results", params={"maxRecords": most}))[:2] == (400, "INVALID_ARGUMENT")
