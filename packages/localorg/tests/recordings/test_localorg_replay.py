"""Each exchange that was recorded with a real org, played again: the same status, keys, types and formats."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, urlencode

import pytest
import requests
from recorded_material import Exchange, exchanges
from recorded_shapes import differences
from recorded_world import QueryContext
from replayed_org import Replayed

from localorg.state.tokens import Credentials

EXCHANGES = exchanges()
REPLAYED = [exchange for exchange in EXCHANGES if exchange.left_out is None and not exchange.is_bulk]
KNOWN = Credentials()
CREDENTIALS = urlencode(
    {
        "grant_type": "password",
        "client_id": KNOWN.key,
        "client_secret": KNOWN.secret,
        "username": KNOWN.username,
        "password": KNOWN.secret,
    }
)
"""What stands for the hidden ones in the recorded sign-in."""
HEADER_FORMS = {
    "content-type": re.compile(r"application/json;charset=UTF-8"),
    "location": re.compile(r"/services/data/v\d\d\.0/sobjects/\w+/\w{18}"),
    "sforce-limit-info": re.compile(r"api-usage=\d+/\d+"),
    "etag": re.compile(r'"[0-9a-f]{8}"'),
    "last-modified": re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"),
    "date": re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"),
}
pytestmark = pytest.mark.skipif(not EXCHANGES, reason="the recorded exchanges (../shared/material) are not here")


@pytest.mark.parametrize("exchange", REPLAYED, ids=lambda exchange: exchange.name)
def test_a_recorded_exchange_is_answered_as_the_real_org_did(fresh: Replayed, exchange: Exchange) -> None:
    QueryContext(fresh.org).prepare(exchange)

    answer = send(fresh, exchange)

    assert answer.status_code == exchange.status, answer.text
    ours = answer.json() if answer.content else None
    told = differences(exchange.answer, ours, may_have_less=exchange.may_have_less)
    assert [line for line in told if line.removeprefix("we lack ").partition(":")[0] not in exchange.may_differ] == []
    assert wrong_headers(exchange, answer) == []
    if exchange.has_values:
        assert ours == exchange.answer


def test_it_is_known_how_many_exchanges_are_replayed_and_how_many_are_not() -> None:
    bulk = [exchange for exchange in EXCHANGES if exchange.is_bulk]  # see test_localorg_bulk1_replay.py
    left_out = [exchange for exchange in EXCHANGES if exchange.left_out is not None]
    with_values = [exchange for exchange in REPLAYED if exchange.has_values]
    without_records = [exchange for exchange in REPLAYED if "/tooling/query" in exchange.path]

    assert (len(EXCHANGES), len(REPLAYED), len(bulk), len(left_out)) == (235, 163, 63, 9)
    assert len(with_values) == 77
    assert len(without_records) == 15  # they ask for Apex, which the local org has not: only the envelope is compared


def wrong_headers(exchange: Exchange, answer: requests.Response) -> list[str]:
    """The recorded headers that matter to clients, where ours has another form or none."""
    told = {name: form for name, form in HEADER_FORMS.items() if name in exchange.headers}
    return [
        f"{name}: {answer.headers.get(name)}"
        for name, form in told.items()
        if not form.fullmatch(answer.headers.get(name, ""))
    ]


def send(replayed: Replayed, exchange: Exchange) -> requests.Response:
    """The local org's answer to the same request, with the ids of its own organization and user."""
    path = re.sub(r"/Organization/\w+$", f"/Organization/{replayed.org.organization_id}", exchange.path)
    path = re.sub(r"^/id/\w+/\w+", f"/id/{replayed.org.organization_id}/{replayed.org.admin_user_id}", path)
    body = CREDENTIALS if path.endswith("/token") else json.dumps(exchange.request) if exchange.request else None
    return replayed.http.request(
        exchange.method,
        replayed.url + quote(path, safe="/:"),
        params=exchange.query,
        data=body,
        headers={"Content-Type": exchange.content_type},
        timeout=20,
    )
