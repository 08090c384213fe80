"""Reading of records by REST queries, page by page; faster than a bulk job for up to some thousand records."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from simple_salesforce import Salesforce

from closedwon.errors import OrgUnavailable, RequestRefused
from closedwon.salesforce.http_calls import call_json
from closedwon.salesforce.query_model import Query

RECORDS_PER_PAGE = 2_000
"""Salesforce's maximum; it returns fewer where a query selects long texts."""


@dataclass(frozen=True)
class Page:
    """Records as the org returned them: gzip CSV in UTF-8, a header row of API names, LF, null as an empty cell."""

    data: bytes
    records: int


def read_pages(sf: Salesforce, query: Query) -> Iterator[Page]:
    """Yield the records of a query, deleted ones among them, a page at a time; no page for no records.

    The count is compared with the org's total, so that missing and repeated pages are detected.

    Args:
        query: one that selects Id, and is short enough for a URL.

    Raises:
        OrgUnavailable: fewer or more records came than the org announced, or a page came twice.
        ClosedwonError: the one that `api_errors` finds.
    """
    about = query.sobject
    hint = {"Sforce-Query-Options": f"batchSize={RECORDS_PER_PAGE}"}
    answer = _ask(sf, "queryAll", about, params={"q": query.to_soql()}, headers=hint)
    announced, read = int(answer["totalSize"]), 0
    first_ids: set[str] = set()
    while records := answer["records"]:
        first_id = str(_get(records[0], "Id", about))
        if first_id in first_ids:
            raise _broken(f"gave the page that begins with {first_id} twice", about)
        first_ids.add(first_id)
        read += len(records)
        yield Page(_to_csv(query.fields, records, about), len(records))
        if "nextRecordsUrl" not in answer:
            break
        answer = _ask(sf, answer["nextRecordsUrl"], about)
    if read != announced:
        raise _broken(f"announced {announced} records and gave {read}", about)


def _ask(sf: Salesforce, path: str, about: str, **options: Any) -> dict[str, Any]:
    answer: dict[str, Any] = call_json(
        sf, "GET", path, about=about, numbers_as_text=True, slow=True, holds=("totalSize", "records"), **options
    )
    return answer


def _to_csv(columns: Sequence[str], records: list[dict[str, Any]], about: str) -> bytes:
    buffer = io.BytesIO()
    with gzip.open(buffer, "wt", compresslevel=1, encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)  # else a lone CR would end the record
        writer.writerow(columns)
        writer.writerows([_to_cell(record, column.split("."), about) for column in columns] for record in records)
    return buffer.getvalue()


def _to_cell(record: dict[str, Any], path: list[str], about: str) -> str:
    """Return the value at the end of a path such as Owner.Email; empty if it, or a parent on the way, is null."""
    value: Any = record
    for name in path:
        if value is None:
            return ""
        value = _get(value, name, about)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        raise RequestRefused(
            f"{about}.{'.'.join(path)} is a compound field of {sorted(value)}, which has no value of its own. "
            "Map its parts instead, such as BillingCity."
        )
    return "" if value is None else str(value)


def _get(record: dict[str, Any], name: str, about: str) -> Any:
    if name in record:
        return record[name]
    # The org answers with its own spelling, whatever the query's case.
    for spelled, value in record.items():
        if spelled.lower() == name.lower():
            return value
    raise _broken(f"left out the field {name}, which was selected", about)


def _broken(what: str, about: str) -> OrgUnavailable:
    return OrgUnavailable(
        f"The org {what} (queryAll, {about}). To go on would lose or double records, so nothing is loaded. "
        "Try again: the query is read anew."
    )
