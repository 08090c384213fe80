from __future__ import annotations

import pytest
from simple_salesforce import Salesforce

from closedwon.errors import OrgUnavailable
from closedwon.salesforce import bulk_ingest
from closedwon.salesforce.bulk_ingest import write_in_bulk
from closedwon.salesforce.collections import Result, read_records
from localorg.server import RunningOrg

PROJECT = "Delivery_Project__c"
KEY = "Project_ID__c"


def projects(number: int, **fields: object) -> list[dict[str, object]]:
    return [{KEY: f"p-{n}", "Name": f"Project {n}", **fields} for n in range(number)]


def test_an_upsert_gives_one_result_for_each_record_in_their_order(org: RunningOrg, sf: Salesforce) -> None:
    remembered: list[str] = []

    made = write_in_bulk(sf, PROJECT, KEY, projects(300), remember=remembered.append)
    changed = write_in_bulk(sf, PROJECT, KEY, projects(300, Done__c=True), remember=remembered.append)

    assert [result.key for result in made] == [f"p-{n}" for n in range(300)]
    assert {(result.state, result.created) for result in made} == {("ok", True)}
    assert changed == [Result(r.key, "ok", salesforce_id=r.salesforce_id, created=False) for r in made]
    assert org.control.counts()[PROJECT] == 300
    assert len(remembered) == 2


def test_values_arrive_as_they_were_and_null_empties(org: RunningOrg, sf: Salesforce) -> None:
    awkward = 'a "quoted", text\nof two lines 🏗'
    before = {"Hours__c": 2.5, "Notes__c": "old", "Done__c": True, "Legacy_ID__c": "stays"}
    (project_id,) = org.control.write_records(PROJECT, [{"Name": "One", **before}])

    sent = {"Id": project_id, "Hours__c": None, "Notes__c": awkward, "Done__c": False}
    (result,) = write_in_bulk(sf, PROJECT, "Id", [sent], remember=print)

    assert result == Result(project_id, "ok", salesforce_id=project_id, created=False)
    assert read_records(sf, PROJECT, [project_id], list(before)) == [
        {"Hours__c": None, "Notes__c": awkward, "Done__c": False, "Legacy_ID__c": "stays"}
    ]


def test_a_field_that_one_record_does_not_name_stays_as_it_is(org: RunningOrg, sf: Salesforce) -> None:
    first, second = org.control.write_records(PROJECT, [{"Name": "a", "Hours__c": 1}, {"Name": "b", "Hours__c": 2}])

    write_in_bulk(sf, PROJECT, "Id", [{"Id": first, "Name": "x"}, {"Id": second, "Hours__c": 3}], remember=print)

    assert read_records(sf, PROJECT, [first, second], ["Name", "Hours__c"]) == [
        {"Name": "x", "Hours__c": 1},
        {"Name": "b", "Hours__c": 3},
    ]


def test_a_rejected_record_keeps_salesforces_words_and_does_not_stop_the_others(
    org: RunningOrg, sf: Salesforce
) -> None:
    records = [{KEY: "p-1", "Name": "One"}, {KEY: "p-2", "Name": "Two", "Account__c": "001000000000009AAA"}]

    ok, rejected = write_in_bulk(sf, PROJECT, KEY, records, remember=print)

    assert ok.state == "ok"
    assert (rejected.key, rejected.state, rejected.code) == ("p-2", "rejected", "INVALID_CROSS_REFERENCE_KEY")
    assert "invalid cross reference id" in (rejected.message or "").lower()


def test_a_locked_record_is_rejected_as_such(org: RunningOrg, sf: Salesforce) -> None:
    org.control.order("lock", "jobs/ingest", records=1, count=None)

    locked, written = write_in_bulk(sf, PROJECT, KEY, projects(2), remember=print)

    assert (locked.state, locked.code) == ("rejected", "UNABLE_TO_LOCK_ROW")
    assert written.state == "ok"


@pytest.mark.parametrize(("fault", "state"), [("job_failed", "Failed"), ("job_aborted", "Aborted")])
def test_Beyond_11_what_a_job_has_not_got_to_is_unprocessed_with_the_jobs_reason(
    org: RunningOrg, sf: Salesforce, fault: str, state: str
) -> None:
    org.control.order(fault, "jobs/ingest", count=1)

    results = write_in_bulk(sf, PROJECT, KEY, projects(3), remember=print)

    assert [(result.key, result.state, result.code) for result in results] == [
        (f"p-{n}", "unprocessed", state) for n in range(3)
    ]
    assert all(result.message for result in results)


def test_the_job_is_remembered_before_anything_is_sent_to_it(org: RunningOrg, sf: Salesforce) -> None:
    org.control.order("status", "batches", count=None)
    remembered: list[str] = []

    with pytest.raises(OrgUnavailable, match="SERVER_UNAVAILABLE"):
        write_in_bulk(sf, PROJECT, KEY, projects(3), remember=remembered.append)

    assert len(remembered) == 1


@pytest.mark.parametrize(
    ("broken_at", "jobs_in_all"),
    [({"path": "batches"}, 2), ({"path": "jobs/ingest/750", "method": "PATCH"}, 2), ({"path": "successfulResults"}, 1)],
)
def test_a_job_that_broke_off_is_taken_up_and_writes_once(
    org: RunningOrg, sf: Salesforce, broken_at: dict[str, str], jobs_in_all: int
) -> None:
    remembered: list[str] = []
    org.control.order("status", count=None, **broken_at)
    with pytest.raises(OrgUnavailable, match="SERVER_UNAVAILABLE"):
        write_in_bulk(sf, PROJECT, KEY, projects(3), remember=remembered.append)
    org.control.clear_faults()

    results = write_in_bulk(sf, PROJECT, KEY, projects(3), job_id=remembered[-1], remember=remembered.append)

    assert [result.state for result in results] == ["ok"] * 3
    assert len(remembered) == jobs_in_all
    assert org.control.counts()[PROJECT] == 3


def test_a_job_whose_start_was_confirmed_to_nobody_is_waited_for(org: RunningOrg, sf: Salesforce) -> None:
    remembered: list[str] = []
    org.control.order("reset", "jobs/ingest/750", method="PATCH", when="after", count=1)
    with pytest.raises(OrgUnavailable, match="no whole answer"):
        write_in_bulk(sf, PROJECT, KEY, projects(3), remember=remembered.append)

    results = write_in_bulk(sf, PROJECT, KEY, projects(3), job_id=remembered[-1], remember=remembered.append)

    assert {(result.state, result.created) for result in results} == {("ok", True)}
    assert len(remembered) == 1


def test_a_job_that_is_gone_is_made_anew(org: RunningOrg, sf: Salesforce) -> None:
    results = write_in_bulk(sf, PROJECT, KEY, projects(1), job_id="750000000000009AAA", remember=print)

    assert [result.state for result in results] == ["ok"]


def test_records_beyond_the_largest_upload_go_to_further_jobs(
    org: RunningOrg, sf: Salesforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_ingest, "LARGEST_UPLOAD", 200)
    remembered: list[str] = []

    results = write_in_bulk(sf, PROJECT, KEY, projects(30), remember=remembered.append)

    assert [result.state for result in results] == ["ok"] * 30
    assert len(remembered) > 1


def test_two_records_with_one_key_are_not_sent(sf: Salesforce) -> None:
    with pytest.raises(ValueError, match="only 1 different values of Project_ID__c"):
        write_in_bulk(sf, PROJECT, KEY, [*projects(1), *projects(1)], remember=print)
    assert sf.session.calls == 0


def test_no_records_make_no_job(sf: Salesforce) -> None:
    assert write_in_bulk(sf, PROJECT, KEY, [], remember=print) == []
    assert sf.session.calls == 0
