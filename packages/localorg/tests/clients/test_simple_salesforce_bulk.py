from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceOperationError

from localorg.server import RunningOrg

RECENT = "2026-03-01T08:30:00.000+0000"
EPOCH = 1_772_353_800_000
"""The same moment in milliseconds."""


def names(sf: Salesforce, prefix: str) -> list[str]:
    found = sf.query_all(f"SELECT Name FROM Account WHERE Name LIKE '{prefix}%' ORDER BY Name")
    return [record["Name"] for record in found["records"]]


def test_bulk_insert_tells_of_each_row_in_order(sf: Salesforce) -> None:
    results = sf.bulk.Account.insert([{"Name": "Bulk1 a"}, {"Phone": "1"}, {"Name": "Bulk1 b"}])

    assert [row["success"] for row in results] == [True, False, True]
    assert [row["created"] for row in results] == [True, False, True]
    assert results[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert results[1]["errors"][0]["fields"] == ["Name"]
    assert results[1]["id"] is None
    assert sf.Account.get(results[2]["id"])["Name"] == "Bulk1 b"
    assert names(sf, "Bulk1 ") == ["Bulk1 a", "Bulk1 b"]


def test_bulk_rows_are_cut_into_batches_and_come_back_whole(sf: Salesforce) -> None:
    rows = [{"Name": f"Batched {number:03d}"} for number in range(450)]

    results = sf.bulk.Account.insert(rows, batch_size=200, use_serial=True)

    assert len({row["id"] for row in results if row["success"]}) == 450
    assert names(sf, "Batched") == [row["Name"] for row in rows]


def test_bulk_update_upsert_and_delete_change_what_they_name(sf: Salesforce) -> None:
    made = sf.bulk.Account.insert([{"Name": "Changed", "Customer_Key__c": f"B1-{number}"} for number in range(2)])
    updated = sf.bulk.Account.update([{"Id": made[0]["id"], "Phone": "5"}, {"Id": "001000000000000AAA", "Phone": "6"}])
    upserted = sf.bulk.Account.upsert(
        [{"Name": "Changed", "Customer_Key__c": "B1-1", "Fax": "7"}, {"Name": "New", "Customer_Key__c": "B1-2"}],
        "Customer_Key__c",
    )
    deleted = sf.bulk.Account.delete([{"Id": made[0]["id"]}])
    erased = sf.bulk.Account.hard_delete([{"Id": made[1]["id"]}])

    assert [row["success"] for row in updated] == [True, False]
    assert [row["created"] for row in upserted] == [False, True]
    assert upserted[0]["id"] == made[1]["id"]
    assert [row["success"] for row in (*deleted, *erased)] == [True, True]
    found = sf.query("SELECT Id, IsDeleted FROM Account WHERE Customer_Key__c LIKE 'B1-%'", include_deleted=True)
    assert {record["Id"]: record["IsDeleted"] for record in found["records"]} == {
        made[0]["id"]: True,
        upserted[1]["id"]: False,
    }


def test_bulk_rows_find_their_parents_by_external_id(sf: Salesforce) -> None:
    parent = sf.Account.create({"Name": "Parent", "Customer_Key__c": "B1-P"})["id"]

    results = sf.bulk.Site_Visit__c.insert(
        [
            {"Visit_Key__c": "B1-V1", "Account__r": {"Customer_Key__c": "B1-P"}},
            {"Visit_Key__c": "B1-V2", "Account__r": {"Customer_Key__c": "nobody"}},
        ]
    )

    assert [row["success"] for row in results] == [True, False]
    assert sf.Site_Visit__c.get(results[0]["id"])["Account__c"] == parent
    assert "Foreign key external ID: nobody not found" in results[1]["errors"][0]["message"]


def test_detailed_bulk_results_carry_what_was_sent(sf: Salesforce) -> None:
    (told,) = sf.bulk.Account.insert([{"Name": "Detailed"}], include_detailed_results=True)

    assert (told["Name"], told["success"]) == ("Detailed", True)


def test_bulk_queries_give_moments_as_milliseconds_and_parents_as_records(sf: Salesforce) -> None:
    parent = sf.Account.create({"Name": "Milliseconds"})["id"]
    sf.Site_Visit__c.create(
        {"Account__c": parent, "Visited_At__c": RECENT, "Visited_On__c": "2026-03-01", "Hours__c": 2.5, "Done__c": True}
    )
    soql = (
        "SELECT Id, Visited_At__c, Visited_On__c, Hours__c, Done__c, Notes__c, Account__r.Name, Account__r.CreatedDate "
        f"FROM Site_Visit__c WHERE Account__c = '{parent}'"
    )

    (record,) = sf.bulk.Site_Visit__c.query(soql)
    lazy = [row for page in sf.bulk.Site_Visit__c.query(soql, lazy_operation=True) for row in page]

    assert record["attributes"]["type"] == "Site_Visit__c"
    assert (record["Visited_At__c"], record["Visited_On__c"]) == (EPOCH, "2026-03-01")
    assert (record["Hours__c"], record["Done__c"], record["Notes__c"]) == (2.5, True, None)
    assert record["Account__r"]["Name"] == "Milliseconds"
    assert isinstance(record["Account__r"]["CreatedDate"], int)
    assert lazy == [record]


def test_bulk_query_all_finds_deleted_records_too(sf: Salesforce) -> None:
    made = sf.Account.create({"Name": "Bulk deleted"})["id"]
    sf.Account.delete(made)
    soql = "SELECT Id FROM Account WHERE Name = 'Bulk deleted'"

    assert sf.bulk.Account.query(soql) == []
    assert [record["Id"] for record in sf.bulk.Account.query_all(soql)] == [made]


def test_bulk_names_that_do_not_exist_are_refused(sf: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="Unable to find object: Nope__c") as refused:
        sf.bulk.Nope__c.insert([{"Name": "x"}])
    with pytest.raises(SalesforceMalformedRequest, match="Field name not found : Nope__c"):
        sf.bulk.Account.insert([{"Name": "x", "Nope__c": "y"}])

    assert refused.value.content["exceptionCode"] == "InvalidJob"


def rows(text: str) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_bulk2_loads_tell_of_successes_and_failures(sf: Salesforce) -> None:
    (told,) = sf.bulk2.Account.insert(
        records=[{"Name": "Bulk2 a", "Phone": "1"}, {"Name": "", "Phone": "2"}, {"Name": "Bulk2 b", "Phone": "3"}],
        wait=0,
    )
    job = told["job_id"]

    assert (told["numberRecordsTotal"], told["numberRecordsProcessed"], told["numberRecordsFailed"]) == (3, 3, 1)
    assert {row["Name"] for row in rows(sf.bulk2.Account.get_successful_records(job))} == {"Bulk2 a", "Bulk2 b"}
    assert "REQUIRED_FIELD_MISSING" in rows(sf.bulk2.Account.get_failed_records(job))[0]["sf__Error"]
    assert rows(sf.bulk2.Account.get_unprocessed_records(job)) == []
    assert names(sf, "Bulk2 ") == ["Bulk2 a", "Bulk2 b"]


def test_bulk2_updates_upserts_and_deletes_change_what_they_name(sf: Salesforce) -> None:
    made = sf.Account.create({"Name": "Bulk2 changed", "Customer_Key__c": "B2-1"})["id"]
    updates = sf.bulk2.Account.update(records=[{"Id": made, "Phone": "5"}], wait=0)
    upserts = sf.bulk2.Account.upsert(
        records=[{"Customer_Key__c": "B2-1", "Fax": "7"}, {"Customer_Key__c": "B2-2", "Name": "Bulk2 new"}],
        external_id_field="Customer_Key__c",
        wait=0,
    )
    read = sf.Account.get(made)
    deletes = sf.bulk2.Account.delete(records=[{"Id": made}], wait=0)

    assert [told[0]["numberRecordsFailed"] for told in (updates, upserts, deletes)] == [0, 0, 0]
    assert (read["Phone"], read["Fax"]) == ("5", "7")
    assert names(sf, "Bulk2 changed") == []
    assert sf.Account.get_by_custom_id("Customer_Key__c", "B2-2")["Name"] == "Bulk2 new"


def test_bulk2_queries_are_read_in_pages_and_into_files(sf: Salesforce, org: RunningOrg, tmp_path: Path) -> None:
    org.org.insert_many("Account", [{"Name": f"Exported {number:04d}"} for number in range(2_500)])
    soql = "SELECT Name FROM Account WHERE Name LIKE 'Exported%'"

    pages = [rows(page) for page in sf.bulk2.Account.query(soql, max_records=1_000, wait=0)]
    files = sf.bulk2.Account.download(soql, path=str(tmp_path), max_records=1_000, wait=0)

    assert [len(page) for page in pages] == [1_000, 1_000, 500]
    assert len({row["Name"] for page in pages for row in page}) == 2_500
    assert [told["number_of_records"] for told in files] == [1_000, 1_000, 500]
    assert [len(rows(Path(told["file"]).read_text(encoding="utf-8"))) for told in files] == [1_000, 1_000, 500]


def test_a_bulk2_job_that_fails_is_an_exception(sf: Salesforce) -> None:
    with pytest.raises(SalesforceOperationError, match="Field name not found : Nope__c"):
        sf.bulk2.Account.insert(records=[{"Nope__c": "1"}], wait=0)
