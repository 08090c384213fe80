from __future__ import annotations

import json

import pytest
from simple_salesforce import Salesforce

from closedwon.errors import OrgUnavailable
from closedwon.salesforce import collections
from closedwon.salesforce.collections import Result, read_records, write_in_collections
from closedwon.salesforce.query_model import Query
from closedwon.salesforce.rest_query import read_pages
from closedwon.salesforce.session import open_session
from localorg.server import RunningOrg
from tests.salesforce.clients import quick, read_rows
from tests.salesforce.scripted import Scripted

PROJECT = "Delivery_Project__c"


def test_more_records_than_one_call_takes_are_updated_in_order(org: RunningOrg, sf: Salesforce) -> None:
    ids = org.control.write_records("Account", [{"Name": "old"} for _ in range(450)])

    results = write_in_collections(sf, "Account", "Id", [{"Id": one, "Name": f"new {n}"} for n, one in enumerate(ids)])

    assert results == [Result(one, "ok", salesforce_id=one) for one in ids]
    assert sf.session.calls == 3
    names = {row["Id"]: row["Name"] for row in read_rows(read_pages(sf, Query("Account", ("Id", "Name"))))}
    assert names == {one: f"new {n}" for n, one in enumerate(ids)}


def test_null_empties_a_field_and_what_is_not_named_stays(org: RunningOrg, sf: Salesforce) -> None:
    (account_id,) = org.control.write_records("Account", [{"Name": "Acme", "Phone": "1", "Website": "a.example"}])

    write_in_collections(sf, "Account", "Id", [{"Id": account_id, "Phone": None}])

    assert read_records(sf, "Account", [account_id], ["Phone", "Website"]) == [{"Phone": None, "Website": "a.example"}]


def test_a_rejected_record_keeps_salesforces_words_and_does_not_stop_the_others(
    org: RunningOrg, sf: Salesforce
) -> None:
    good, other, deleted = org.control.write_records("Account", [{"Name": name} for name in "abc"])
    sf.Account.delete(deleted)

    sent = [{"Id": deleted, "Name": "x"}, {"Id": other, "Name": "y" * 300}, {"Id": good, "Name": "z"}]
    gone, too_long, ok = write_in_collections(sf, "Account", "Id", sent)

    assert (gone.state, gone.code, gone.message) == ("rejected", "ENTITY_IS_DELETED", "entity is deleted")
    assert (too_long.key, too_long.state, too_long.code) == (other, "rejected", "STRING_TOO_LONG")
    assert "[Name]" in (too_long.message or "")
    assert ok.state == "ok"


def test_a_locked_record_is_rejected_as_such(org: RunningOrg, sf: Salesforce) -> None:
    ids = org.control.write_records("Account", [{"Name": "a"}, {"Name": "b"}])
    org.control.order("lock", "composite/sobjects", records=1)

    locked, written = write_in_collections(sf, "Account", "Id", [{"Id": one, "Name": "new"} for one in ids])

    assert (locked.state, locked.code) == ("rejected", "UNABLE_TO_LOCK_ROW")
    assert written.state == "ok"


def test_an_upsert_makes_once_and_changes_after(org: RunningOrg, sf: Salesforce) -> None:
    sent = {"Project_ID__c": "p-1", "Name": "One", "Hours__c": 1.5}
    (made,) = write_in_collections(sf, PROJECT, "Project_ID__c", [sent])
    (changed,) = write_in_collections(sf, PROJECT, "Project_ID__c", [{"Project_ID__c": "p-1", "Hours__c": 2}])

    assert (made.key, made.state, made.created) == ("p-1", "ok", True)
    assert changed == Result("p-1", "ok", salesforce_id=made.salesforce_id, created=False)
    assert read_records(sf, PROJECT, [made.salesforce_id or ""], ["Name", "Hours__c"]) == [
        {"Name": "One", "Hours__c": 2}
    ]


@pytest.mark.parametrize("kind", ["hang", "reset", "truncate"])
def test_an_upsert_whose_answer_was_lost_can_be_repeated_and_makes_one_record(
    org: RunningOrg, sf: Salesforce, kind: str
) -> None:
    org.control.order(kind, "composite/sobjects", when="after", count=1, seconds=0.5)
    sf.session.slow_read_timeout_s = 0.25

    records = [{"Project_ID__c": "p-1", "Name": "One"}]
    (result,) = sf.session.repeat(lambda: write_in_collections(sf, PROJECT, "Project_ID__c", records))

    assert result.state == "ok"
    assert org.control.counts()[PROJECT] == 1


def test_an_external_id_with_two_owners_is_rejected(org: RunningOrg, sf: Salesforce) -> None:
    org.control.write_records(PROJECT, [{"Name": "a", "Legacy_ID__c": "7"}, {"Name": "b", "Legacy_ID__c": "7"}])

    (result,) = write_in_collections(sf, PROJECT, "Legacy_ID__c", [{"Legacy_ID__c": "7", "Hours__c": 1}])

    assert (result.key, result.state) == ("7", "rejected")
    assert result.code and result.message


def test_records_that_are_gone_are_left_out_of_what_is_read(org: RunningOrg, sf: Salesforce) -> None:
    first, deleted, last = org.control.write_records("Account", [{"Name": "a"}, {"Name": "b"}, {"Name": "c"}])
    sf.Account.delete(deleted)

    found = read_records(sf, "Account", [last, deleted, first], ["Id", "Name"])

    assert found == [{"Id": last, "Name": "c"}, {"Id": first, "Name": "a"}]


@pytest.mark.parametrize(
    "answer",
    [[], [{"id": "001000000000002AAA", "success": True, "errors": []}]],
    ids=["too few results", "the result of another record"],
)
def test_an_answer_that_does_not_fit_what_was_sent_is_not_believed(answer: list[dict[str, object]]) -> None:
    with Scripted([(200, {}, json.dumps(answer).encode())]) as server:
        sf = Salesforce(session=quick(open_session(login_host=server.url)), session_id="x", instance=server.host)

        with pytest.raises(OrgUnavailable, match="no result can be matched"):
            write_in_collections(sf, "Account", "Id", [{"Id": "001000000000001AAA", "Name": "a"}])


def test_long_texts_are_split_into_calls_that_salesforce_takes(
    org: RunningOrg, sf: Salesforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collections, "LARGEST_CALL", 1_000)
    sent = [{"Project_ID__c": f"p-{n}", "Notes__c": "x" * 450} for n in range(4)]

    results = write_in_collections(
        sf, PROJECT, "Project_ID__c", [*sent, {"Project_ID__c": "p-9", "Notes__c": "y" * 2_000}]
    )

    assert [(result.key, result.state) for result in results] == [(f"p-{n}", "ok") for n in (0, 1, 2, 3, 9)]
    assert sf.session.calls == 3
