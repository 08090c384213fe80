"""Uploads that no job can make sense of: the job ends all the same, and says why in Salesforce's words."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from functools import partial
from random import Random

import pytest
from fuzz_calls import Reply, Request, ask
from fuzz_jobs import told_id, wait
from fuzz_scraps import CSV_SCRAPS, JSON_SCRAPS, XML_SCRAPS
from fuzz_shapes import check
from fuzz_templates import BULK_NAMESPACE, DATA

from localorg.http.app import App
from localorg.http.startup import open_instance

ENDED = ("JobComplete", "Failed", "Aborted")
SCRAPS = {
    "CSV": [*CSV_SCRAPS, *(Random(seed).randbytes(200) for seed in range(20))],
    "JSON": [*JSON_SCRAPS, b'[{"Name":{"a":1}},1,null,[]]', b'[{"Id":null,"attributes":1}]'],
    "XML": [*XML_SCRAPS, b"<sObjects><sObject><type>Nope</type><Name><a/></Name></sObject></sObjects>"],
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    instance = open_instance(tmp_path_factory.mktemp("jobs"), data=None, api_limit=10**9)
    yield App(instance)
    instance.org.close()


def send(app: App, method: str, path: str, body: bytes = b"", kind: bytes = b"application/json") -> Reply:
    token = app.instance.tokens.issue().encode()
    headers = ((b"authorization", b"Bearer " + token), (b"content-type", kind))
    request = Request(method, path.encode(), headers=headers, body=body)
    reply = asyncio.run(ask(app, request))
    check(request, reply)
    return reply


@pytest.mark.parametrize("operation", ["insert", "update", "upsert", "delete"])
def test_every_upload_comes_to_an_end(app: App, operation: str, caplog: pytest.LogCaptureFixture) -> None:
    wish = {"object": "Contact", "operation": operation, "externalIdFieldName": "Email"}
    ends = [end_of(app, wish, upload) for upload in SCRAPS["CSV"]]

    assert {end["state"] for end in ends} <= {"JobComplete", "Failed"}
    assert not [end["errorMessage"] for end in ends if "InternalServerError" in (end.get("errorMessage") or "")]
    assert not [record.getMessage() for record in caplog.records if record.name == "localorg"]


def end_of(app: App, wish: dict[str, str], upload: bytes) -> dict[str, str]:
    """The job with that upload, when it has ended; its results can be read."""
    job = f"{DATA}/jobs/ingest/{told_id(send(app, 'POST', f'{DATA}/jobs/ingest', json.dumps(wish).encode()).body)}"
    send(app, "PUT", f"{job}/batches", upload, b"text/csv")
    send(app, "PATCH", job, b'{"state": "UploadComplete"}')
    told = wait(lambda: json.loads(send(app, "GET", job).body), lambda found: found["state"] in ENDED)
    for results in ("successfulResults", "failedResults", "unprocessedrecords"):
        assert send(app, "GET", f"{job}/{results}").status == 200
    return dict(told)


@pytest.mark.parametrize("kind", ["CSV", "JSON", "XML"])
@pytest.mark.parametrize("operation", ["insert", "delete"])
def test_every_batch_comes_to_an_end(app: App, kind: str, operation: str, caplog: pytest.LogCaptureFixture) -> None:
    base = "/services/async/59.0/job"
    wish = f"<jobInfo {BULK_NAMESPACE}><operation>{operation}</operation><object>Contact</object>"
    told = send(app, "POST", base, f"{wish}<contentType>{kind}</contentType></jobInfo>".encode(), b"application/xml")
    job = f"{base}/{told_id(told.body)}"
    for scrap in SCRAPS[kind]:
        batch = f"{job}/batch/{told_id(send(app, 'POST', f'{job}/batch', scrap, b'application/xml').body)}"
        told = wait(partial(send, app, "GET", batch), lambda reply: re.search(rb"Completed|Failed", reply.body))
        assert b"InternalServerError" not in told.body, scrap[:200]
        send(app, "GET", f"{batch}/result")
        send(app, "GET", f"{batch}/request")

    assert not [record.getMessage() for record in caplog.records if record.name == "localorg"]
