"""What is no HTTP at all: the connection ends, and the org serves the next one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from random import Random
from urllib.parse import urlsplit

import pytest
import requests

from localorg.server import RunningOrg, running_org

HEAD = b"POST /services/data/v59.0/sobjects/Account HTTP/1.1\r\nHost: x\r\n"
GARBAGE = {
    "nothing": b"",
    "no line": b"\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "old version": b"GET / HTTP/0.9\r\n\r\n",
    "no method": b" / HTTP/1.1\r\n\r\n",
    "null bytes": b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a length below zero": HEAD + b"Content-Length: -1\r\n\r\n{}",
    "a length that is no number": HEAD + b"Content-Length: ten\r\n\r\n{}",
    "a chunk of no size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n",
    "an unknown encoding": HEAD + b"Transfer-Encoding: magic\r\n\r\n{}",
    "an endless head": b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000,
    "a TLS hello": bytes.fromhex("16030100c8010000c40303") + bytes(180),
    "noise": Random(7).randbytes(4_000) + b"\r\n\r\n",
}


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    with running_org(tmp_path_factory.mktemp("sockets")) as org:
        yield org


@pytest.mark.parametrize("sent", GARBAGE.values(), ids=list(GARBAGE))
def test_a_connection_that_speaks_no_http_is_ended(org: RunningOrg, sent: bytes) -> None:
    place = urlsplit(org.base_url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        told = connection.recv(1_000)

    assert told == b"" or told.split(b" ")[1][:1] in (b"3", b"4")
    assert requests.get(f"{org.base_url}/services/data", timeout=10).status_code == 200


def test_half_of_a_body_writes_nothing(org: RunningOrg) -> None:
    place = urlsplit(org.base_url)
    head = HEAD + f"Authorization: Bearer {org.access_token()}\r\nContent-Length: 100\r\n\r\n".encode()
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(head + b'{"Name": "Half"}')

    assert requests.get(f"{org.base_url}/services/data", timeout=10).status_code == 200
    assert org.org.counts()["Account"] == 0
