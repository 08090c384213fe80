"""The recorded jobs of the Bulk API 1.0, each scenario played as a whole: what one call made, the next ones name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from recorded_material import Exchange, exchanges
from recorded_shapes import differences
from recorded_world import QueryContext
from replayed_org import Replayed

BULK = [exchange for exchange in exchanges() if exchange.is_bulk]
IN_JSON = "/62.0/job/7509H0000016GUXQA2"
"""The one recorded job whose results are JSON."""
IN_XML = [e for e in BULK if e.method == "POST" and str(e.answer).startswith("<?xml")]
"""Those that were recorded as text, so that the order of elements is known."""
UPSERTS = sorted({exchange.scenario for exchange in BULK if "TestUpsert" in exchange.scenario})
CHUNK = re.compile(r"(?:^|\r\n)([0-9a-f]{1,4})\r\n")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z")
ID = re.compile(r"\b(?:750|751|003|001)P\w{14}\b")
IN_WORK = re.compile(r"(?:<state>|\"state\":\")(?:Queued|InProgress)")
FACTS = {
    "state": "state",
    "object": "object",
    "idField": "externalIdFieldName",
    "numrecsprocc": "numberRecordsProcessed",
}
"""The recordings' short names for what is in a job or batch."""
pytestmark = pytest.mark.skipif(not BULK, reason="the recorded exchanges (../shared/material) are not here")


class Scenario:
    """A client that repeats recorded calls with the ids that it was given here."""

    def __init__(self, replayed: Replayed) -> None:
        self._replayed = replayed
        self._session = {"X-SFDC-Session": replayed.http.headers["Authorization"].split()[1]}
        self.ids: dict[str, str] = {}

    def send(self, exchange: Exchange) -> requests.Response:
        path = self._with_our_ids(exchange.path)
        body = self._with_our_ids(unchunked(exchange.request or ""))
        is_batch = path.endswith("/batch") and exchange.method == "POST"
        headers = {"Content-Type": "text/csv; charset=UTF-8" if is_batch else "application/xml; charset=UTF-8"}
        if exchange.is_bulk:
            headers |= self._session
        url = self._replayed.url + path
        while True:
            answer = self._replayed.http.request(
                exchange.method, url, params=exchange.query, data=body.encode(), headers=headers, timeout=20
            )
            if exchange.method != "GET" or not IN_WORK.search(answer.text):
                return answer

    def learn(self, recorded: str, ours: str) -> None:
        self.ids[recorded] = ours

    def _with_our_ids(self, text: str) -> str:
        return ID.sub(lambda found: self.ids.get(found[0], found[0]), text)


def unchunked(body: str) -> str:
    """A body that was recorded with the lengths of its chunks."""
    parts = CHUNK.split(body)
    return "".join(parts[2::2]) if len(parts) > 2 else body


def facts(content: bytes) -> dict[str, str]:
    """What a document tells of a job, a batch, or the one batch in a list; empty for an empty list."""
    root = ElementTree.fromstring(content)
    inner = root if not root.tag.endswith("List") else next(iter(root), [])
    return {part.tag.rpartition("}")[2]: part.text or "" for part in inner}


def results(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("scenario", UPSERTS, ids=lambda name: name.rpartition("/")[2])
def test_a_recorded_load_has_the_same_course_and_results(fresh: Replayed, scenario: str) -> None:
    client = Scenario(fresh)
    recorded = [e for e in exchanges() if e.scenario == scenario and (e.is_bulk or e.is_query)]

    for exchange in recorded:
        answer = client.send(exchange)
        assert answer.status_code == exchange.status, answer.text
        if not exchange.is_bulk:
            _check_query(exchange.answer, answer.json())
        elif exchange.path.endswith("/result"):
            _check_results(client, exchange.answer, answer.text)
        elif isinstance(exchange.answer, dict):
            _check_facts(client, exchange.answer["vars"], facts(answer.content))
        else:
            assert (facts(answer.content), facts(exchange.answer.encode())) == ({}, {})

    assert len(recorded) > 20


def _check_query(recorded: dict[str, Any], ours: dict[str, Any]) -> None:
    assert differences(recorded, ours) == []
    assert ours["totalSize"] == recorded["totalSize"]
    assert sorted(map(_values, ours["records"])) == sorted(map(_values, recorded["records"]))


def _values(record: dict[str, Any]) -> list[str]:
    """What is in a record, but for ids, which are our own."""
    children = [
        _values(child) for value in record.values() if isinstance(value, dict) for child in value.get("records", [])
    ]
    return [
        str(value) for name, value in record.items() if name not in ("attributes", "Id") and isinstance(value, str)
    ] + [str(child) for child in children]


def _check_results(client: Scenario, recorded: str, ours: str) -> None:
    expected, told = results(recorded), results(ours)
    for theirs, row in zip(expected, told, strict=True):
        known = client.ids.setdefault(theirs["Id"], row["Id"])
        assert {**row, "Id": known} == {**theirs, "Id": row["Id"]}


def _check_facts(client: Scenario, recorded: dict[str, str], ours: dict[str, str]) -> None:
    """How far a job is depends on the moment; only a batch that has ended tells what it did in any org."""
    client.learn(recorded["id"], ours["id"])
    is_job = "operation" in ours
    told = {FACTS[name]: value for name, value in recorded.items() if name in FACTS}
    if is_job:
        told.pop("numberRecordsProcessed", None)
    if is_job or told["state"] == "Completed":
        assert {name: ours[name] for name in told} == told
    assert STAMP.fullmatch(ours["createdDate"]) and STAMP.fullmatch(ours["systemModstamp"])


@pytest.mark.parametrize("exchange", IN_XML, ids=lambda exchange: exchange.name)
def test_a_document_has_the_recorded_elements_in_the_recorded_order(fresh: Replayed, exchange: Exchange) -> None:
    answer = Scenario(fresh).send(exchange)

    theirs, ours = facts(exchange.answer.encode()), facts(answer.content)
    assert answer.status_code == 201
    assert list(ours) == list(theirs)
    own = {"id", "createdById", "createdDate", "systemModstamp"}
    assert {name: ours[name] for name in ours if name not in own} == {n: theirs[n] for n in theirs if n not in own}


def test_the_recorded_query_in_json_finds_the_recorded_records(fresh: Replayed) -> None:
    recorded = [exchange for exchange in BULK if IN_JSON in exchange.path]
    (result,) = (exchange for exchange in recorded if "/result/" in exchange.path)
    stamped = [dict(_with_stamps(record)) for record in result.answer]
    QueryContext(fresh.org).prepare(replace(result, answer=stamped))
    client = Scenario(fresh)
    (made,) = (e for e in BULK if isinstance(e.answer, str) and "7509H0000016GUXQA2" in e.answer)
    job = facts(client.send(made).content)["id"]

    for exchange in recorded:
        path = exchange.path.replace("7509H0000016GUXQA2", job)
        for theirs, ours in client.ids.items():
            path = path.replace(theirs, ours)
        answer = client.send(replace(exchange, path=path))
        assert answer.status_code == exchange.status, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        assert differences(exchange.answer, answer.json()) == []
        if isinstance(exchange.answer, dict):
            client.learn(exchange.answer["id"], answer.json()["id"])
        elif isinstance(exchange.answer[0], str):
            client.learn(exchange.answer[0], answer.json()[0])
    assert answer.json() == result.answer


def _with_stamps(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The record as REST tells it, with text for moments."""
    for name, value in record.items():
        is_moment = isinstance(value, int) and name.endswith("DateTime")
        yield name, f"{datetime.fromtimestamp(value / 1000, UTC):%Y-%m-%dT%H:%M:%S}.000+0000" if is_moment else value
