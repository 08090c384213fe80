from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from http_api import Api

from localorg.server import RunningOrg, running_org


def test_a_status_fires_after_those_it_skips_and_as_often_as_ordered(org: RunningOrg, api: Api) -> None:
    org.control.order("status", "/limits", method="GET", skip=1, count=2, status=503, message="down")
    statuses = [api("GET", "/limits").status_code for _ in range(5)]
    assert statuses == [200, 503, 503, 200, 200]
    (told,) = org.control.faults()
    assert (told["matched"], told["fired"]) == (5, 2)


def test_a_status_has_the_shape_of_an_error(org: RunningOrg, api: Api) -> None:
    org.control.order("status", "/sobjects", status=500, code="UNKNOWN_EXCEPTION", message="try again")
    answer = api("GET", "/sobjects")
    assert (answer.status_code, answer.json()) == (500, [{"message": "try again", "errorCode": "UNKNOWN_EXCEPTION"}])


def test_a_path_is_searched_in_the_decoded_query_too(org: RunningOrg, api: Api) -> None:
    org.control.order("status", "FROM Contact", count=None)
    queries = [api("GET", "/query", params={"q": f"SELECT Id FROM {name}"}) for name in ("Account", "Contact")]
    assert [answer.status_code for answer in queries] == [200, 503]


def test_faults_are_gone_when_they_are_cleared(org: RunningOrg, api: Api) -> None:
    org.control.order("status", "", count=None)
    broken = api("GET", "/limits").status_code
    org.control.clear_faults()
    assert (broken, api("GET", "/limits").status_code, org.control.faults()) == (503, 200, [])


def test_a_hang_lasts_longer_than_a_client_waits(org: RunningOrg, api: Api) -> None:
    org.control.order("hang", "/limits", seconds=60)
    with pytest.raises(requests.ReadTimeout):
        api.http.get(f"{org.base_url}/services/data/v59.0/limits", timeout=0.2)
    assert api("GET", "/limits").status_code == 200


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_connection_is_reset_before_or_after_the_org_acted(org: RunningOrg, api: Api, when: str, made: int) -> None:
    name = f"Reset {when}"
    org.control.order("reset", "/sobjects/Account", when=when)
    with pytest.raises(requests.ConnectionError):
        api.create("Account", Name=name)
    assert api.query(f"SELECT COUNT() FROM Account WHERE Name = '{name}'")["totalSize"] == made


def test_an_answer_is_cut_in_the_middle(org: RunningOrg, api: Api) -> None:
    org.control.order("truncate", "/describe")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        api("GET", "/sobjects/Account/describe")
    assert api("GET", "/sobjects/Account/describe").status_code == 200


def test_tokens_expire_on_demand(org: RunningOrg, api: Api) -> None:
    org.control.order("expire_tokens", "/limits")
    assert api("GET", "/limits").json()[0]["errorCode"] == "INVALID_SESSION_ID"
    assert api("GET", "/sobjects").status_code == 401
    assert Api(org)("GET", "/sobjects").status_code == 200


def test_a_quota_is_spent_on_demand_but_signing_in_goes_on(org: RunningOrg, api: Api) -> None:
    org.control.order("quota", "", count=None)
    answer = api("GET", "/limits")
    form = {"grant_type": "client_credentials", "client_id": "closedwon", "client_secret": "local-only"}
    token = requests.post(f"{org.base_url}/services/oauth2/token", data=form, timeout=20)
    assert (answer.status_code, token.status_code) == (403, 200)
    assert answer.json() == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]


def test_records_are_locked_on_demand(org: RunningOrg, api: Api) -> None:
    org.control.order("lock", "composite/sobjects", records=1)
    org.control.order("lock", "sobjects/Account$", method="POST")
    records = [{"attributes": {"type": "Account"}, "Name": name} for name in ("Locked", "Free")]
    locked, free = api("POST", "/composite/sobjects", json={"records": records}).json()
    alone = api("POST", "/sobjects/Account", json={"Name": "Locked"})
    assert (locked["errors"][0]["statusCode"], free["success"]) == ("UNABLE_TO_LOCK_ROW", True)
    assert (alone.status_code, alone.json()[0]["errorCode"]) == (400, "UNABLE_TO_LOCK_ROW")


@pytest.mark.parametrize("wish", [{"kind": "unknown"}, {"kind": "hang", "second": 3}, {"kind": "hang", "path": "("}])
def test_an_order_that_cannot_be_understood_is_refused(org: RunningOrg, wish: dict[str, Any]) -> None:
    answer = requests.post(f"{org.base_url}/localorg/faults", json=wish, timeout=20)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FAULT")
    assert org.control.faults() == []


def test_a_real_quota_refills_as_the_hours_pass(tmp_path: Path) -> None:
    with running_org(tmp_path, api_limit=2) as org:
        statuses = [Api(org)("GET", "/limits") for _ in range(3)]
        org.control.shift_clock(25 * 3600)
        later = Api(org)("GET", "/limits")
    assert [answer.status_code for answer in statuses] == [200, 200, 403]
    assert statuses[2].headers["Sforce-Limit-Info"] == "api-usage=2/2"
    assert later.headers["Sforce-Limit-Info"] == "api-usage=1/2"


def test_a_clock_that_stands_is_moved_on_and_stands_again(org: RunningOrg) -> None:
    held = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
    org.control.hold_clock(held)
    org.control.advance_clock(90)
    assert org.control.now() == held + timedelta(seconds=90)


def test_the_clock_stands_where_it_is_held_and_stamps_what_is_written(org: RunningOrg, api: Api) -> None:
    held = datetime(2016, 3, 27, 1, 30, tzinfo=UTC)
    org.control.hold_clock(held)
    fresh = Api(org)
    record_id = fresh.create("Account", Name="Stamped")
    assert org.control.now() == held
    assert fresh("GET", f"/sobjects/Account/{record_id}").json()["SystemModstamp"] == "2016-03-27T01:30:00.000+0000"


@pytest.mark.parametrize("now", ["yesterday", "2026-03-29T01:30:00"])
def test_a_time_without_a_zone_or_sense_is_refused(org: RunningOrg, now: str) -> None:
    answer = requests.post(f"{org.base_url}/localorg/clock", json={"now": now}, timeout=20)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_CLOCK")


def test_a_record_may_appear_late_with_a_stamp_of_the_past(org: RunningOrg, api: Api) -> None:
    past = (org.control.now() - timedelta(minutes=5)).replace(microsecond=0)
    (record_id,) = org.control.write_records("Account", [{"Name": "Late", "SystemModstamp": past.isoformat()}])
    (changed,) = org.control.write_records(
        "Account", [{"Id": record_id, "SystemModstamp": past.isoformat(), "Fax": "9"}]
    )
    read = api("GET", f"/sobjects/Account/{record_id}").json()
    assert changed == record_id
    assert (read["SystemModstamp"], read["Fax"]) == (past.strftime("%Y-%m-%dT%H:%M:%S.000+0000"), "9")


def test_calls_are_counted_by_endpoint_and_can_be_counted_anew(org: RunningOrg, api: Api) -> None:
    api("GET", "/sobjects/Account/describe")
    api("GET", "/sobjects/Contact/describe")
    requests.post(f"{org.base_url}/services/oauth2/token", timeout=20)
    told = org.control.calls()
    assert (told["total"], told["api"]) == (3, 2)
    assert {"method": "GET", "path": "/services/data/vXX.0/sobjects/{sobject}/describe", "count": 2} in told["calls"]
    org.control.reset_calls()
    assert org.control.calls()["total"] == 0
