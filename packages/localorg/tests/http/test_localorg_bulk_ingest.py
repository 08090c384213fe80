from __future__ import annotations

from typing import Any

import pytest
from http_api import Api, read_csv
from simple_salesforce import Salesforce

from localorg.server import RunningOrg


def ingest(api: Api, operation: str, data: str, sobject: str = "Account", **more: Any) -> str:
    """The path of a job that has ended."""
    made = api("POST", "/jobs/ingest", json={"operation": operation, "object": sobject, **more})
    made.raise_for_status()
    path = f"/jobs/ingest/{made.json()['id']}"
    api("PUT", f"{path}/batches", data=data.encode(), headers={"Content-Type": "text/csv"}).raise_for_status()
    api("PATCH", path, json={"state": "UploadComplete"}).raise_for_status()
    api.wait_for(path)
    return path


def results(api: Api, path: str, kind: str, delimiter: str = ",") -> list[dict[str, str]]:
    return read_csv(api("GET", f"{path}/{kind}").content.decode(), delimiter)


def test_a_job_goes_through_all_of_its_states(api: Api) -> None:
    made = api("POST", "/jobs/ingest", json={"operation": "insert", "object": "Account", "contentType": "CSV"}).json()
    path = f"/jobs/ingest/{made['id']}"
    uploaded = api("PUT", f"/{made['contentUrl'].partition('v59.0/')[2]}", data=b"Name\nStates\n")
    closed = api("PATCH", f"{path}/", json={"state": "UploadComplete"}).json()
    first_look, ended = api("GET", path).json(), api.wait_for(path)
    assert made["contentUrl"] == f"services/data/v59.0/jobs/ingest/{made['id']}/batches"
    assert (uploaded.status_code, uploaded.content) == (201, b"")
    states = [told["state"] for told in (made, closed, first_look, ended)]
    assert states == ["Open", "UploadComplete", "InProgress", "JobComplete"]
    assert (ended["numberRecordsProcessed"], ended["numberRecordsFailed"], ended["apiVersion"]) == (1, 0, 59.0)


def test_the_results_list_each_row_as_successful_or_failed_with_its_own_cells(api: Api) -> None:
    data = 'Name,Description\n"Ingested, 1","Line\nbreak"\n,nameless\nIngested 2,\n'
    path = ingest(api, "insert", data)
    done, failed = results(api, path, "successfulResults"), results(api, path, "failedResults")
    assert {(row["sf__Created"], row["Name"], row["Description"]) for row in done} == {
        ("true", "Ingested, 1", "Line\nbreak"),
        ("true", "Ingested 2", ""),
    }
    assert failed == [
        {
            "sf__Id": "",
            "sf__Error": "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --",
            "Name": "",
            "Description": "nameless",
        }
    ]
    assert (
        api.query(f"SELECT Name FROM Account WHERE Id = '{done[0]['sf__Id']}'")["records"][0]["Name"] == done[0]["Name"]
    )
    assert api("GET", path).json()["numberRecordsFailed"] == 1
    assert results(api, path, "unprocessedRecords") == []


def test_an_empty_cell_changes_nothing_and_na_empties_the_field(api: Api) -> None:
    record_id = api.create("Account", Name="Cells", Phone="1", Fax="2", NumberOfEmployees=3)
    path = ingest(api, "update", f"Id,Phone,Fax,NumberOfEmployees\n{record_id},,#N/A,7\n")
    read = api("GET", f"/sobjects/Account/{record_id}").json()
    assert (read["Phone"], read["Fax"], read["NumberOfEmployees"]) == ("1", None, 7)
    assert results(api, path, "successfulResults")[0]["sf__Created"] == "false"


def test_rows_are_upserted_by_external_id_and_find_parents_by_theirs(api: Api) -> None:
    parent = api.create("Account", Name="Parent", Customer_Key__c="P-1")
    api("PATCH", "/sobjects/Site_Visit__c/Visit_Key__c/V-1", json={"Hours__c": 1})
    data = (
        "Visit_Key__c,Account__r.Customer_Key__c,Hours__c,Done__c,Visited_On__c\n"
        "V-1,P-1,2.5,true,2026-03-01\nV-2,P-1,3,false,\nV-3,P-9,1,false,\n"
    )
    path = ingest(api, "upsert", data, "Site_Visit__c", externalIdFieldName="Visit_Key__c")
    done = {row["Visit_Key__c"]: row["sf__Created"] for row in results(api, path, "successfulResults")}
    (failed,) = results(api, path, "failedResults")
    visit = api("GET", "/sobjects/Site_Visit__c/Visit_Key__c/V-1").json()
    assert done == {"V-1": "false", "V-2": "true"}
    assert "Foreign key external ID: P-9 not found" in failed["sf__Error"]
    assert (visit["Account__c"], visit["Hours__c"], visit["Done__c"], visit["Visited_On__c"]) == (
        parent,
        2.5,
        True,
        "2026-03-01",
    )


def test_rows_are_deleted_by_id(api: Api) -> None:
    record_id = api.create("Account", Name="Bulk deleted")
    path = ingest(api, "delete", f"Id\n{record_id}\n{record_id}\n")
    assert len(results(api, path, "successfulResults")) == 1
    (failed,) = results(api, path, "failedResults")
    assert (failed["sf__Id"], failed["sf__Error"]) == (record_id, "ENTITY_IS_DELETED:entity is deleted:--")


def test_the_order_of_the_rows_is_not_kept(api: Api) -> None:
    names = [f"Order {number:03d}" for number in range(150)]
    path = ingest(api, "insert", "Name\n" + "\n".join(names) + "\n")
    told = [row["Name"] for row in results(api, path, "successfulResults")]
    assert told != names
    assert sorted(told) == names


@pytest.mark.parametrize(
    ("name", "delimiter"), [("SEMICOLON", ";"), ("TAB", "\t"), ("PIPE", "|"), ("CARET", "^"), ("BACKQUOTE", "`")]
)
def test_other_delimiters_and_line_endings_are_read_and_written(api: Api, name: str, delimiter: str) -> None:
    data = f"Name{delimiter}Phone\r\nDelimited{delimiter}1,5\r\n"
    path = ingest(api, "insert", data, columnDelimiter=name, lineEnding="CRLF")
    (row,) = results(api, path, "successfulResults", delimiter)
    assert (row["Name"], row["Phone"]) == ("Delimited", "1,5")
    assert api("GET", f"{path}/successfulResults").content.endswith(b"\r\n")


@pytest.mark.parametrize(
    ("data", "more", "message"),
    [
        (
            "Name\r\nx\r\n",
            {},
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF",
        ),
        ("Name,Industryy\nx,y\n", {}, "InvalidBatch : Field name not found : Industryy"),
        ("Name\nx\n", {"operation": "update"}, "InvalidBatch : Field name not found : Id"),
    ],
)
def test_an_upload_that_is_wrong_as_a_whole_fails_the_job(
    api: Api, data: str, more: dict[str, str], message: str
) -> None:
    path = ingest(api, more.get("operation", "insert"), data)
    told = api("GET", path).json()
    assert (told["state"], told["errorMessage"], told["numberRecordsProcessed"]) == ("Failed", message, 0)
    assert api("GET", f"{path}/unprocessedrecords").content.decode() == data
    assert results(api, path, "successfulResults") == []


def test_an_upload_that_is_not_utf8_fails_the_job(api: Api) -> None:
    made = api("POST", "/jobs/ingest", json={"operation": "insert", "object": "Account"}).json()
    path = f"/jobs/ingest/{made['id']}"
    api("PUT", f"{path}/batches", data=b"Name\n\xff\xfe\n")
    api("PATCH", path, json={"state": "UploadComplete"})
    told = api.wait_for(path)
    assert told["state"] == "Failed"
    assert told["errorMessage"].startswith("ClientInputError : The upload is not in UTF-8")


def test_an_open_job_can_be_aborted_and_deleted(api: Api) -> None:
    made = api("POST", "/jobs/ingest", json={"operation": "insert", "object": "Account"}).json()
    path = f"/jobs/ingest/{made['id']}"
    early = api("DELETE", path)
    aborted = api("PATCH", path, json={"state": "Aborted"}).json()
    upload = api("PUT", f"{path}/batches", data=b"Name\nx\n")
    assert (early.status_code, early.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    assert aborted["state"] == "Aborted"
    assert (upload.status_code, upload.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    assert (api("DELETE", path).status_code, api("GET", path).status_code) == (204, 404)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"operation": "insert", "object": "Nope"}, "INVALIDJOB"),
        ({"operation": "guess", "object": "Account"}, "API_ERROR"),
        ({"operation": "upsert", "object": "Account"}, "INVALIDJOB"),
    ],
)
def test_a_job_that_cannot_run_is_refused(api: Api, body: dict[str, str], code: str) -> None:
    answer = api("POST", "/jobs/ingest", json=body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


@pytest.mark.parametrize(("kind", "state"), [("job_failed", "Failed"), ("job_aborted", "Aborted")])
def test_a_job_that_ends_halfway_leaves_rows_unprocessed(org: RunningOrg, api: Api, kind: str, state: str) -> None:
    org.control.order(kind, "jobs/ingest", method="POST", records=2)
    path = ingest(api, "insert", "Name\n" + "".join(f"{kind} {number}\n" for number in range(5)))
    assert api("GET", path).json()["state"] == state
    assert len(results(api, path, "successfulResults")) == 2
    assert [row["Name"] for row in results(api, path, "unprocessedrecords")] == [f"{kind} {n}" for n in (2, 3, 4)]


def test_rows_are_locked_on_demand(org: RunningOrg, api: Api) -> None:
    org.control.order("lock", "jobs/ingest/", method="PATCH", records=1)
    path = ingest(api, "insert", "Name\nLocked\nFree\n")
    (failed,) = results(api, path, "failedResults")
    assert (failed["Name"], failed["sf__Error"].split(":")[0]) == ("Locked", "UNABLE_TO_LOCK_ROW")
    assert len(results(api, path, "successfulResults")) == 1


def test_simple_salesforce_runs_a_job_and_reads_its_results(sf: Salesforce) -> None:
    (told,) = sf.bulk2.Account.insert(records=[{"Name": "By bulk2", "Site": ""}, {"Name": "", "Site": "x"}], wait=0)
    assert (told["numberRecordsProcessed"], told["numberRecordsFailed"]) == (2, 1)
    assert "REQUIRED_FIELD_MISSING" in sf.bulk2.Account.get_failed_records(told["job_id"])
    assert "By bulk2" in sf.bulk2.Account.get_successful_records(told["job_id"])
    assert len(sf.bulk2.Account.get_unprocessed_records(told["job_id"]).splitlines()) == 1
