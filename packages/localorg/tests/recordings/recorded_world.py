"""Prepares an org for one recorded exchange: with the records that the recording takes for granted, under their ids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from recorded_material import Exchange

from localorg.ids import to_id18
from localorg.org import Org
from localorg.schema.model import SObject

CUSTOM_OBJECTS = """
objects:
  CustomObject__c:
    label: Custom Object
    prefix: a00
    fields:
      Friend__c: {type: reference, to: Contact, children: CustomObjects__r}
      Example_Field__c: {type: text, length: 255}
      SynchronizationId__c: {type: text, length: 255, externalId: true, unique: true}
      Visible__c: {type: checkbox}
      Twice__c: {type: text, length: 20, externalId: true}
  CustomObjectDetail__c:
    label: Custom Object Detail
    prefix: a01
    fields:
      CustomObject__c: {type: reference, to: CustomObject__c, children: Details__r}
  Custom__c:
    label: Custom
    prefix: a02
"""
RECORD_ADDRESS = re.compile(r"/sobjects/(\w+)/(\w{15,18})$")
KEYED_ADDRESS = re.compile(r"/sobjects/(\w+)/(\w+)/([^/]+)$")
EQUALS = re.compile(r"(?:(?P<parent>\w+)__r\.)?\b(?P<field>\w+)\s*=\s*(?:'(?P<text>[^']*)'|(?P<flag>true|false))", re.I)
WHERE = re.compile(r"\bwhere\b", re.I)
FROM = re.compile(r"\bfrom\s+(\w+)", re.I)
BUILT_IN = ("Organization", "User")
"""Objects whose records a new org has already."""
Records = dict[str, dict[str, dict[str, Any]]]
"""Object -> id -> fields."""


class QueryContext:
    """The records that an exchange takes for granted."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self.records: Records = {}

    def prepare(self, exchange: Exchange) -> None:
        """Writes them into the org."""
        if exchange.method == "GET":
            self._expect_answer(exchange.answer)
            self._expect_matches(exchange.query.get("q", ""))
        elif exchange.path.endswith("/composite"):
            self._expect_composite(exchange)
        else:
            self._expect_targets(exchange)
        self._expect_counts(exchange)
        for name, records in self.records.items():
            self._org.insert_many(name, records.values())
        if exchange.status == 404 and exchange.method == "DELETE" and (target := RECORD_ADDRESS.search(exchange.path)):
            self._org.lifecycle.delete(target[1], target[2])

    def _expect(self, sobject: str, record_id: str, **fields: Any) -> None:
        found = self._org.schema.find(sobject)
        if found is None or sobject in BUILT_IN:
            return
        record = self.records.setdefault(found.name, {}).setdefault(record_id, {"Id": record_id})
        record |= {name: value for name, value in fields.items() if _is_stored(found, name) and value is not None}

    def _expect_answer(self, answer: Any) -> None:
        """Every record in the answer, with those it is related to."""
        for told in _told_records(answer):
            match = RECORD_ADDRESS.search(told["attributes"].get("url", ""))
            if match is None:
                continue
            sobject, record_id = match.groups()
            plain = {name: value for name, value in told.items() if not isinstance(value, dict | list)}
            self._expect(sobject, record_id, **{**plain, "Id": record_id, **self._references(told)})
            self._expect_children(sobject, record_id, told)

    def _references(self, told: dict[str, Any]) -> dict[str, str]:
        """The ids behind the related records in a record: Who -> WhoId, Friend__r -> Friend__c."""
        related = {name: value for name, value in told.items() if isinstance(value, dict) and "attributes" in value}
        found = {name: RECORD_ADDRESS.search(value["attributes"]["url"]) for name, value in related.items()}
        return {
            name.replace("__r", "__c") if name.endswith("__r") else f"{name}Id": match[2]
            for name, match in found.items()
            if match and name != "attributes"
        }

    def _expect_children(self, sobject: str, record_id: str, told: dict[str, Any]) -> None:
        parent = self._org.schema.find(sobject)
        for name, value in told.items():
            child = self._org.schema.child_relationship(parent, name) if parent and isinstance(value, dict) else None
            for record in value["records"] if child else []:
                match = RECORD_ADDRESS.search(record["attributes"]["url"])
                if child and match:
                    self._expect(child.sobject.name, match[2], **{child.field.name: record_id})

    def _expect_matches(self, soql: str) -> None:
        """What WHERE asks of the records that were found."""
        source = FROM.search(soql)
        for record_id in list(self.records.get(source[1], {}) if source else []):
            for match in EQUALS.finditer(WHERE.split(soql, maxsplit=1)[-1]):
                value = match["text"] if match["flag"] is None else match["flag"].lower() == "true"
                if match["parent"] is None:
                    self._expect(source[1] if source else "", record_id, **{match["field"]: value})
                else:
                    self._expect_parent(source[1] if source else "", record_id, match)

    def _expect_parent(self, sobject: str, record_id: str, match: re.Match[str]) -> None:
        field = f"{match['parent']}__c"
        found = self._org.schema.find(sobject)
        reference = found.find(field) if found else None
        parent_id = self.records[sobject][record_id].get(field)
        if reference and parent_id:
            self._expect(reference.reference_to[0], parent_id, **{match["field"]: match["text"]})

    def _expect_composite(self, exchange: Exchange) -> None:
        for request, response in zip(
            exchange.request["compositeRequest"], exchange.answer["compositeResponse"], strict=False
        ):
            self._expect_answer(response["body"])
            source = re.search(r"count\(\) from (\w+)", request["url"])
            if source and response["httpStatusCode"] == 200:
                self._expect_number(source[1], response["body"]["totalSize"])

    def _expect_targets(self, exchange: Exchange) -> None:
        """The records that a write changes, and those to which it refers."""
        if (keyed := KEYED_ADDRESS.search(exchange.path)) and exchange.status == 204:
            self._expect_any(keyed[1], **{keyed[2]: keyed[3]})
        elif target := RECORD_ADDRESS.search(exchange.path):
            self._expect(target[1], target[2])
        body = exchange.request if isinstance(exchange.request, dict) else {}
        results = exchange.answer if isinstance(exchange.answer, list) else []
        for record, result in zip(body.get("records", [body]), results or [{}], strict=False):
            self._expect_references(record)
            if result.get("success") and (
                result.get("created") is False or (exchange.method == "PATCH" and "Id" in record)
            ):
                self._expect_target(exchange, record, result)

    def _expect_target(self, exchange: Exchange, record: dict[str, Any], result: dict[str, Any]) -> None:
        if result.get("created"):
            return
        key = exchange.path.rpartition("/")[2]
        fields = {key: record[key]} if key in record else {}
        self._expect(record["attributes"]["type"], result["id"], **{**fields, "Id": result["id"]})

    def _expect_references(self, record: dict[str, Any]) -> None:
        for name, value in record.items():
            sobject = self._org.schema.of_id(value) if isinstance(value, str) and to_id18(value) == value else None
            if sobject and name != "Id":
                self._expect(sobject.name, value)

    def _expect_counts(self, exchange: Exchange) -> None:
        """As many records as the recording counted."""
        if exchange.path.endswith("/limits/recordCount"):
            for told in exchange.answer["sObjects"]:
                self._expect_number(told["name"], told["count"])
        counted = re.fullmatch(r"select count\(Id\) from (\w+)", exchange.query.get("q", ""))
        if counted:
            self._expect_number(counted[1], exchange.answer["records"][0]["expr0"])

    def _expect_number(self, sobject: str, number: int) -> None:
        self._org.insert_many(sobject, [{} for _ in range(number)])

    def _expect_any(self, sobject: str, **fields: Any) -> None:
        self._org.insert_many(sobject, [fields])


def _told_records(value: Any) -> Iterator[dict[str, Any]]:
    """Every record in an answer, at any depth."""
    if isinstance(value, dict):
        if isinstance(value.get("attributes"), dict):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _told_records(inner)


def _is_stored(sobject: SObject, name: str) -> bool:
    field = sobject.find(name)
    return field is not None and field.is_stored
