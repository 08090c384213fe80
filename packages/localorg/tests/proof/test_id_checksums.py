"""Every id in any answer ends in three signs that say which of the first fifteen are capitals."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from fuzz_calls import Request, ask
from fuzz_jobs import told_id, wait
from fuzz_templates import BULK_NAMESPACE, DATA

from localorg.http.app import App
from localorg.http.startup import open_instance

ID = re.compile(rb"(?<![A-Za-z0-9+=])(?:0[0-9A-Za-z]{2}|[0-9a-z][0-9][0-9A-Za-z])[0-9A-Za-z]{15}(?![A-Za-z0-9+=])")
"""Eighteen letters and digits that begin as a key prefix does."""
SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
KINDS = set(re.findall(r"\w+", "001 003 005 006 00D 00T 00e 012 068 069 06A 0r8 750 751 a00"))
"""Records, users, record types, files, cursors, jobs and batches, by the prefixes of their ids."""
OBJECTS = """
objects:
  Account:
    recordTypes: [{name: Partner}]
  Visit__c:
    fields:
      Account__c: {type: reference, to: Account}
"""


class Client:
    """Asks the org, and keeps every id that it hears of."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._token = app.instance.tokens.issue().encode()
        self.heard: Counter[str] = Counter()

    def __call__(self, method: str, path: str, body: object = None, kind: bytes = b"application/json") -> bytes:
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = ((b"authorization", b"Bearer " + self._token), (b"content-type", kind))
        place, _, query = path.partition("?")
        reply = asyncio.run(ask(self._app, Request(method, place.encode(), query.encode(), headers, content)))
        assert reply.status < 300, (path, reply.body)
        told = reply.body + b"\n" + "\n".join(reply.headers.values()).encode()
        self.heard.update(found.decode() for found in ID.findall(told))
        return reply.body

    def data(self, method: str, path: str, body: object = None, kind: bytes = b"application/json") -> bytes:
        return self(method, DATA + path, body, kind)

    def make(self, path: str, body: object) -> str:
        return str(json.loads(self.data("POST", path, body))["id"])


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    objects = tmp_path / "objects.yaml"
    objects.write_text(OBJECTS, encoding="utf-8")
    instance = open_instance(tmp_path / "state", data="generated", objects=objects)
    yield Client(App(instance))
    instance.org.close()


def test_the_checksum_holds_on_every_id_in_every_answer(client: Client) -> None:
    account = client.make("/sobjects/Account", {"Name": "Acme"})
    client.make("/sobjects/Visit__c", {"Name": "V", "Account__c": account})
    client.make("/sobjects/Task", {"Subject": "T", "WhatId": account})
    client.make("/sobjects/ContentVersion", {"Title": "T", "PathOnClient": "t.txt", "VersionData": "YQ=="})
    read_all_records(client)
    run_bulk_jobs(client)
    run_older_bulk_job(client)
    client.data("GET", "/sobjects/Account/describe")
    client("GET", "/services/oauth2/userinfo")

    wrong = [record_id for record_id in client.heard if record_id[15:] != checksum(record_id[:15])]

    assert not wrong
    assert {record_id[:3] for record_id in client.heard} >= KINDS
    assert len(client.heard) > 4_000


def checksum(body: str) -> str:
    """Of each five signs, the bit of each capital; together they count a sign."""
    groups = (body[:5], body[5:10], body[10:])
    return "".join(SIGNS[sum(2**bit for bit in range(5) if group[bit].isupper())] for group in groups)


def read_all_records(client: Client) -> None:
    for entry in json.loads(client.data("GET", "/sobjects"))["sobjects"]:
        if entry["queryable"]:
            client.data("GET", f"/query?q=SELECT+FIELDS(ALL)+FROM+{entry['name']}+LIMIT+200")
    for sobject in ("Account", "Contact", "Opportunity"):
        page = json.loads(client.data("GET", f"/query?q=SELECT+Id,OwnerId,Description+FROM+{sobject}"))
        while "nextRecordsUrl" in page:
            page = json.loads(client("GET", page["nextRecordsUrl"]))


def run_bulk_jobs(client: Client) -> None:
    query = client.make("/jobs/query", {"operation": "query", "query": "SELECT Id, AccountId FROM Contact"})
    ingest = client.make("/jobs/ingest", {"object": "Account", "operation": "insert"})
    client.data("PUT", f"/jobs/ingest/{ingest}/batches", b"Name\nOne\nTwo\n", b"text/csv")
    client.data("PATCH", f"/jobs/ingest/{ingest}", {"state": "UploadComplete"})
    for job in (f"/jobs/query/{query}", f"/jobs/ingest/{ingest}"):
        wait(partial(client.data, "GET", job), lambda told: json.loads(told)["state"] == "JobComplete")
    client.data("GET", f"/jobs/query/{query}/results")
    client.data("GET", f"/jobs/ingest/{ingest}/successfulResults")
    client.data("GET", "/jobs/ingest")


def run_older_bulk_job(client: Client) -> None:
    base = "/services/async/59.0/job"
    wish = f"<jobInfo {BULK_NAMESPACE}><operation>insert</operation><object>Account</object>"
    told = client("POST", base, f"{wish}<contentType>CSV</contentType></jobInfo>".encode(), b"application/xml")
    job = told_id(told)
    batch = told_id(client("POST", f"{base}/{job}/batch", b"Name\nThree\n", b"text/csv"))
    wait(partial(client, "GET", f"{base}/{job}/batch/{batch}"), lambda told: b"Completed" in told)
    client("GET", f"{base}/{job}/batch/{batch}/result")
