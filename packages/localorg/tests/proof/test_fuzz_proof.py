"""Ten thousand requests, most of them spoiled: each gets an answer in Salesforce's shape, and the org still works."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from fuzz_calls import Reply, Request, ask
from fuzz_shapes import Misshapen, check
from fuzz_spoiling import spoiled
from fuzz_templates import DATA, Known, pick

from localorg.http.app import App
from localorg.http.startup import open_instance

SEEDS = 5
REQUESTS_PER_SEED = 2_000
OBJECTS = """
objects:
  Account:
    fields:
      Key__c: {type: text, length: 20, externalId: true, unique: true}
"""
JOBS = (b"ingest", b"query", b"async")
KINDS = {"001": "Account", "003": "Contact", "068": "ContentVersion", "751": "batch", "00D": "Organization"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    objects = tmp_path / "objects.yaml"
    objects.write_text(OBJECTS, encoding="utf-8")
    instance = open_instance(tmp_path / "state", data=None, objects=objects, api_limit=10**9)
    yield App(instance)
    instance.org.close()


@pytest.fixture
def known(app: App) -> Known:
    org = app.instance.org
    ids = {"User": [org.admin_user_id], "Organization": [org.organization_id]}
    ids["Account"] = org.insert_many("Account", [{"Name": f"A{n}", "Key__c": f"{n}"} for n in range(20)])
    ids["Contact"] = org.insert_many(
        "Contact", [{"LastName": f"C{n}", "AccountId": ids["Account"][n]} for n in range(9)]
    )
    return Known(app.instance.tokens.issue(), ids)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_spoiled_request_is_refused_as_salesforce_does(
    app: App, known: Known, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = asyncio.run(ask_all(app, known, seed))
    assert not wrong, f"{len(wrong)} wrong answers, of which the first is\n{wrong[0]}"
    assert asyncio.run(still_works(app))
    assert not [record.getMessage() for record in caplog.records if record.name == "localorg" and record.exc_info]


async def ask_all(app: App, known: Known, seed: int) -> list[str]:
    wrong = []
    for number in range(REQUESTS_PER_SEED):
        random = Random(f"{seed} {number}")
        request = spoiled(random, pick(random, known), known)
        reply = await ask(app, request)
        learn(known, request, reply)
        try:
            check(request, reply)
        except Misshapen as fault:
            wrong.append(
                f"seed {seed}, request {number}: {fault}\n{request.told()}\n{reply.status} {reply.body[:1500]!r}"
            )
    return wrong


def learn(known: Known, request: Request, reply: Reply) -> None:
    """Takes note of the ids of what was made, so that later requests reach it."""
    if not 200 <= reply.status < 300 or request.method not in ("GET", "POST"):
        return
    made = re.search(rb'(?:"id": ?"|<id>)(\w{15,18})', reply.body)
    if made is not None and request.method == "POST":
        record_id = made[1].decode()
        kind = KINDS.get(record_id[:3]) or next((job.decode() for job in JOBS if job in request.path), "other")
        known.ids.setdefault(kind, []).append(record_id)
    cursor = re.search(rb'"nextRecordsUrl":"[^"]*/([^"/]+)"', reply.body)
    if cursor is not None:
        known.ids.setdefault("cursor", []).append(cursor[1].decode())


async def still_works(app: App) -> bool:
    headers = ((b"authorization", f"Bearer {app.instance.tokens.issue()}".encode()),)
    made = await ask(
        app, Request("POST", f"{DATA}/sobjects/Account".encode(), headers=headers, body=b'{"Name": "After"}')
    )
    query = b"q=SELECT+Id+FROM+Account+WHERE+Name='After'"
    found = await ask(app, Request("GET", f"{DATA}/query".encode(), query, headers))
    return made.status == 201 and json.loads(found.body)["totalSize"] == 1
