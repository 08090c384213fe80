from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from org_samples import Sales, StandingClock, values

from localorg.errors import OrgError
from localorg.org import Org
from localorg.schema import Schema

TEXT = b"one,two\n3,4\n"


def _in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _upload(org: Org, data: bytes = TEXT, **fields: Any) -> str:
    given = {"PathOnClient": "folder\\numbers.csv", "VersionData": _in_base64(data), **fields}
    return org.create("ContentVersion", given)


def _bytes(org: Org, sobject: str, record_id: str, field: str) -> bytes:
    return b"".join(org.blobs.read(org.blob_key(sobject, record_id, field)))


def test_the_first_version_of_a_file_makes_its_document(org: Org) -> None:
    version = org.read("ContentVersion", _upload(org))
    document = org.read("ContentDocument", version["ContentDocumentId"])

    facts = ("Title", "FileType", "FileExtension", "ContentSize")
    assert [version[name] for name in facts] == ["numbers", "CSV", "csv", 12]
    assert [document[name] for name in facts] == ["numbers", "CSV", "csv", 12]
    assert (version["IsLatest"], version["VersionNumber"]) == (True, "1")
    assert version["Checksum"] == hashlib.md5(TEXT, usedforsecurity=False).hexdigest()
    assert document["LatestPublishedVersionId"] == version["Id"]
    assert _bytes(org, "ContentVersion", version["Id"], "VersionData") == TEXT


def test_the_bytes_of_a_file_read_as_their_address(org: Org) -> None:
    version = _upload(org)
    address = f"/services/data/v67.0/sobjects/ContentVersion/{version}/VersionData"

    assert org.read("ContentVersion", version, ["VersionData"])["VersionData"] == address
    assert values(org, "SELECT VersionData FROM ContentVersion") == [address]


def test_a_bulk_query_takes_no_bytes(org: Org) -> None:
    _upload(org)
    with pytest.raises(OrgError, match="FeatureNotEnabled : Binary fields not supported"):
        org.export("SELECT Id, VersionData FROM ContentVersion")


def test_another_version_of_a_document_becomes_its_latest(org: Org, clock: StandingClock) -> None:
    first = org.read("ContentVersion", _upload(org))
    clock.advance(minutes=1)
    document = first["ContentDocumentId"]
    second = _upload(org, b"new", ContentDocumentId=document, PathOnClient="new.txt", Title="New")

    told = org.query("SELECT Id, VersionNumber, IsLatest FROM ContentVersion ORDER BY VersionNumber").records(0, 3)
    assert [tuple(r.values())[1:] for r in told] == [(first["Id"], "1", False), (second, "2", True)]
    after = org.read("ContentDocument", document)
    assert (after["Title"], after["FileType"], after["ContentSize"]) == ("New", "TEXT", 3)
    assert (after["LatestPublishedVersionId"], org.counts()["ContentDocument"]) == (second, 1)
    assert after["SystemModstamp"] == "2026-05-06T11:57:44.000+0000"


def test_a_document_is_linked_to_its_owner_and_to_where_it_was_published(org: Org, sales: Sales) -> None:
    _upload(org, FirstPublishLocationId=sales.acme)

    told = org.query("SELECT LinkedEntityId, ShareType, Visibility FROM ContentDocumentLink").records(0, 3)
    links = {record["LinkedEntityId"]: record["ShareType"] for record in told}
    assert links == {org.admin_user_id: "I", sales.acme: "V"}
    assert {record["Visibility"] for record in told} == {"AllUsers"}


def test_a_document_is_linked_to_a_record_once(org: Org, sales: Sales) -> None:
    document = org.read("ContentVersion", _upload(org))["ContentDocumentId"]
    link = {"ContentDocumentId": document, "LinkedEntityId": sales.globex}
    made = org.create("ContentDocumentLink", link)
    with pytest.raises(OrgError) as caught:
        org.create("ContentDocumentLink", link)

    assert org.read("ContentDocumentLink", made)["ShareType"] == "V"
    assert caught.value.code == "DUPLICATE_VALUE"


def test_an_upload_of_rows_goes_by_the_same_way(org: Org, sales: Sales) -> None:
    document = org.read("ContentVersion", _upload(org))["ContentDocumentId"]
    links = org.batches("insert", "ContentDocumentLink", ["ContentDocumentId", "LinkedEntityId"])
    written = links.write([[document, sales.globex], [document, sales.globex]])
    versions = org.batches("insert", "ContentVersion", ["PathOnClient", "VersionData"])
    (version,) = versions.write([["bulk.txt", _in_base64(b"bulk")]])

    assert [row.error.code if row.error else None for row in written] == [None, "DUPLICATE_VALUE"]
    assert _bytes(org, "ContentVersion", str(version.id), "VersionData") == b"bulk"


def test_the_title_of_a_document_and_of_its_latest_version_are_one(org: Org) -> None:
    version = _upload(org)
    document = org.read("ContentVersion", version)["ContentDocumentId"]
    org.update("ContentVersion", version, {"Title": "By version"})
    by_version = org.read("ContentDocument", document)["Title"]
    org.update("ContentDocument", document, {"title": "By document"})

    assert (by_version, org.read("ContentVersion", version)["Title"]) == ("By version", "By document")


def test_deleting_a_document_takes_versions_and_links_along_and_undeleting_brings_them_back(org: Org) -> None:
    version = _upload(org)
    document = org.read("ContentVersion", version)["ContentDocumentId"]
    org.lifecycle.delete("ContentDocument", document)
    gone = [org.counts()[name] for name in ("ContentDocument", "ContentVersion", "ContentDocumentLink")]
    org.lifecycle.undelete([document])

    assert gone == [0, 0, 0]
    assert _bytes(org, "ContentVersion", version, "VersionData") == TEXT
    assert org.counts()["ContentDocumentLink"] == 1


def test_deleting_a_record_takes_its_links_along_and_leaves_the_document(org: Org, sales: Sales) -> None:
    _upload(org, FirstPublishLocationId=sales.globex)
    org.lifecycle.delete("Account", sales.globex)

    assert values(org, "SELECT LinkedEntityId FROM ContentDocumentLink") == [org.admin_user_id]
    assert org.counts()["ContentDocument"] == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"VersionData": "no base64!"}, "JSON_PARSER_ERROR"),
        ({"VersionData": 5}, "JSON_PARSER_ERROR"),
        ({"VersionData": None}, "REQUIRED_FIELD_MISSING"),
        ({"PathOnClient": None}, "REQUIRED_FIELD_MISSING"),
        ({"Checksum": "x"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"ContentDocumentId": "069Lo000000zzzzAAA"}, "INVALID_CROSS_REFERENCE_KEY"),
    ],
)
def test_a_file_that_is_wrong_is_refused_and_leaves_no_document(org: Org, fields: dict[str, Any], code: str) -> None:
    given = {"PathOnClient": "a.txt", "VersionData": _in_base64(TEXT), **fields}
    with pytest.raises(OrgError) as caught:
        org.create("ContentVersion", given)

    assert caught.value.code == code
    assert (org.counts()["ContentVersion"], org.counts()["ContentDocument"]) == (0, 0)


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ("create a document", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"),
        ("delete a version", "INSUFFICIENT_ACCESS_OR_READONLY"),
    ],
)
def test_documents_and_versions_go_through_each_other(org: Org, act: str, code: str) -> None:
    version = _upload(org)
    with pytest.raises(OrgError, match=code):
        if act == "create a document":
            org.create("ContentDocument", {"Title": "x"})
        else:
            org.lifecycle.delete("ContentVersion", version)

    assert (org.counts()["ContentVersion"], org.counts()["ContentDocument"]) == (1, 1)


def test_an_attachment_belongs_to_its_parent_and_knows_its_length(org: Org, sales: Sales) -> None:
    fields = {"ParentId": sales.globex, "Name": "a.txt", "Body": _in_base64(TEXT)}
    attachment = org.create("Attachment", fields)
    first = org.read("Attachment", attachment)
    org.update("Attachment", attachment, {"Body": _in_base64(b"short")})
    second = _bytes(org, "Attachment", attachment, "Body")
    length = org.read("Attachment", attachment)["BodyLength"]
    org.lifecycle.delete("Account", sales.globex)

    assert (first["BodyLength"], first["Body"]) == (12, f"{first['attributes']['url']}/Body")
    assert (second, length, org.counts()["Attachment"]) == (b"short", 5, 0)


def test_what_is_attached_to_a_custom_record_goes_and_comes_back_with_it(org: Org) -> None:
    project = org.create("Delivery_Project__c", {})
    org.create("Attachment", {"ParentId": project, "Name": "a.txt", "Body": _in_base64(TEXT)})
    _upload(org, FirstPublishLocationId=project)
    linked = f"SELECT COUNT() FROM ContentDocumentLink WHERE LinkedEntityId = '{project}'"
    seen = []
    for act in (
        lambda: None,
        lambda: org.lifecycle.delete("Delivery_Project__c", project),
        lambda: org.lifecycle.undelete([project]),
    ):
        act()
        seen.append((org.counts()["Attachment"], org.query(linked).total_size))

    assert seen == [(1, 1), (0, 0), (1, 1)]


def test_an_attachment_of_more_than_25_megabytes_is_refused(org: Org, sales: Sales) -> None:
    body = _in_base64(b"x" * (25 * 1024 * 1024 + 1))
    with pytest.raises(OrgError) as caught:
        org.create("Attachment", {"ParentId": sales.acme, "Name": "big", "Body": body})

    assert (caught.value.code, caught.value.fields) == ("MAXIMUM_SIZE_OF_ATTACHMENT", ["BodyLength"])
    assert org.counts()["Attachment"] == 0


def test_files_survive_a_restart_and_purged_ones_are_swept_away(
    schema: Schema, clock: StandingClock, tmp_path: Path
) -> None:
    before = Org(schema, tmp_path / "org.sqlite", clock)
    kept, purged = _upload(before), _upload(before, b"purged")
    document = before.read("ContentVersion", purged)["ContentDocumentId"]
    before.lifecycle.delete("ContentDocument", document)
    before.lifecycle.purge([document])
    before.close()
    after = Org(schema, tmp_path / "org.sqlite", clock)

    assert _bytes(after, "ContentVersion", kept, "VersionData") == TEXT
    assert len(list((tmp_path / "org.files").iterdir())) == 1
    after.close()
