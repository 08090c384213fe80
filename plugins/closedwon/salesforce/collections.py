"""Reading and writing of records by sObject Collections, which suits up to some thousand records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from simple_salesforce import Salesforce

from closedwon.errors import OrgUnavailable
from closedwon.salesforce.http_calls import call_json

T = TypeVar("T")

WRITES_PER_CALL = 200
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
    for chunk in _chunks(ids, READS_PER_CALL):
        body = {"ids": list(chunk), "fields": list(fields)}
        answer = call_json(sf, "POST", f"composite/sobjects/{sobject}", json=body, repeatable=True, slow=True)
        found += [{name: record[name] for name in record if name != "attributes"} for record in answer if record]
    return found


def update_records(sf: Salesforce, sobject: str, records: Sequence[Record]) -> list[Result]:
    """Update records; return one result for each, in their order. A record that is rejected does not stop the others.

    Args:
        records: each with its Id.

    Raises:
        OrgUnavailable: the answer was lost or does not fit what was sent. To send the same again does no harm.
        ClosedwonError: the one that `api_errors` finds.
    """
    results = []
    for chunk in _chunks(records, WRITES_PER_CALL):
        answer = _write(sf, "composite/sobjects", sobject, chunk)
        results += [_to_result(str(sent["Id"]), item) for sent, item in zip(chunk, answer, strict=True)]
    for result in results:
        if result.state == "ok" and (result.salesforce_id or "")[:15] != result.key[:15]:
            raise _unfit(f"confirmed {result.salesforce_id} where {result.key} was sent", sobject)
    return results


def upsert_records(sf: Salesforce, sobject: str, external_id_field: str, records: Sequence[Record]) -> list[Result]:
    """Upsert records by external id; return one result for each, in their order. A rejected one stops no other.

    Args:
        records: each with a value for the external id.

    Raises:
        OrgUnavailable: the answer was lost or does not fit what was sent. To send the same again does no harm.
        ClosedwonError: the one that `api_errors` finds.
    """
    results = []
    for chunk in _chunks(records, WRITES_PER_CALL):
        answer = _write(sf, f"composite/sobjects/{sobject}/{external_id_field}", sobject, chunk)
        results += [_to_result(str(sent[external_id_field]), item) for sent, item in zip(chunk, answer, strict=True)]
    return results


def _write(sf: Salesforce, path: str, sobject: str, records: Sequence[Record]) -> list[dict[str, Any]]:
    body = {
        "allOrNone": False,
        "records": [{"attributes": {"type": sobject}, **record} for record in records],
    }
    # Updates and upserts by external id are idempotent, so they can be sent twice.
    answer: list[dict[str, Any]] = call_json(sf, "PATCH", path, json=body, about=sobject, repeatable=True, slow=True)
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


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[first : first + size] for first in range(0, len(items), size))
