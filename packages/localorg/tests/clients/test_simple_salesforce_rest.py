from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from localorg.server import RunningOrg


def test_Beyond_16_simple_salesforce_makes_reads_changes_and_deletes_a_record(sf: Salesforce) -> None:
    made = sf.Account.create({"Name": "Round trip", "NumberOfEmployees": 7, "AnnualRevenue": 15.0})
    read = sf.Account.get(made["id"])
    changed = sf.Account.update(made["id"], {"Phone": "044", "NumberOfEmployees": None})
    again = sf.Account.get(made["id"])
    deleted = sf.Account.delete(made["id"])

    assert (made["success"], made["errors"]) == (True, [])
    assert (read["Name"], read["NumberOfEmployees"], read["AnnualRevenue"]) == ("Round trip", 7, 15.0)
    assert (changed, deleted) == (204, 204)
    assert (again["Phone"], again["NumberOfEmployees"]) == ("044", None)
    with pytest.raises(SalesforceResourceNotFound, match="ENTITY_IS_DELETED"):
        sf.Account.get(made["id"])


def test_a_record_is_upserted_and_read_by_its_external_id(sf: Salesforce) -> None:
    key = "Customer_Key__c/up-ü"
    first = sf.Account.upsert(key, {"Name": "Upserted"}, raw_response=True)
    second = sf.Account.upsert(key, {"Phone": "1"}, raw_response=True)
    read = sf.Account.get_by_custom_id("Customer_Key__c", "up-ü")

    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (second.status_code, second.json()["created"]) == (200, False)
    assert (read["Id"], read["Name"], read["Phone"]) == (first.json()["id"], "Upserted", "1")


def test_an_ambiguous_external_id_lists_the_records(sf: Salesforce) -> None:
    ids = [sf.Account.create({"Name": "Twin", "Legacy_Key__c": "twin"})["id"] for _ in range(2)]

    with pytest.raises(SalesforceMoreThanOneRecord) as refused:
        sf.Account.get_by_custom_id("Legacy_Key__c", "twin")

    assert refused.value.status == 300
    assert sorted(address.rpartition("/")[2] for address in refused.value.content) == sorted(ids)


def test_queries_are_read_page_by_page_and_all_at_once(sf: Salesforce, org: RunningOrg) -> None:
    org.org.insert_many("Contact", [{"LastName": f"Paged {number:04d}"} for number in range(2_086)])
    soql = "SELECT LastName FROM Contact WHERE LastName LIKE 'Paged %' ORDER BY LastName"
    first = sf.query(soql)
    second = sf.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    by_locator = sf.query_more(first["nextRecordsUrl"].rpartition("/")[2])

    assert (first["totalSize"], first["done"], len(first["records"])) == (2_086, False, 2_000)
    assert (second["totalSize"], second["done"], len(second["records"])) == (2_086, True, 86)
    assert by_locator["records"] == second["records"]
    assert "nextRecordsUrl" not in second
    names = [record["LastName"] for record in sf.query_all(soql)["records"]]
    assert names == [record["LastName"] for record in sf.query_all_iter(soql)]
    assert names == [f"Paged {number:04d}" for number in range(2_086)]


def test_deleted_records_are_found_where_they_are_asked_for(sf: Salesforce) -> None:
    made = sf.Account.create({"Name": "Deleted and asked for"})
    sf.Account.delete(made["id"])
    soql = "SELECT Id, IsDeleted FROM Account WHERE Name = 'Deleted and asked for'"

    assert sf.query(soql)["totalSize"] == 0
    (found,) = sf.query(soql, include_deleted=True)["records"]
    assert (found["Id"], found["IsDeleted"]) == (made["id"], True)


def test_describes_tell_of_objects_and_fields(sf: Salesforce) -> None:
    described = sf.Site_Visit__c.describe()
    fields = {field["name"]: field for field in described["fields"]}
    told = sf.describe()

    assert {"Account", "Contact", "Opportunity", "Site_Visit__c"} <= {entry["name"] for entry in told["sobjects"]}
    assert told["maxBatchSize"] == 200
    assert (fields["Hours__c"]["precision"], fields["Hours__c"]["scale"]) == (6, 2)
    assert fields["Account__c"]["referenceTo"] == ["Account"]
    assert fields["Account__c"]["relationshipName"] == "Account__r"
    assert sf.Account.metadata()["objectDescribe"]["keyPrefix"] == "001"
    assert sf.limits()["DailyApiRequests"]["Max"] > sf.limits()["DailyApiRequests"]["Remaining"]


def test_changed_and_deleted_records_are_listed_by_time(sf: Salesforce) -> None:
    start = datetime.now(UTC) - timedelta(minutes=5)
    kept, lost = (sf.Account.create({"Name": name})["id"] for name in ("Kept", "Lost"))
    sf.Account.delete(lost)
    end = datetime.now(UTC) + timedelta(minutes=5)

    updated, deleted = sf.Account.updated(start, end), sf.Account.deleted(start, end)

    assert kept in updated["ids"]
    assert lost not in updated["ids"]
    assert lost in [record["id"] for record in deleted["deletedRecords"]]
    assert updated["latestDateCovered"] <= end.isoformat()


def test_files_go_up_and_come_back_unchanged(sf: Salesforce, tmp_path: Path) -> None:
    content = bytes(range(256)) * 64
    file = tmp_path / "scan.bin"
    file.write_bytes(content)
    encoded = base64.b64encode(content).decode()
    parent = sf.Account.create({"Name": "With an attachment"})["id"]

    version = sf.ContentVersion.create({"Title": "scan", "PathOnClient": "scan.bin", "VersionData": encoded})
    attached = sf.Attachment.create({"ParentId": parent, "Name": "empty.bin", "Body": ""})
    sf.Attachment.update_base64(attached["id"], str(file), base64_field="Body")

    assert sf.ContentVersion.get_base64(version["id"], base64_field="VersionData") == content
    assert sf.Attachment.get_base64(attached["id"], base64_field="Body") == content
    assert sf.Attachment.get(attached["id"])["BodyLength"] == len(content)
    with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        sf.Attachment.upload_base64(str(file), base64_field="Body")


def test_texts_are_searched(sf: Salesforce) -> None:
    made = sf.Account.create({"Name": "Quicksilverfinch Ltd"})["id"]

    quick = sf.quick_search("Quicksilverfinch")
    whole = sf.search("FIND {Quicksilverfinch} IN ALL FIELDS RETURNING Account(Id, Name)")

    assert made in [record["Id"] for record in quick["searchRecords"]]
    assert [record["Name"] for record in whole["searchRecords"]] == ["Quicksilverfinch Ltd"]


def test_other_resources_are_reached_by_their_path(sf: Salesforce) -> None:
    made = sf.restful("sobjects/Account", method="POST", json={"Name": "By path"})
    counted = sf.restful("limits/recordCount", params={"sObjects": "Account"})
    tooling = sf.toolingexecute("query/", params={"q": "SELECT Id FROM ApexClass"})

    assert sf.restful(f"sobjects/Account/{made['id']}")["Name"] == "By path"
    assert counted["sObjects"][0]["name"] == "Account"
    assert (tooling["totalSize"], tooling["records"]) == (0, [])
    assert sf.is_sandbox() is False


def test_every_response_names_the_quota(sf: Salesforce) -> None:
    sf.query("SELECT Id FROM Account LIMIT 1")
    first = sf.api_usage["api-usage"]
    sf.query("SELECT Id FROM Account LIMIT 1")
    assert sf.api_usage["api-usage"].used == first.used + 1
    assert sf.api_usage["api-usage"].total == 100_000


def test_each_refusal_has_its_own_exception(sf: Salesforce, org: RunningOrg, session: requests.Session) -> None:
    stranger = Salesforce(instance_url=org.base_url, session_id="00Dnobody", session=session)

    with pytest.raises(SalesforceExpiredSession, match="INVALID_SESSION_ID"):
        stranger.query("SELECT Id FROM Account")
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD") as malformed:
        sf.query("SELECT Nope FROM Account")
    with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        sf.Account.create({"Phone": "1"})
    with pytest.raises(SalesforceResourceNotFound, match="NOT_FOUND"):
        sf.Nope__c.get("a00000000000000")
    org.control.order("quota", "/limits")
    with pytest.raises(SalesforceRefusedRequest, match="REQUEST_LIMIT_EXCEEDED"):
        sf.limits()
    org.control.order("status", "/limits", status=503)
    with pytest.raises(SalesforceGeneralError) as general:
        sf.limits()

    assert malformed.value.content[0]["errorCode"] == "INVALID_FIELD"
    assert general.value.status == 503
