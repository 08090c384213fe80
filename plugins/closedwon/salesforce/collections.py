"""Reading and writing of records by sObject Collections, which suits up to some thousand records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from simple_salesforce import Salesforce

from closedwon.errors import OrgUnavailable
from closedwon.salesforce.http_calls import call_json

WRITES_PER_CALL = 200
LARGEST_CALL = 40_000_000
"""Bytes of the records of one call. Salesforce takes requests of 50 MB."""

READS_PER_CALL = 2_000

Record = dict[str, Any]
"""A record as JSON values by Salesforce API name; None empties a field."""


@dataclass(frozen=True)
class Result:
    """The outcome of writing one record.

    `key` identifies the record: its Id, or the value of its external id. `code` and `message` are Salesforce's own, the
    message in full.
    """

    key: str
    state: Literal["ok", "rejected", "unprocessed"]
    salesforce_id: str | None = None
    code: str | None = None
    message: str | None = None
    created: bool | None = None


def read_records(sf: Salesforce, sobject: str, ids: Sequence[str], fields: Sequence[str]) -> list[Record]:
    """Read fields of the records with these ids, in their order; leave out records that are deleted, missing or hidden.

    Raises:
        ClosedwonError: the one that `api_errors` finds.
    """
    found: list[Record] = []
    for first in range(0, len(ids), READS_PER_CALL):
        body = {"ids": list(ids[first : first + READS_PER_CALL]), "fields": list(fields)}
        answer = call_json(
            sf, "POST", f"composite/sobjects/{sobject}", json=body, repeatable=True, slow=True, is_list=True
        )
        found += [{name: record[name] for name in record if name != "attributes"} for record in answer if record]
    return found


def write_in_collections(sf: Salesforce, sobject: str, key: str, records: Sequence[Record]) -> list[Result]:
    """Write records; return one result for each, in their order. A record that is rejected does not stop the others.

    A call whose answer was lost is not repeated here, although that does no harm: the caller may have to look first
    whether the values are still the newest.

    Args:
        key: the field by which a record is found, which each of the records names: `Id` updates the records, an
            external id field upserts them.

    Raises:
        OrgUnavailable: the answer was lost or does not fit what was sent. To send the same again does no harm.
        ClosedwonError: the one that `api_errors` finds.
    """
    results = []
    for part in to_calls(records):
        answer = _write(sf, sobject, key, records[part])
        results += [_to_result(str(sent[key]), item) for sent, item in zip(records[part], answer, strict=True)]
    for result in results:
        if key == "Id" and result.state == "ok" and (result.salesforce_id or "")[:15] != result.key[:15]:
            raise _unfit(f"confirmed {result.salesforce_id} where {result.key} was sent", sobject)
    return results


def to_calls(records: Sequence[Record]) -> Iterator[slice]:
    """Yield the parts of the records that one call each can take: 200 records, and as many bytes as a request may have.

    A record that is larger than that alone is a part of its own.
    """
    first, size = 0, 0
    for position, record in enumerate(records):
        length = len(json.dumps(record))
        if position > first and (position - first == WRITES_PER_CALL or size + length > LARGEST_CALL):
            yield slice(first, position)
            first, size = position, 0
        size += length
    if records:
        yield slice(first, len(records))


def _write(sf: Salesforce, sobject: str, key: str, records: Sequence[Record]) -> list[dict[str, Any]]:
    path = "composite/sobjects" if key == "Id" else f"composite/sobjects/{sobject}/{key}"
    body = {
        "allOrNone": False,
        "records": [{"attributes": {"type": sobject}, **record} for record in records],
    }
    answer: list[dict[str, Any]] = call_json(
        sf, "PATCH", path, json=body, about=sobject, slow=True, is_list=True, holds=("success",)
    )
    if len(answer) != len(records):
        raise _unfit(f"answered {len(answer)} results for {len(records)} records", sobject)
    return answer


def _to_result(key: str, item: dict[str, Any]) -> Result:
    if item["success"]:
        return Result(key, "ok", salesforce_id=item["id"], created=item.get("created"))
    errors = item["errors"]
    return Result(key, "rejected", code=errors[0]["statusCode"], message="; ".join(map(_to_text, errors)))


def _to_text(error: dict[str, Any]) -> str:
    fields = error.get("fields")
    return str(error["message"]) + (f" [{', '.join(fields)}]" if fields else "")


def _unfit(what: str, sobject: str) -> OrgUnavailable:
    return OrgUnavailable(
        f"The org {what} (PATCH composite/sobjects, {sobject}), so that no result can be matched to its record. "
        "Some may be written. Try again: to send the same values once more does no harm."
    )
