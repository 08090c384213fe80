from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from org_samples import Sales, StandingClock, values

from localorg.errors import OrgError
from localorg.org import Org
from localorg.schema import Schema, load_schema

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_records_created_or_changed_in_the_window_are_returned(org: Org, sales: Sales, clock: StandingClock) -> None:
    before = clock()
    clock.advance(minutes=10)
    org.update("Account", sales.globex, {"Industry": "Energy"})
    clock.advance(minutes=10)
    told = (
        org.lifecycle.updated("Account", before - DAY, clock()),
        org.lifecycle.updated("Account", before + MINUTE, clock()),
    )

    assert [found.ids for found in told] == [[sales.acme, sales.globex], [sales.globex]]
    assert told[0].latest_date_covered == "2026-05-06T12:16:00.000Z"


def test_records_that_the_system_changed_are_returned_too(org: Org, sales: Sales, clock: StandingClock) -> None:
    clock.advance(minutes=10)
    start = clock()
    org.write_system("Account", [{"Id": sales.globex, "Rating": "Hot"}])

    assert org.lifecycle.updated("Account", start, start + 2 * MINUTE).ids == [sales.globex]


def test_deleted_records_are_returned_among_the_deleted_only(org: Org, sales: Sales, clock: StandingClock) -> None:
    org.lifecycle.delete("Account", sales.globex)
    start, end = clock() - DAY, clock() + MINUTE

    assert org.lifecycle.updated("Account", start, end).ids == [sales.acme]
    assert org.lifecycle.deleted("Account", start, end).records == [(sales.globex, "2026-05-06T11:56:44.000Z")]
    assert len(org.lifecycle.deleted("Opportunity", start, end).records) == 1


def test_seconds_are_ignored(org: Org, sales: Sales, clock: StandingClock) -> None:
    org.lifecycle.delete("Account", sales.globex)
    start, end = clock() - DAY, clock() + timedelta(seconds=14)
    found = org.lifecycle.deleted("Account", start, end)

    assert (found.records, found.latest_date_covered) == ([], "2026-05-06T11:56:00.000Z")


def test_purged_merged_and_hard_deleted_records_are_returned(org: Org, sales: Sales, clock: StandingClock) -> None:
    purged = org.create("Account", {"Name": "Purged"})
    org.lifecycle.delete("Account", purged)
    org.lifecycle.empty_recycle_bin()
    org.lifecycle.merge("Account", sales.acme, [sales.globex])
    org.lifecycle.delete_many("Account", [hard := org.create("Account", {"Name": "Hard"})], hard=True)

    found = org.lifecycle.deleted("Account", clock() - DAY, clock() + MINUTE).records
    assert {record_id for record_id, _ in found} == {purged, sales.globex, hard}


def test_undeleted_records_are_not_returned(org: Org, sales: Sales, clock: StandingClock) -> None:
    org.lifecycle.delete("Account", sales.globex)
    org.lifecycle.undelete([sales.globex])

    assert org.lifecycle.deleted("Account", clock() - DAY, clock() + MINUTE).records == []
    assert sales.globex in org.lifecycle.updated("Account", clock() - DAY, clock() + MINUTE).ids


def test_the_log_of_deletes_survives_a_restart(schema: Schema, clock: StandingClock, tmp_path: Path) -> None:
    before = Org(schema, tmp_path / "org.sqlite", clock)
    before.lifecycle.delete_many("Account", [account := before.create("Account", {"Name": "Acme"})], hard=True)
    before.close()
    after = Org(schema, tmp_path / "org.sqlite", clock)

    found = after.lifecycle.deleted("Account", clock() - DAY, clock() + MINUTE).records
    after.close()
    assert [record_id for record_id, _ in found] == [account]


def test_a_window_from_before_what_the_log_dropped_is_refused(org: Org, sales: Sales, clock: StandingClock) -> None:
    org.lifecycle.delete("Account", sales.globex)
    deleted_at = clock()
    clock.advance(days=20)
    with pytest.raises(OrgError, match="INVALID_REPLICATION_DATE"):
        org.lifecycle.deleted("Account", deleted_at - MINUTE, clock())
    later = org.lifecycle.deleted("Account", deleted_at + 2 * MINUTE, clock())
    never = org.lifecycle.deleted("Contact", deleted_at - MINUTE, clock())

    assert (later.records, never.records) == ([], [])
    assert later.earliest_date_available == "2026-05-11T11:56:00.000Z"


@pytest.mark.parametrize(
    ("ago", "length", "told"),
    [
        (DAY, MINUTE, "startDate must be at least one minute greater than endDate"),
        (DAY, -MINUTE, "startDate must be at least one minute greater than endDate"),
        (31 * DAY, DAY, "startDate cannot be more than 30 days ago"),
    ],
)
def test_a_window_that_is_too_short_or_too_long_ago_is_refused(
    org: Org, clock: StandingClock, ago: timedelta, length: timedelta, told: str
) -> None:
    start = clock() - ago
    for ask in (org.lifecycle.updated, org.lifecycle.deleted):
        with pytest.raises(OrgError) as caught:
            ask("Account", start, start + length)
        assert (caught.value.status, caught.value.code) == (400, "INVALID_REPLICATION_DATE")
        assert caught.value.message == told


def test_records_that_were_made_late_appear_with_their_old_stamp(org: Org, clock: StandingClock) -> None:
    with org.lifecycle.delayed(30):
        late = org.create("Account", {"Name": "Late"})
        org.create("Contact", {"LastName": "Late", "AccountId": late})
    clock.advance(seconds=10)
    org.create("Account", {"Name": "Soon"})
    seen = values(org, "SELECT Name FROM Account ORDER BY SystemModstamp"), org.counts()["Account"]
    with pytest.raises(OrgError) as caught:
        org.read("Account", late)
    clock.advance(seconds=20)

    assert (seen, caught.value.code) == ((["Soon"], 1), "NOT_FOUND")
    assert values(org, "SELECT Name FROM Account ORDER BY SystemModstamp") == ["Late", "Soon"]
    assert org.read("Account", late)["SystemModstamp"] == "2026-05-06T11:56:44.000+0000"


def test_a_parent_that_is_late_is_none(org: Org) -> None:
    with org.lifecycle.delayed(30):
        late = org.create("Account", {"Name": "Late"})
    org.create("Contact", {"LastName": "Soon", "AccountId": late})

    assert values(org, "SELECT Account.Name FROM Contact") == [None]


def test_old_values_are_seen_until_a_late_change_appears(org: Org, sales: Sales, clock: StandingClock) -> None:
    clock.advance(seconds=10)
    with org.lifecycle.delayed(30):
        org.update("Account", sales.acme, {"Name": "Late"})
        org.lifecycle.delete("Contact", sales.bob)
    org.update("Account", sales.acme, {"Phone": "1"})
    soql = f"SELECT Name, Phone, SystemModstamp FROM Account WHERE Id = '{sales.acme}'"
    (before,) = org.query(soql).records(0, 2)
    contacts = org.counts()["Contact"]
    clock.advance(seconds=30)
    (after,) = org.query(soql).records(0, 2)

    assert (before["Name"], before["Phone"], contacts) == ("Acme", "1", 2)
    assert (after["Name"], after["Phone"], org.counts()["Contact"]) == ("Late", "1", 1)
    assert after["SystemModstamp"] == "2026-05-06T11:56:54.000+0000"


def test_a_change_that_was_made_after_a_late_one_appeared_stands(org: Org, sales: Sales, clock: StandingClock) -> None:
    with org.lifecycle.delayed(30):
        org.update("Account", sales.acme, {"Name": "Late"})
    clock.advance(seconds=30)
    org.update("Account", sales.acme, {"Name": "Newest"})

    assert org.read("Account", sales.acme)["Name"] == "Newest"


def test_a_late_write_holds_back_what_is_covered(org: Org, sales: Sales, clock: StandingClock) -> None:
    start = clock() - DAY
    clock.advance(minutes=10)
    with org.lifecycle.delayed(600):
        late = org.create("Account", {"Name": "Late"})
        org.lifecycle.delete("Account", sales.globex)
    clock.advance(minutes=5)
    updated, deleted = (
        org.lifecycle.updated("Account", start, clock()),
        org.lifecycle.deleted("Account", start, clock()),
    )
    clock.advance(minutes=5)
    after = org.lifecycle.updated("Account", start, clock()), org.lifecycle.deleted("Account", start, clock())

    assert (updated.ids, deleted.records) == ([sales.acme, sales.globex], [])
    assert updated.latest_date_covered == deleted.latest_date_covered == "2026-05-06T12:06:00.000Z"
    assert after[0].ids == [sales.acme, late]
    assert [record_id for record_id, _ in after[1].records] == [sales.globex]
    assert after[0].latest_date_covered == "2026-05-06T12:16:00.000Z"


def test_late_writes_that_fail_leave_nothing_behind(org: Org, sales: Sales) -> None:
    with pytest.raises(OrgError, match="REQUIRED_FIELD_MISSING"), org.lifecycle.delayed(30):
        org.update("Account", sales.acme, {"Name": "Late"})
        org.create("Account", {})
    with org.lifecycle.delayed(30):
        pass

    assert values(org, "SELECT Name FROM Account ORDER BY Name") == ["Acme", "Globex"]


def test_late_writes_survive_a_restart(schema: Schema, clock: StandingClock, tmp_path: Path) -> None:
    before = Org(schema, tmp_path / "org.sqlite", clock)
    with before.lifecycle.delayed(30):
        before.create("Account", {"Name": "Late"})
    before.close()
    after = Org(schema, tmp_path / "org.sqlite", clock)
    hidden = after.counts()["Account"]
    clock.advance(seconds=30)

    assert (hidden, after.counts()["Account"]) == (0, 1)
    after.close()


def test_an_object_without_the_stamp_of_the_system_is_not_replicated(tmp_path: Path, clock: StandingClock) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text("objects: {Mark__c: {stamps: [CreatedDate]}}", encoding="utf-8")
    org = Org(load_schema(file), None, clock)

    with pytest.raises(OrgError, match="entity type cannot be replicated: Mark__c"):
        org.lifecycle.updated("Mark__c", clock() - DAY, clock())
    org.close()


@pytest.mark.parametrize("sobject", ["ContentDocument", "ContentDocumentLink", "ContentVersion"])
def test_content_is_not_replicateable(org: Org, clock: StandingClock, sobject: str) -> None:
    window = (clock.moment - timedelta(hours=1), clock.moment)

    assert org.describe(sobject)["replicateable"] is False
    for read in (org.lifecycle.updated, org.lifecycle.deleted):
        with pytest.raises(OrgError, match="entity type cannot be replicated") as caught:
            read(sobject, *window)
        assert caught.value.code == "INVALID_TYPE_FOR_OPERATION"
