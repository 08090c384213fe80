"""Bodies that the org once answered with a fault of its own, and those that are too large to be taken."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fuzz_calls import Reply, Request, ask
from fuzz_shapes import check
from fuzz_templates import DATA

from localorg.http.app import App
from localorg.http.startup import open_instance


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    instance = open_instance(tmp_path_factory.mktemp("finds"), data=None)
    yield App(instance)
    instance.org.close()


def send(app: App, method: str, path: str, body: bytes = b"", **options: Any) -> Reply:
    token = app.instance.tokens.issue()
    headers = ((b"authorization", f"Bearer {token}".encode()), *options.pop("headers", ()))
    request = Request(method, f"{DATA}{path}".encode(), headers=headers, body=body, **options)
    reply = asyncio.run(ask(app, request))
    check(request, reply)
    return reply


def code_of(reply: Reply) -> str:
    return str(json.loads(reply.body)[0]["errorCode"])


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/composite/tree/Account", {"records": [-1]}, "INVALID_INPUT"),
        (
            "/composite/tree/Account",
            {"records": [{"attributes": {"referenceId": "a"}, "Name": "A", "Contacts": {"records": 1}}]},
            "INVALID_INPUT",
        ),
        ("/composite/sobjects/Account", {"ids": 1e308, "fields": ["Id"]}, "JSON_PARSER_ERROR"),
        ("/sobjects/ContentVersion", {"Title": [1], "PathOnClient": "a", "VersionData": "YQ=="}, "JSON_PARSER_ERROR"),
    ],
)
def test_a_value_of_another_kind_is_refused(app: App, path: str, body: Any, code: str) -> None:
    assert code_of(send(app, "POST", path, json.dumps(body).encode())) == code


def test_attributes_that_are_no_object_fail_their_own_record_only(app: App) -> None:
    records = [{"attributes": "Account", "Name": "A"}, {"attributes": {"type": "Account"}, "Name": "B"}]
    reply = send(app, "POST", "/composite/sobjects", json.dumps({"records": records}).encode())
    assert [result["success"] for result in json.loads(reply.body)] == [False, True]


@pytest.mark.parametrize("body", [b'{"Name": "\\ud800"}', b'{"Name": "\xed\xa0\x80"}', b'{"\xed\xa0\x80": 1}'])
def test_half_of_a_pair_of_surrogates_is_no_json(app: App, body: bytes) -> None:
    assert code_of(send(app, "POST", "/sobjects/Account", body)) == "JSON_PARSER_ERROR"


PACKED = gzip.compress(b"{}", mtime=0)


@pytest.mark.parametrize(
    "body", [b"{}", PACKED[:-4], PACKED + b"rest"], ids=["not packed", "cut short", "followed by a rest"]
)
def test_a_body_that_only_claims_to_be_packed_is_refused(app: App, body: bytes) -> None:
    reply = send(app, "POST", "/sobjects/Account", body, headers=((b"content-encoding", b"gzip"),))
    assert code_of(reply) == "INVALID_CONTENT_ENCODING"


def test_a_packed_body_that_holds_more_than_a_body_may_is_not_unpacked(app: App) -> None:
    packed = gzip.compress(bytes(60_000_000), 1)
    reply = send(app, "POST", "/sobjects/Account", packed, headers=((b"content-encoding", b"gzip"),))
    assert (reply.status, code_of(reply)) == (413, "EXCEEDED_MAX_SIZE_REQUEST")


def test_what_is_longer_than_its_limit_is_refused(app: App) -> None:
    body = send(app, "POST", "/sobjects/Account", b"[" * 52_428_801)
    address = send(app, "GET", "/query", query=b"q=" + b"x" * 17_000)
    header = send(app, "GET", "/limits", headers=((b"x-long", b"x" * 17_000),))
    assert (body.status, address.status, header.status) == (413, 414, 431)
