"""The Bulk API 1.0 in its three formats, as the recordings of CumulusCI show it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from http_api import Api

from localorg.server import RunningOrg, running_org

NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
XML, JSON = {"Content-Type": "application/xml; charset=UTF-8"}, {"Content-Type": "application/json; charset=UTF-8"}


class Bulk:
    """Calls below /services/async/59.0."""

    def __init__(self, org: RunningOrg) -> None:
        self.url = f"{org.base_url}/services/async/59.0"
        self.session = {"X-SFDC-Session": org.access_token()}

    def __call__(self, method: str, path: str, body: str | bytes = b"", **headers: str) -> requests.Response:
        data = body.encode() if isinstance(body, str) else body
        return requests.request(method, self.url + path, data=data, headers={**self.session, **headers}, timeout=20)

    def open(self, content_type: str, operation: str, sobject: str = "Account", **more: str) -> str:
        """The path of a new job."""
        wish = {"operation": operation, "object": sobject, "contentType": content_type, **more}
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in wish.items())
        answer = self("POST", "/job", f'<jobInfo xmlns="{NAMESPACE}">{inner}</jobInfo>', **XML)
        assert answer.status_code == 201, answer.text
        return f"/job/{facts(answer)['id']}"

    def run(self, content_type: str, operation: str, body: str | bytes, sobject: str = "Account", **more: str) -> str:
        """The path of a batch that has ended."""
        job = self.open(content_type, operation, sobject, **more)
        added = self("POST", f"{job}/batch", body)
        assert added.status_code == 201, added.text
        batch = f"{job}/batch/{(added.json() if content_type == 'JSON' else facts(added))['id']}"
        self("POST", job, json.dumps({"state": "Closed"}), **JSON)
        return self.wait(batch)

    def wait(self, batch: str) -> str:
        """The path of the batch, once it has ended."""
        while True:
            told = self("GET", batch)
            is_json = told.headers["Content-Type"] == "application/json"
            if (told.json() if is_json else facts(told))["state"] not in ("Queued", "InProgress"):
                return batch

    def result(self, batch: str) -> requests.Response:
        """The one result of a query."""
        listed = self("GET", f"{batch}/result")
        is_json = listed.headers["Content-Type"] == "application/json"
        (found,) = listed.json() if is_json else [part.text for part in ElementTree.fromstring(listed.content)]
        return self("GET", f"{batch}/result/{found}")


@pytest.fixture
def bulk(org: RunningOrg) -> Bulk:
    return Bulk(org)


def facts(answer: requests.Response) -> dict[str, str]:
    """The elements of a flat document by name; all must be of the one namespace."""
    root = ElementTree.fromstring(answer.content)
    return {part.tag.removeprefix(f"{{{NAMESPACE}}}"): part.text or "" for part in root}


def table(answer: requests.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def test_a_job_in_xml_has_its_counts_in_the_recorded_order(bulk: Bulk) -> None:
    job = bulk.open("CSV", "upsert", externalIdFieldName="Customer_Key__c")

    told = bulk("GET", job)

    assert told.headers["Content-Type"] == "application/xml"
    assert " ".join(facts(told)) == (
        "id operation object createdById createdDate systemModstamp state externalIdFieldName concurrencyMode "
        "contentType numberBatchesQueued numberBatchesInProgress numberBatchesCompleted numberBatchesFailed "
        "numberBatchesTotal numberRecordsProcessed numberRetries apiVersion numberRecordsFailed totalProcessingTime "
        "apiActiveProcessingTime apexProcessingTime"
    )
    assert (facts(told)["state"], facts(told)["apiVersion"], len(facts(told)["id"])) == ("Open", "59.0", 18)
    assert facts(told)["createdDate"].endswith(".000Z")
    assert "<batchInfoList" in bulk("GET", f"{job}/batch").text


def test_csv_rows_come_back_in_order_with_what_became_of_them(bulk: Bulk, api: Api) -> None:
    body = '"Name","Phone"\r\n"One, CSV","1"\r\n"","2"\r\n"Two CSV","#N/A"\r\n'

    batch = bulk.run("CSV", "insert", body)
    answer = bulk("GET", f"{batch}/result")

    rows = table(answer)
    assert answer.text.splitlines()[0] == '"Id","Success","Created","Error"'
    assert [(row["Success"], row["Created"]) for row in rows] == [
        ("true", "true"),
        ("false", "false"),
        ("true", "true"),
    ]
    assert rows[1]["Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"
    assert api("GET", f"/sobjects/Account/{rows[0]['Id']}").json()["Name"] == "One, CSV"
    assert bulk("GET", f"{batch}/request").content.decode() == body
    told = facts(bulk("GET", batch))
    assert (told["state"], told["numberRecordsProcessed"], told["numberRecordsFailed"]) == ("Completed", "3", "1")
    assert facts(bulk("GET", batch.partition("/batch")[0]))["numberBatchesCompleted"] == "1"


def test_xml_rows_set_texts_nulls_and_parents_and_come_back_as_xml(bulk: Bulk, api: Api) -> None:
    parent = api.create("Account", Name="XML parent", Customer_Key__c="XML-P")
    known = api.create("Site_Visit__c", Visit_Key__c="XML-1", Notes__c="old")
    body = (
        f'<?xml version="1.0"?><sObjects xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<sObject><Visit_Key__c>XML-1</Visit_Key__c><Notes__c xsi:nil="true"/><Hours__c>2.5</Hours__c>'
        "<Account__r><sObject><Customer_Key__c>XML-P</Customer_Key__c></sObject></Account__r></sObject>"
        "<sObject><Visit_Key__c>XML-2</Visit_Key__c><Hours__c>many</Hours__c></sObject></sObjects>"
    )

    batch = bulk.run("XML", "upsert", body, "Site_Visit__c", externalIdFieldName="Visit_Key__c")

    done, failed = ElementTree.fromstring(bulk("GET", f"{batch}/result").content)
    name = f"{{{NAMESPACE}}}"
    assert [part.text for part in done] == [known, "true", "false"]
    assert failed.findtext(f"{name}success") == "false"
    assert failed.findtext(f"{name}errors/{name}fields") == "Hours__c"
    read = api("GET", f"/sobjects/Site_Visit__c/{known}").json()
    assert (read["Notes__c"], read["Hours__c"], read["Account__c"]) == (None, 2.5, parent)


def test_json_rows_keep_their_types(bulk: Bulk, api: Api) -> None:
    batch = bulk.run("JSON", "insert", json.dumps([{"Name": "JSON", "NumberOfEmployees": 5}, {"Name": None}]))
    done, failed = bulk("GET", f"{batch}/result").json()

    assert (done["success"], done["created"], done["errors"]) == (True, True, [])
    assert (failed["success"], failed["id"]) == (False, None)
    assert failed["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert api("GET", f"/sobjects/Account/{done['id']}").json()["NumberOfEmployees"] == 5
    told = bulk("GET", batch).json()
    assert list(told) == sorted(told)
    assert (told["state"], told["stateMessage"], told["createdDate"][-5:]) == ("Completed", None, "+0000")


@pytest.mark.parametrize("content_type", ["CSV", "XML", "JSON"])
def test_a_query_gives_records_in_the_format_of_its_job(bulk: Bulk, api: Api, content_type: str) -> None:
    name = f"Queried as {content_type}"
    made = api.create("Account", Name=name)
    stamp = api("GET", f"/sobjects/Account/{made}").json()["CreatedDate"].replace("+0000", "Z")
    batch = bulk.run(
        content_type, "query", f"SELECT Id, CreatedDate, Phone, Owner.Name FROM Account WHERE Name = '{name}'"
    )

    answer = bulk.result(batch)

    if content_type == "CSV":
        assert table(answer) == [{"Id": made, "CreatedDate": stamp, "Phone": "", "Owner.Name": "Local Admin"}]
    elif content_type == "XML":
        assert f"<type>Account</type><Id>{made}</Id><CreatedDate>{stamp}</CreatedDate><Phone xsi:nil" in answer.text
        assert ElementTree.fromstring(answer.content).tag == f"{{{NAMESPACE}}}queryResult"
    else:
        (record,) = answer.json()
        assert record["attributes"] == {"type": "Account", "url": f"/services/data/v59.0/sobjects/Account/{made}"}
        assert (record["Id"], record["Phone"], record["Owner"]["Name"]) == (made, None, "Local Admin")
        assert isinstance(record["CreatedDate"], int)


@pytest.mark.parametrize(
    ("content_type", "nothing"),
    [("CSV", "Records not found for this query"), ("JSON", "[]")],
)
def test_a_query_that_finds_nothing_says_so(bulk: Bulk, content_type: str, nothing: str) -> None:
    batch = bulk.run(content_type, "query", "SELECT Id FROM Account WHERE Name = 'nobody at all'")

    assert bulk.result(batch).text == nothing


@pytest.mark.parametrize(
    ("content_type", "soql", "message"),
    [
        ("CSV", "SELECT Nope FROM Account", "InvalidBatch : Failed to process query: INVALID_FIELD: "),
        ("JSON", "SELECT Nope FROM Account", "InvalidBatch : Failed to process query: INVALID_FIELD: "),
        ("CSV", "SELECT count(Id) FROM Account", "FeatureNotEnabled : Aggregate Relationship not supported"),
        ("JSON", "SELECT count(Id) FROM Account", "FeatureNotEnabled : Aggregate Relationship not supported"),
        ("JSON", "SELECT Id, (SELECT Id FROM Contacts) FROM Account", "FeatureNotEnabled : Relationship (parent to"),
        ("JSON", "SELECT BillingAddress FROM Account", "FeatureNotEnabled : Compound data not supported"),
    ],
)
def test_a_query_that_bulk_cannot_run_fails_its_batch(
    bulk: Bulk, api: Api, content_type: str, soql: str, message: str
) -> None:
    parent = api.create("Account", Name="Cannot run", BillingCity="Bern")
    api.create("Contact", LastName="Child", AccountId=parent)

    batch = bulk.run(content_type, "query", soql)

    told = bulk("GET", batch)
    state = told.json() if content_type == "JSON" else facts(told)
    assert (state["state"], state["stateMessage"][: len(message)]) == ("Failed", message)


def test_a_query_cut_by_primary_key_leaves_its_result_to_further_batches(bulk: Bulk, org: RunningOrg) -> None:
    org.org.insert_many("Account", [{"Name": "Chunked"} for _ in range(25)])
    wish = f'<jobInfo xmlns="{NAMESPACE}"><operation>query</operation><object>Account</object></jobInfo>'
    wish = wish.replace("</object>", "</object><contentType>CSV</contentType>")
    made = bulk("POST", "/job", wish, **XML, **{"Sforce-Enable-PKChunking": "chunkSize=10; startRow=0"})
    job = f"/job/{facts(made)['id']}"
    bulk("POST", f"{job}/batch", "SELECT Id FROM Account WHERE Name = 'Chunked'")

    while True:
        batches = [
            {part.tag.rpartition("}")[2]: part.text for part in batch}
            for batch in ElementTree.fromstring(bulk("GET", f"{job}/batch").content)
        ]
        if batches[0]["state"] == "NotProcessed":
            break
    found = [table(bulk.result(f"{job}/batch/{batch['id']}")) for batch in batches[1:]]

    assert [batch["state"] for batch in batches] == ["NotProcessed", "Completed", "Completed", "Completed"]
    assert [len(rows) for rows in found] == [10, 10, 5]
    assert len({row["Id"] for rows in found for row in rows}) == 25


def test_batches_run_one_after_another_and_a_closed_job_takes_no_more(bulk: Bulk, api: Api) -> None:
    job = bulk.open("CSV", "insert", concurrencyMode="Serial")
    ids = [facts(bulk("POST", f"{job}/batch", f"Name\nSerial {number}\n"))["id"] for number in range(3)]
    closed = facts(bulk("POST", job, f'<jobInfo xmlns="{NAMESPACE}"><state>Closed</state></jobInfo>', **XML))
    late = bulk("POST", f"{job}/batch", "Name\nLate\n")

    batches = [bulk.wait(f"{job}/batch/{batch}") for batch in ids]
    made = [table(bulk("GET", f"{batch}/result"))[0]["Id"] for batch in batches]
    assert (closed["state"], closed["concurrencyMode"]) == ("Closed", "Serial")
    assert made == sorted(made)
    assert (late.status_code, facts(late)["exceptionCode"]) == (400, "InvalidJobState")
    assert api.query("SELECT count() FROM Account WHERE Name LIKE 'Serial %'")["totalSize"] == 3


def test_errors_have_the_shape_of_bulk_in_the_format_of_the_call(bulk: Bulk) -> None:
    unknown = "/job/750000000000000AAA"
    as_xml, as_json = bulk("GET", unknown, **XML), bulk("GET", unknown, **JSON)

    assert (as_xml.status_code, as_json.status_code) == (400, 400)
    assert facts(as_xml)["exceptionCode"] == as_json.json()["exceptionCode"] == "InvalidJob"
    bulk.session = {"X-SFDC-Session": "00D!nobody"}
    stranger = bulk("GET", unknown)
    assert (stranger.status_code, facts(stranger)) == (
        400,
        {"exceptionCode": "InvalidSessionId", "exceptionMessage": "Invalid session id"},
    )


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"operation": "guess", "object": "Account"}, "InvalidJob"),
        ({"operation": "insert", "object": "Nope__c"}, "InvalidJob"),
        ({"operation": "insert", "object": "Account", "contentType": "PDF"}, "InvalidJob"),
        ({"operation": "upsert", "object": "Account"}, "InvalidJob"),
        ({"operation": "upsert", "object": "Account", "externalIdFieldName": "Phone"}, "InvalidJob"),
        ([], "InvalidJob"),
    ],
)
def test_a_job_that_makes_no_sense_is_refused(bulk: Bulk, wish: Any, code: str) -> None:
    answer = bulk("POST", "/job", json.dumps(wish), **JSON)

    assert (answer.status_code, answer.json()["exceptionCode"]) == (400, code)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("CSV", b"Name\n\xff\xfe\n"),
        ("CSV", b"Nope__c\nx\n"),
        ("JSON", b'{"Name": "no list"}'),
        ("JSON", b"[" * 100_000),
        ("JSON", b'[{"Nope__c": 1}]'),
        ("XML", b"<sObjects>"),
        ("XML", b'<!DOCTYPE s [<!ENTITY a "b">]><sObjects><sObject><Name>&a;</Name></sObject></sObjects>'),
    ],
)
def test_a_batch_that_cannot_be_read_fails_as_a_whole(bulk: Bulk, content_type: str, body: bytes) -> None:
    batch = bulk.run(content_type, "insert", body)

    told = bulk("GET", batch)
    state = told.json() if content_type == "JSON" else facts(told)
    assert (state["state"], state["stateMessage"][:12]) == ("Failed", "InvalidBatch")
    assert bulk("GET", f"{batch}/result").status_code == 400


def test_faults_reach_batches_too(bulk: Bulk, org: RunningOrg) -> None:
    org.control.order("lock", "/batch", method="POST", records=1)
    locked = table(bulk("GET", f"{bulk.run('CSV', 'insert', 'Name' + chr(10) + 'Locked' + chr(10) + 'Free')}/result"))
    org.control.order("job_failed", "/batch", method="POST")
    failed = bulk("GET", bulk.run("CSV", "insert", "Name\nNever\n"))

    assert [row["Error"].partition(":")[0] for row in locked] == ["UNABLE_TO_LOCK_ROW", ""]
    assert facts(failed)["state"] == "Failed"


def test_a_row_is_locked_by_its_id_however_its_column_is_written(bulk: Bulk, api: Api, org: RunningOrg) -> None:
    locked, free = (api.create("Account", Name=f"Bulk 1 {name}") for name in ("locked", "free"))
    org.control.order("lock", "/batch", method="POST", ids=[locked])
    rows = table(bulk("GET", f"{bulk.run('CSV', 'update', f'ID,Fax{chr(10)}{locked},1{chr(10)}{free},1')}/result"))

    assert [row["Error"].partition(":")[0] for row in rows] == ["UNABLE_TO_LOCK_ROW", ""]


def test_the_error_for_a_spent_quota_has_the_words_of_bulk(tmp_path: Path) -> None:
    with running_org(tmp_path, api_limit=0) as org:
        answer = Bulk(org)("GET", "/job/750000000000000AAA")

    assert (answer.status_code, facts(answer)["exceptionCode"]) == (400, "ExceededQuota")


@pytest.mark.parametrize("size", ["0", "250001", "²", "many", "9" * 5000])
def test_a_chunk_size_that_is_none_is_refused(bulk: Bulk, size: str) -> None:
    wish = json.dumps({"operation": "query", "object": "Account", "contentType": "CSV"})
    answer = bulk("POST", "/job", wish, **JSON, **{"Sforce-Enable-PKChunking": f"chunkSize={size}"})
    assert (answer.status_code, answer.json()["exceptionCode"]) == (400, "InvalidJob")


@pytest.mark.parametrize("version", ["1.0", "latest"])
def test_a_version_that_is_none_is_refused(bulk: Bulk, version: str) -> None:
    bulk.url = bulk.url.replace("59.0", version)
    answer = bulk("GET", "/job/750000000000000AAA")
    assert (answer.status_code, facts(answer)["exceptionCode"]) == (400, "InvalidUrl")
