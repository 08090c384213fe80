from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from simple_salesforce import Salesforce

from closedwon.errors import OrgUnavailable, RequestRefused
from closedwon.salesforce.describe import read_describe
from closedwon.salesforce.limits import read_limits
from closedwon.salesforce.probe import Changes, Probe, probe_changes
from closedwon.salesforce.query_model import change_query
from localorg.server import RunningOrg

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OBJECTS = ("Account", "Contact", "Opportunity", "User", "Task")


def probe_objects(sf: Salesforce, starts: dict[str, datetime | None]) -> Probe:
    """Probes each object from its start, under its own name."""
    return probe_changes(sf, {sobject: change_query(sobject, start) for sobject, start in starts.items()}, {})


def test_one_call_tells_of_five_objects_what_changed(org: RunningOrg, sf: Salesforce) -> None:
    stamps = [NOON - timedelta(seconds=1), NOON, NOON + timedelta(minutes=1)]
    _, second, third = org.control.write_records(
        "Account", [{"Name": "a", "SystemModstamp": s.isoformat()} for s in stamps]
    )

    probe = probe_objects(sf, {**dict.fromkeys(OBJECTS), "Account": NOON})

    assert org.control.calls()["api"] == sf.session.calls == 1
    assert probe.changes["Account"] == Changes(2, stamps[2], ((third, stamps[2]), (second, stamps[1])))
    assert probe.changes["Contact"] == Changes(0, None)


def test_without_a_start_all_records_count_deleted_ones_too(org: RunningOrg, sf: Salesforce) -> None:
    first, _ = org.control.write_records("Account", [{"Name": "a"}, {"Name": "b"}])
    sf.Account.delete(first)

    assert probe_objects(sf, {"Account": None}).changes["Account"].records == 2


def test_the_clock_is_the_orgs(org: RunningOrg, sf: Salesforce) -> None:
    org.control.hold_clock(NOON)

    assert probe_objects(sf, {"Account": NOON}).org_now == NOON


def test_six_objects_take_two_calls_and_the_earlier_clock(org: RunningOrg, sf: Salesforce) -> None:
    probe = probe_objects(sf, dict.fromkeys([*OBJECTS, "Lead"]))

    assert set(probe.changes) == {*OBJECTS, "Lead"}
    assert sf.session.calls == 2


def test_an_object_that_the_org_lacks_is_refused_alone_and_the_others_are_counted(sf: Salesforce) -> None:
    probe = probe_objects(sf, {"Account": None, "Nonsense__c": None, "Contact": None})

    assert probe.changes == {"Account": Changes(0, None), "Contact": Changes(0, None)}
    assert isinstance(probe.refused["Nonsense__c"], RequestRefused)
    assert "INVALID_TYPE" in str(probe.refused["Nonsense__c"])


def test_two_queries_of_one_object_are_distinguished_by_their_names(org: RunningOrg, sf: Salesforce) -> None:
    org.control.write_records("Account", [{"Name": "a", "SystemModstamp": NOON.isoformat()}])

    queries = {
        "accounts": change_query("Account", NOON + timedelta(hours=1)),
        "partners": change_query("Account", None),
    }

    assert probe_changes(sf, queries, {}).changes == {"accounts": Changes(0, None, ()), "partners": Changes(1, NOON)}


def test_of_more_than_two_thousand_records_the_newest_are_listed_and_none_is_counted(
    org: RunningOrg, sf: Salesforce
) -> None:
    stamps = [NOON + timedelta(seconds=number) for number in range(2_001)]
    org.control.write_records("Account", [{"Name": "a", "SystemModstamp": s.isoformat()} for s in stamps])

    found = probe_objects(sf, {"Account": NOON}).changes["Account"]

    assert found.records is None
    assert found.listed is not None
    assert [version.system_modstamp for version in found.listed] == stamps[:0:-1]


def test_a_probe_that_fails_once_is_repeated(org: RunningOrg, sf: Salesforce) -> None:
    org.control.order("reset", "/composite", when="after", count=1)

    assert probe_objects(sf, {"Account": None}).changes["Account"] == Changes(0, None)


def test_an_org_that_stays_away_is_given_up(org: RunningOrg, sf: Salesforce) -> None:
    org.control.order("status", "/composite", count=None)

    with pytest.raises(OrgUnavailable, match=r"SERVER_UNAVAILABLE.*HTTP 503, POST .*composite, Account"):
        probe_objects(sf, {"Account": None})


def test_a_describe_comes_in_the_same_call_unless_it_has_not_changed_since(org: RunningOrg, sf: Salesforce) -> None:
    queries = {sobject: change_query(sobject, NOON) for sobject in ("Account", "Contact")}
    now = org.control.now()
    starts = {"Account": now - timedelta(minutes=1), "Contact": now + timedelta(minutes=1)}

    probe = probe_changes(sf, queries, starts)

    assert set(probe.describes) == {"Account"}
    assert "Phone" in {field["name"] for field in probe.describes["Account"]["fields"]}
    assert sf.session.calls == 1


def test_a_describe_names_the_fields(sf: Salesforce) -> None:
    fields = {field["name"]: field["type"] for field in read_describe(sf, "Delivery_Project__c")["fields"]}

    assert fields["Hours__c"] == "double"
    assert fields["Account__c"] == "reference"


def test_a_describe_of_an_object_that_the_org_lacks_is_refused(sf: Salesforce) -> None:
    with pytest.raises(RequestRefused, match=r"NOT_FOUND.*Nonsense__c"):
        read_describe(sf, "Nonsense__c")


def test_limits_tell_what_is_left(sf: Salesforce) -> None:
    limit = read_limits(sf)["DailyApiRequests"]

    assert limit.maximum == 100_000
    assert limit.remaining < limit.maximum
