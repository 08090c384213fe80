"""The CSV files with which Salesforce's Data Loader is tested, through bulk ingest: what comes of each of their rows.

Data Loader maps the columns of a file to fields; here the header is rewritten instead, and `id#7` is the eighth account
that is there. What is expected is what Salesforce's documentation and its own CSV reader say.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from http_api import Api, read_csv
from material import MATERIAL

from localorg.server import RunningOrg, running_org

DATA = MATERIAL / "datasets/forcedotcom-dataloader/src/test/resources/testfiles/data"
OBJECTS = """
objects:
  Account:
    fields:
      Oracle_Id__c: {type: text, length: 100, externalId: true, unique: true}
      AccountNumber__c: {type: text, length: 100}
      RichText__c: {type: longtext}
      DateTime__c: {type: datetime}
      DateOnly__c: {type: date}
"""
DATES = {"DATE": "DateTime__c", "DATE_ONLY": "DateOnly__c"}
PARENT = {"PARENT": "Parent.Oracle_Id__c"}
NO_CSV = "InvalidBatch : Failed to parse CSV. Found unescaped quote"
NO_UTF8 = "ClientInputError : The upload is not in UTF-8"
NO_COLUMN = "InvalidBatch : Field name not found : "


@dataclass(frozen=True)
class File:
    """How a file is sent, and how many of its rows are written, how many refused and why; or why the job fails."""

    done: int = 0
    failed: int = 0
    why: str = ""
    operation: str = "insert"
    sobject: str = "Account"
    renamed: Mapping[str, str] = field(default_factory=dict)
    fails: str = ""


FILES = {
    "20kRows": File(20_000, renamed={"COLUMN1": "Name"}),
    "SoqlInClauseFromCSV": File(20),
    "accountsForInsert": File(4, renamed={"NumEmp": "NumberOfEmployees", "RichText": "RichText__c"}),
    "acctsWithBinaryDataInRTF": File(1),
    "bulkV2MultipleJobsCsvTemplate": File(100, operation="upsert"),
    "constantMappingInCsv": File(2, renamed={"NumEmployees": "NumberOfEmployees"}),
    "constantMappingInCsvClashing": File(2, renamed={"Number of Employees": "NumberOfEmployees"}),
    "createAttachmentMultipleFilesTemplate": File(0, 3, "value not of required type", sobject="Attachment"),
    "createAttachmentTemplate": File(0, 1, "value not of required type", sobject="Attachment"),
    "csvEscapedQuotes": File(2, renamed={"column1": "Name", "column2": "Site"}),
    "csvSeparator": File(fails=NO_COLUMN + "column1"),
    "csvtext": File(2, renamed={"column1": "Name", "column2": "Site", "column3": "Sic"}),
    "csvtext_BOM_UTF8": File(fails=NO_CSV),
    "csvtext_BOM_UTF16BE": File(fails=NO_UTF8),
    "csvtext_BOM_UTF16LE": File(fails=NO_UTF8),
    "csvtext_BOM_UTF32BE": File(fails=NO_UTF8),
    "csvtext_BOM_UTF32LE": File(fails=NO_UTF8),
    "dateEndingInZ": File(1, renamed=DATES),
    "dateOnlyWithTimeZone": File(2, renamed=DATES),
    "dateUsingDefaultTimeZone": File(1, renamed=DATES),
    "dateWithTimeZone": File(0, 2, "value not of required type", renamed=DATES),
    "deleteAccountCsvTemplate": File(100, operation="delete"),
    "emptyFirstRowFieldValueInCsvTemplate": File(2, operation="update"),
    "hardDelete1AccountCsvTemplate": File(1, operation="hardDelete"),
    "hardDeleteAccountCsvTemplate": File(100, operation="hardDelete"),
    "hardDeleteBulkApiSetToFalseTemplate": File(1, operation="hardDelete"),
    "hardDeleteEmptyCsvFileTemplate": File(fails="InvalidBatch : Records not found", operation="hardDelete"),
    "hardDeleteIDFromOtherObjectFailsTemplate": File(
        0, 1, "INVALID_CROSS_REFERENCE_KEY", operation="hardDelete", sobject="Contact"
    ),
    "hardDeleteInvalidIDFailsOtherValidIDPassesTemplate": File(3, operation="hardDelete"),
    "hardDeleteInvalidInputTemplate": File(0, 1, "MALFORMED_ID", operation="hardDelete"),
    "hardDeleteSameObjectIDSucceedsOtherObjectIDFailsTemplate": File(2, operation="hardDelete"),
    "hardDeleteUserPermOffTemplate": File(100, operation="hardDelete"),
    "insertAccountCsv": File(100),
    "insertAccountWithMultipleBatchesCSV": File(
        0,
        3,
        "value not of required type",
        renamed={"oracle_id": "Oracle_Id__c", "CustomDateTime": "DateTime__c"},
    ),
    "insertTaskWithContactAsWhoCsv": File(
        0,
        1,
        "Foreign key external ID:  contactFor@PolymorphicMappingOfTask.com",
        sobject="Task",
        renamed={"Who:Contact-email": "Contact:Who.Email"},
    ),
    "oneToManySforceFieldsMappingInCsv": File(
        2, renamed={"NumEmployees": "NumberOfEmployees", "State": "BillingState"}
    ),
    "polymorphicRelationshipInAttachment": File(
        0,
        2,
        "value not of required type",
        sobject="Attachment",
        renamed={
            "Parent:Account-Oracle_Id__c": "Account:Parent.Oracle_Id__c",
            "Parent:Contact-Email": "Contact:Parent.Email",
        },
    ),
    "timeZoneFormatTesting": File(3, 9, "value not of required type", renamed={"Date": "DateTime__c"}),
    "timeZoneFormatTestingWithErrors": File(1, 5, "value not of required type", renamed={"Date": "DateTime__c"}),
    "updateAccountCsvTemplate": File(100, operation="update"),
    "updateAccountWithExternalIdCsvTemplate": File(
        0,
        5,
        "Foreign key external ID: standard@org.com not found",
        operation="upsert",
        renamed={"OWNER:User-username": "User:Owner.Username"},
    ),
    "upsertAccountCsvTemplate": File(100, operation="upsert"),
    "upsertAccountSmallTemplate": File(10, operation="upsert"),
    "upsertFkAccountNewFormatCsvTemplate": File(5, operation="upsert", renamed=PARENT),
    "upsertFkAccountOldFormatCsvTemplate": File(50, operation="upsert", renamed=PARENT),
    "upsertWithRowOffsetTemplate": File(10, operation="upsert"),
}
PRESENT = sorted(file.stem for file in DATA.glob("*.csv"))


@pytest.fixture(scope="module")
def edge_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    """An org of its own, as 20,000 accounts would be in the way elsewhere."""
    folder = tmp_path_factory.mktemp("edge")
    objects = folder / "objects.yaml"
    objects.write_text(OBJECTS, encoding="utf-8")
    with running_org(folder / "state", objects=objects) as running:
        yield running


@pytest.fixture
def edge_api(edge_org: RunningOrg) -> Api:
    return Api(edge_org)


def prepared(org: RunningOrg, name: str, file: File) -> bytes:
    """The file as it is sent; the records that it speaks of are made."""
    keyed = org.org.query("SELECT Id FROM Account WHERE Oracle_Id__c != null").records(0, 1_000)
    org.org.lifecycle.delete_many("Account", [record["Id"] for record in keyed], hard=True)
    data = (DATA / f"{name}.csv").read_bytes()
    head, _, rest = data.partition(b"\n")
    for column, to in sorted(file.renamed.items(), key=lambda pair: -len(pair[0])):
        head = re.sub(rb'(?<![^,"])' + re.escape(column.encode()) + rb'(?![^,"\r])', to.encode(), head)
    text = rest.decode("latin-1")
    number = len(set(re.findall(r"id#\d+", text)))
    ids = org.org.insert_many("Account", [{"Name": f"{name} {n}"} for n in range(number)])
    text = re.sub(r"id#(\d+)", lambda found: ids[int(found[1])], text)
    if file.operation == "update":
        known = list(dict.fromkeys(re.findall(r"\b001\w{15}\b", text)))
        taken = {record["Id"] for record in org.org.query("SELECT Id FROM Account").records(0, 100_000)}
        org.org.insert_many(
            "Account", [{"Id": record_id, "Name": "x"} for record_id in known if record_id not in taken]
        )
    if "Parent.Oracle_Id__c" in file.renamed.values() and file.operation == "upsert":
        parents = [{"Name": "Parent", "Oracle_Id__c": f"1-{n:06d}"} for n in range(100)]
        org.org.write_rows("upsert", "Account", parents, external_id_field="Oracle_Id__c")
    return head + b"\n" + text.encode("latin-1") if rest else data


def ingest(api: Api, file: File, data: bytes) -> tuple[dict[str, Any], str]:
    """The job at its end, and its path."""
    more = {"externalIdFieldName": "Oracle_Id__c"} if file.operation == "upsert" else {}
    ending = "CRLF" if b"\r\n" in data else "LF"
    body = {"operation": file.operation, "object": file.sobject, "lineEnding": ending, **more}
    path = f"/jobs/ingest/{api('POST', '/jobs/ingest', json=body).json()['id']}"
    api("PUT", f"{path}/batches", data=data, headers={"Content-Type": "text/csv"}).raise_for_status()
    api("PATCH", path, json={"state": "UploadComplete"}).raise_for_status()
    return api.wait_for(path), path


@pytest.mark.skipif(not PRESENT, reason="the data sets are not here")
@pytest.mark.parametrize("name", sorted(FILES))
def test_each_row_of_a_file_is_written_or_refused_or_the_file_as_a_whole(
    edge_org: RunningOrg, edge_api: Api, name: str
) -> None:
    file = FILES[name]
    job, path = ingest(edge_api, file, prepared(edge_org, name, file))
    done, failed = (
        read_csv(edge_api("GET", f"{path}/{kind}").content.decode()) for kind in ("successfulResults", "failedResults")
    )

    assert job["state"] == ("Failed" if file.fails else "JobComplete"), job
    assert job.get("errorMessage", "").startswith(file.fails)
    assert (len(done), len(failed)) == (file.done, file.failed)
    assert [row["sf__Error"] for row in failed if file.why not in row["sf__Error"]] == []


@pytest.mark.skipif(not PRESENT, reason="the data sets are not here")
def test_every_file_is_looked_at() -> None:
    assert sorted(FILES) == PRESENT


@pytest.mark.skipif(not PRESENT, reason="the data sets are not here")
def test_quotes_breaks_and_spaces_come_back_as_they_were_sent(edge_org: RunningOrg, edge_api: Api) -> None:
    file = FILES["accountsForInsert"]
    sent = read_csv(prepared(edge_org, "accountsForInsert", file).decode())
    _, path = ingest(edge_api, file, prepared(edge_org, "accountsForInsert", file))
    told = list(csv.DictReader(edge_api("GET", f"{path}/successfulResults").content.decode().splitlines()))

    assert sorted(row["RichText__c"] for row in told) == sorted(row["RichText__c"] for row in sent)
    ids = "','".join(row["sf__Id"] for row in told)
    kept = edge_api.query(f"SELECT RichText__c FROM Account WHERE Id IN ('{ids}') ORDER BY Name")["records"]
    assert [record["RichText__c"] for record in kept] == [row["RichText__c"].rstrip() for row in sent]
