from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from http_api import Api
from simple_salesforce import Salesforce

from localorg.server import RunningOrg

NOON = datetime(2016, 4, 7, 12, 0, 30, tzinfo=UTC)
STAMP = "2016-04-07T12:00:30.000+0000"


@pytest.fixture
def noon(org: RunningOrg) -> Api:
    """Calls at noon of a day on which no other test writes, so long ago that what they write is never the latest."""
    org.control.hold_clock(NOON)
    return Api(org)


def _forms(moment: datetime) -> list[str]:
    plain = f"{moment:%Y-%m-%dT%H:%M:%S}"
    return [f"{plain}%2B00:00", f"{plain}Z", f"{plain}+00:00", f"{plain}.000Z", f"{plain}%2B0000"]


def test_deletes_are_listed_with_their_time_in_every_form_of_a_window(noon: Api) -> None:
    record_id = noon.create("Account", Name="Deleted")
    noon("DELETE", f"/sobjects/Account/{record_id}")
    answers = [
        noon("GET", f"/sobjects/Account/deleted/?start={start}&end={end}").json()
        for start, end in zip(_forms(NOON - timedelta(hours=1)), _forms(NOON + timedelta(minutes=1)), strict=True)
    ]

    assert {"deletedDate": STAMP, "id": record_id} in answers[0]["deletedRecords"]
    assert set(answers[0]) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    assert answers[0]["latestDateCovered"] == "2016-04-07T12:00:00.000+0000"
    assert answers[0]["earliestDateAvailable"] == "2016-03-23T12:00:00.000+0000"
    assert all(answer == answers[0] for answer in answers)


def test_simple_salesforce_asks_for_what_was_updated_and_deleted(org: RunningOrg, noon: Api, sf: Salesforce) -> None:
    sf.session_id = org.access_token()
    sf.headers["Authorization"] = f"Bearer {sf.session_id}"
    kept, gone = (noon.create("Contact", LastName=name) for name in ("Kept", "Gone"))
    noon("DELETE", f"/sobjects/Contact/{gone}")
    start, end = NOON - timedelta(days=1), NOON + timedelta(minutes=1)
    contact: Any = sf.Contact

    updated, deleted = contact.updated(start, end), contact.deleted(start, end)
    assert kept in updated["ids"]
    assert gone not in updated["ids"]
    assert updated["latestDateCovered"] == "2016-04-07T12:00:00.000+0000"
    assert [record["id"] for record in deleted["deletedRecords"]] == [gone]


@pytest.mark.parametrize("resource", ["updated", "deleted"])
@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2016-04-07T11:00:00Z", "2016-04-07T11:00:59Z", "INVALID_REPLICATION_DATE"),
        ("2016-04-07T11:00:00Z", "2016-04-07T10:00:00Z", "INVALID_REPLICATION_DATE"),
        ("2016-03-07T11:00:00Z", "2016-04-07T10:00:00Z", "INVALID_REPLICATION_DATE"),
        ("yesterday", "2016-04-07T10:00:00Z", "INVALID_REPLICATION_DATE"),
        ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "INVALID_REPLICATION_DATE"),
        ("", "2016-04-07T10:00:00Z", "MISSING_ARGUMENT"),
    ],
)
def test_a_window_that_cannot_be_is_refused(noon: Api, resource: str, start: str, end: str, code: str) -> None:
    answer = noon("GET", f"/sobjects/Account/{resource}", params={"start": start, "end": end})

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_an_object_that_is_not_known_has_no_deletes(noon: Api) -> None:
    window = {"start": "2016-04-07T10:00:00Z", "end": "2016-04-07T11:00:00Z"}

    assert noon("GET", "/sobjects/Nothing/deleted", params=window).status_code == 404


def test_records_of_a_late_call_appear_with_an_old_stamp(org: RunningOrg, noon: Api) -> None:
    org.control.order("late", "composite/sobjects", seconds=60)
    records = [{"attributes": {"type": "Account"}, "Name": f"Tardy {number}"} for number in range(2)]
    told = noon("POST", "/composite/sobjects", json={"records": records}).json()
    org.control.hold_clock(NOON + timedelta(seconds=30))
    noon.create("Account", Name="Tardy no more")
    soql = "SELECT Name, SystemModstamp FROM Account WHERE Name LIKE 'Tardy %' ORDER BY SystemModstamp, Name"
    before = [record["Name"] for record in noon.query(soql)["records"]]
    unread = noon("GET", f"/sobjects/Account/{told[0]['id']}").status_code
    org.control.hold_clock(NOON + timedelta(seconds=60))
    after = noon.query(soql)["records"]

    assert ([result["success"] for result in told], before, unread) == ([True, True], ["Tardy no more"], 404)
    assert [record["Name"] for record in after] == ["Tardy 0", "Tardy 1", "Tardy no more"]
    assert after[0]["SystemModstamp"] == STAMP


def test_a_late_upsert_shows_the_old_values_first(org: RunningOrg, noon: Api) -> None:
    noon("PATCH", "/sobjects/Account/Customer_Key__c/LATE-1", json={"Name": "Old"})
    org.control.order("late", "Customer_Key__c/LATE-1", method="PATCH", seconds=60)
    noon("PATCH", "/sobjects/Account/Customer_Key__c/LATE-1", json={"Name": "New"})
    before = noon("GET", "/sobjects/Account/Customer_Key__c/LATE-1").json()["Name"]
    org.control.hold_clock(NOON + timedelta(seconds=60))

    assert (before, noon("GET", "/sobjects/Account/Customer_Key__c/LATE-1").json()["Name"]) == ("Old", "New")


def test_the_rows_of_a_bulk_job_may_appear_late(org: RunningOrg, noon: Api) -> None:
    job = noon("POST", "/jobs/ingest", json={"object": "Account", "operation": "insert", "lineEnding": "LF"}).json()
    address = f"/jobs/ingest/{job['id']}"
    noon("PUT", f"{address}/batches", data="Name\nBulk late 1\nBulk late 2\n", headers={"Content-Type": "text/csv"})
    org.control.order("late", f"ingest/{job['id']}$", method="PATCH", seconds=60)
    noon("PATCH", address, json={"state": "UploadComplete"})
    told = noon.wait_for(address)
    soql = "SELECT COUNT() FROM Account WHERE Name LIKE 'Bulk late %'"
    before = noon.query(soql)["totalSize"]
    org.control.hold_clock(NOON + timedelta(seconds=60))

    assert (told["numberRecordsProcessed"], told["numberRecordsFailed"]) == (2, 0)
    assert (before, noon.query(soql)["totalSize"]) == (0, 2)


def test_tests_merge_undelete_and_purge_over_the_control_api(org: RunningOrg, noon: Api) -> None:
    master, loser, other = (noon.create("Account", Name=name) for name in ("Master", "Loser", "Other"))
    contact = noon.create("Contact", LastName="Moved", AccountId=loser)
    merged = org.control.merge("Account", master, [loser], {"Site": "HQ"})
    noon("DELETE", f"/sobjects/Account/{other}")
    undeleted = org.control.undelete([other, master])
    noon("DELETE", f"/sobjects/Account/{other}")
    purged = org.control.purge([other])
    ids = f"('{master}', '{loser}', '{other}')"
    soql = f"SELECT Id, MasterRecordId FROM Account WHERE Id IN {ids} ORDER BY Id"
    left = noon("GET", "/queryAll", params={"q": soql}).json()["records"]

    assert merged == {"id": master, "mergedRecordIds": [loser], "updatedRelatedIds": [contact]}
    assert [result["success"] for result in undeleted + purged] == [True, False, True]
    assert undeleted[1]["errors"] == ["UNDELETE_FAILED: Entity is not in the recycle bin"]
    assert [(record["Id"], record["MasterRecordId"]) for record in left] == [(master, None), (loser, master)]
    assert org.control.empty_recycle_bin() >= 1
