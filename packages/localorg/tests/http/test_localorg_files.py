from __future__ import annotations

import base64
import hashlib
import json
import random
import socket
import tracemalloc
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from http_api import Api
from simple_salesforce import Salesforce

PDF = b"%PDF-1.7 \r\n--not-a-boundary\r\n\x00\xff" * 300
MEGABYTE = 1024 * 1024


def _post_parts(api: Api, path: str, about: dict[str, Any], *files: tuple[str, bytes], name: str) -> requests.Response:
    parts: list[tuple[str, tuple[str | None, str | bytes, str]]] = [
        (name, (None, json.dumps(about), "application/json"))
    ]
    parts += [(field, (f"{field}.bin", data, "application/octet-stream")) for field, data in files]
    return api("POST", path, files=parts)


def test_a_file_goes_up_in_parts_and_comes_down_as_it_was(api: Api) -> None:
    about = {"PathOnClient": "offer.pdf", "Title": "Offer", "ReasonForChange": "first"}
    made = _post_parts(api, "/sobjects/ContentVersion", about, ("VersionData", PDF), name="entity_content")
    version = made.json()["id"]
    record = api("GET", f"/sobjects/ContentVersion/{version}").json()
    data = api("GET", record["VersionData"])

    assert (made.status_code, made.json()["success"]) == (201, True)
    assert made.headers["Location"].endswith(f"/sobjects/ContentVersion/{version}")
    assert (record["FileType"], record["ContentSize"]) == ("PDF", len(PDF))
    assert record["Checksum"] == hashlib.md5(PDF, usedforsecurity=False).hexdigest()
    assert record["VersionData"] == f"/services/data/v59.0/sobjects/ContentVersion/{version}/VersionData"
    assert (data.status_code, data.content) == (200, PDF)
    assert data.headers["Content-Length"] == str(len(PDF))
    assert data.headers["Content-Type"] == "application/octetstream"


def test_simple_salesforce_sends_a_file_in_json_and_a_second_version_of_it(api: Api, sf: Salesforce) -> None:
    versions: Any = sf.ContentVersion
    body = {"PathOnClient": "a.txt", "VersionData": base64.b64encode(b"first").decode()}
    first = versions.get(versions.create(body)["id"])
    document = first["ContentDocumentId"]
    second = versions.create({**body, "ContentDocumentId": document, "VersionData": base64.b64encode(b"2nd").decode()})
    soql = "SELECT LatestPublishedVersionId, (SELECT VersionNumber FROM ContentVersions) FROM ContentDocument"
    (found,) = sf.query(f"{soql} WHERE Id = '{document}'")["records"]
    data = api("GET", f"/sobjects/ContentVersion/{second['id']}/VersionData")

    assert found["LatestPublishedVersionId"] == second["id"]
    assert {version["VersionNumber"] for version in found["ContentVersions"]["records"]} == {"1", "2"}
    assert data.content == b"2nd"


def test_an_attachment_goes_up_in_parts(api: Api) -> None:
    account = api.create("Account", Name="With attachment")
    about = {"ParentId": account, "Name": "offer.pdf"}
    made = _post_parts(api, "/sobjects/Attachment/", about, ("Body", PDF), name="entity_attachment").json()
    found = api.query(f"SELECT (SELECT Id, Body, BodyLength FROM Attachments) FROM Account WHERE Id = '{account}'")
    (attachment,) = found["records"][0]["Attachments"]["records"]

    assert (attachment["Id"], attachment["BodyLength"]) == (made["id"], len(PDF))
    assert api("GET", attachment["Body"]).content == PDF


def test_many_files_go_up_in_one_call(api: Api) -> None:
    records = [
        {
            "attributes": {"type": "ContentVersion", "binaryPartName": part, "binaryPartNameAlias": "VersionData"},
            "PathOnClient": f"{part}.txt",
        }
        for part in ("one", "two", "three")
    ]
    about = {"allOrNone": False, "records": records}
    files = [("two", b"second"), ("one", b"first")]
    told = _post_parts(api, "/composite/sobjects", about, *files, name="collection").json()
    data = [api("GET", f"/sobjects/ContentVersion/{result['id']}/VersionData").content for result in told[:2]]

    assert data == [b"first", b"second"]
    assert told[2]["errors"][0]["statusCode"] == "INVALID_MULTIPART_REQUEST"


def test_a_file_in_a_collection_of_json_is_stored(api: Api) -> None:
    data = base64.b64encode(b"in json").decode()
    record = {"attributes": {"type": "ContentVersion"}, "PathOnClient": "a.txt", "VersionData": data}
    (told,) = api("POST", "/composite/sobjects", json={"records": [record]}).json()

    assert api("GET", f"/sobjects/ContentVersion/{told['id']}/VersionData").content == b"in json"


def test_bytes_that_are_not_there_are_not_found(api: Api) -> None:
    version = api.create("ContentVersion", PathOnClient="a", VersionData=base64.b64encode(b"x").decode())
    document = api("GET", f"/sobjects/ContentVersion/{version}").json()["ContentDocumentId"]
    api("DELETE", f"/sobjects/ContentDocument/{document}")
    deleted = api("GET", f"/sobjects/ContentVersion/{version}/VersionData")
    never_was = api("GET", "/sobjects/Attachment/00PLo000000zzzzAAA/Body")

    assert (deleted.status_code, deleted.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")
    assert (never_was.status_code, never_was.json()[0]["errorCode"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--frontier--\r\n",
        b"no boundary at all",
        b'--frontier\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n\r\nbytes\r\n--frontier--',
        b'--frontier\r\nContent-Disposition: form-data; name="entity_content"\r\n\r\n{}\r\n--front',
        b"--frontier\r\n" + b"x" * 20_000,
    ],
)
def test_parts_that_cannot_be_read_are_refused(api: Api, body: bytes) -> None:
    headers = {"Content-Type": 'multipart/form-data; boundary="frontier"'}
    answer = api("POST", "/sobjects/ContentVersion", data=body, headers=headers)

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_MULTIPART_REQUEST")


def test_json_of_more_than_50_megabytes_is_refused(api: Api) -> None:
    chunks = (b"x" * MEGABYTE for _ in range(51))
    answer = api("POST", "/sobjects/ContentVersion", data=chunks, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (413, "EXCEEDED_MAX_SIZE_REQUEST")
    assert answer.json()[0]["message"].endswith("Maximum size of request is 52428800 bytes")


@pytest.mark.parametrize(
    ("path", "megabytes", "status"),
    [
        ("sobjects/ContentVersion", 2_100, 413),
        ("sobjects/ContentVersion/", 600, 100),
        ("sobjects/Attachment", 600, 413),
        ("composite/sobjects", 600, 413),
    ],
)
def test_files_that_are_too_large_are_refused_before_they_are_sent(
    api: Api, path: str, megabytes: int, status: int
) -> None:
    address = urlsplit(api.org.base_url)
    head = (
        f"POST /services/data/v59.0/{path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: {api.http.headers['Authorization']}\r\nContent-Length: {megabytes * MEGABYTE}\r\n"
        "Expect: 100-continue\r\n"
        "Content-Type: multipart/form-data; boundary=frontier\r\n\r\n"
    )
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=20) as connection:
        connection.sendall(head.encode())
        answer = connection.recv(65_536)

    assert answer.startswith(f"HTTP/1.1 {status}".encode())


def _big(megabytes: int) -> Iterator[bytes]:
    source = random.Random(7)
    for _ in range(megabytes * 16):
        yield source.randbytes(65_536)


def _form(megabytes: int) -> Iterator[bytes]:
    about = json.dumps({"PathOnClient": "big.bin", "Title": "Big"})
    yield b'--frontier\r\nContent-Disposition: form-data; name="entity_content"\r\n\r\n' + about.encode()
    yield b'\r\n--frontier\r\nContent-Disposition: form-data; name="VersionData"; filename="big.bin"\r\n\r\n'
    yield from _big(megabytes)
    yield b"\r\n--frontier--\r\n"


def test_a_big_file_takes_no_memory_on_its_way_up_and_down(api: Api) -> None:
    expected = hashlib.sha256(b"".join(_big(20))).hexdigest()
    seen = hashlib.sha256()
    headers = {"Content-Type": "multipart/form-data; boundary=frontier"}
    tracemalloc.start()
    version = api("POST", "/sobjects/ContentVersion", data=_form(20), headers=headers).json()["id"]
    for chunk in api("GET", f"/sobjects/ContentVersion/{version}/VersionData", stream=True).iter_content(65_536):
        seen.update(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert seen.hexdigest() == expected
    assert peak < 4 * MEGABYTE
