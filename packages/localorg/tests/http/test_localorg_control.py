"""The control API tells a test that says nonsense so, and goes on working."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from http_api import Api

from localorg.server import RunningOrg

ACCOUNT = "001000000000001AAA"


def refusal(org: RunningOrg, resource: str, body: Any) -> tuple[int, str]:
    answer = requests.post(f"{org.base_url}/localorg/{resource}", json=body, timeout=20)
    return answer.status_code, answer.json()[0]["errorCode"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"offset_s": "soon"},
        {"offset_s": None},
        {"advance_s": [1]},
        {"advance_s": True},
        {"advance_s": 1e300},
        {"offset_s": -1e11},
        {"now": 5},
        {"now": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_a_time_that_makes_no_sense_is_refused_and_leaves_the_clock_as_it_is(
    org: RunningOrg, body: dict[str, Any]
) -> None:
    before = org.control.now()

    assert refusal(org, "clock", body) == (400, "INVALID_CLOCK")
    assert 0 <= (org.control.now() - before).total_seconds() < 60


@pytest.mark.parametrize(
    ("resource", "body"),
    [
        ("records", {"sobject": "Account", "records": ["Acme"]}),
        ("records", {"sobject": "Account", "records": {"Name": "Acme"}}),
        ("records", {"records": [{"Name": "Acme"}]}),
        ("merge", {"sobject": "Account", "losers": [ACCOUNT]}),
        ("merge", {"sobject": "Account", "master": ACCOUNT, "losers": ACCOUNT}),
        ("merge", {"sobject": "Account", "master": ACCOUNT, "losers": [ACCOUNT], "fields": ["Name"]}),
        ("undelete", {}),
        ("purge", {"ids": [None]}),
        ("locks", {"ids": ACCOUNT}),
    ],
)
def test_records_that_are_named_wrongly_are_refused(org: RunningOrg, resource: str, body: dict[str, Any]) -> None:
    assert refusal(org, resource, body) == (400, "INVALID_RECORDS")


@pytest.mark.parametrize("used", [10**18, 1.5, True])
def test_a_quota_that_nobody_can_spend_is_refused(org: RunningOrg, used: Any) -> None:
    assert refusal(org, "limits", {"used": used}) == (400, "INVALID_LIMITS")


@pytest.mark.parametrize("rotates", ["false", 1, None])
def test_a_word_is_not_taken_for_yes(org: RunningOrg, rotates: Any) -> None:
    assert refusal(org, "sign-in", {"rotates_refresh_tokens": rotates}) == (400, "INVALID_SIGN_IN")
    assert org.instance.credentials.rotates_refresh_tokens is False


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "late", "seconds": 1e300},
        {"kind": "hang", "seconds": -1},
        {"kind": "status", "status": 99},
        {"kind": "html", "status": 1_000},
        {"kind": "html", "status": 204},
        {"kind": "status", "probability": 2},
    ],
)
def test_a_fault_that_cannot_be_played_is_refused(org: RunningOrg, api: Api, wish: dict[str, Any]) -> None:
    assert refusal(org, "faults", wish) == (400, "INVALID_FAULT")
    assert api("GET", "/limits").status_code == 200
