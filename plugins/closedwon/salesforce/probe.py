"""Probe for changes in the org, of records and of describes: one API call for up to five mappings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from itertools import chain, islice
from typing import Any, NamedTuple
from urllib.parse import quote

import requests
from simple_salesforce import Salesforce

from closedwon.errors import ClosedwonError, QuotaSpent
from closedwon.salesforce.api_errors import to_error
from closedwon.salesforce.http_calls import call, parse_json, read_clock
from closedwon.salesforce.query_model import MOST_LISTED, Query

QUERIES_PER_CALL = 5
"""Salesforce's limit for one composite call, which otherwise holds 25 requests; describes are no queries."""


class Version(NamedTuple):
    """A record as it was when it got this SystemModstamp."""

    salesforce_id: str
    system_modstamp: datetime


@dataclass(frozen=True)
class Changes:
    """What a probe's query found.

    `records` is their number; None if there are more than it lists. `newest_at` is the SystemModstamp of the newest;
    None where there is none. `listed` has id and SystemModstamp of the newest 2,000, the newest first; None where the
    query had no start, so that they were counted and not listed. `of_all` is what it found without the condition of the
    mapping, in the same call; None where there is no condition.
    """

    records: int | None
    newest_at: datetime | None
    listed: tuple[Version, ...] | None = None
    of_all: Changes | None = None

    @property
    def others(self) -> tuple[Version, ...]:
        """Return the listed records that do not meet the condition of the mapping."""
        met = {version.salesforce_id for version in self.listed or ()}
        of_all = (self.of_all and self.of_all.listed) or ()
        return tuple(version for version in of_all if version.salesforce_id not in met)


@dataclass(frozen=True)
class Probe:
    """The org's clock before it counted, and by name what each query found, and the describes that changed.

    `refused` has the error of each name whose query or describe the org refused.
    """

    org_now: datetime
    changes: dict[str, Changes]
    describes: dict[str, dict[str, Any]]
    refused: dict[str, ClosedwonError]


def probe_changes(sf: Salesforce, queries: Mapping[str, Query], describe_starts: Mapping[str, datetime]) -> Probe:
    """Return what the queries of `change_query` find, deleted records included, and the describes of their objects.

    Up to five queries with their describes cost one call. One with a condition of the mapping is asked a second time
    without it, after the first and in the same call, so that what meets it no longer is seen too. The org's clock is
    taken from the first call, so that no later change is dated before it. A query that the org refuses (an unknown
    object, a missing permission, a count that takes too long) does not stop the others.

    Args:
        queries: by a name that the caller chooses.
        describe_starts: by the same names: a describe that has not changed since is left out.

    Raises:
        OrgUnavailable: the org did not answer, or answered one of the requests with 5xx.
        QuotaSpent: the API quota ran out, if only for one of the requests.
        ClosedwonError: the one that `api_errors` finds for a whole call.
    """
    probe: Probe | None = None
    for batch in _batched(queries):
        response = _ask(sf, batch, describe_starts)
        probe = probe or Probe(read_clock(sf), {}, {}, {})
        answers = iter(parse_json(response, holds=["compositeResponse"])["compositeResponse"])
        for name, asked in batch.items():
            _note_found(probe, name, asked, list(islice(answers, len(asked))))
        for (name, asked), described in zip(batch.items(), answers, strict=True):
            _note_described(probe, name, asked[0], described)
    if probe is None:
        raise ValueError("A probe needs at least one query.")
    return probe


def _ask(
    sf: Salesforce, batch: Mapping[str, Sequence[Query]], describe_starts: Mapping[str, datetime]
) -> requests.Response:
    root = f"/services/data/v{sf.sf_version}"
    sobjects = {name: queries[0].sobject for name, queries in batch.items()}
    asked = [
        {"method": "GET", "url": f"{root}/queryAll?q={quote(query.to_soql())}", "referenceId": f"query{number}"}
        for number, query in enumerate(chain.from_iterable(batch.values()))
    ]
    asked += [
        {"method": "GET", "url": f"{root}/sobjects/{sobject}/describe", "referenceId": f"describe{number}"}
        | _unless_unchanged(describe_starts.get(name))
        for number, (name, sobject) in enumerate(sobjects.items())
    ]
    body = {"allOrNone": False, "compositeRequest": asked}
    about = ", ".join(dict.fromkeys(sobjects.values()))
    return call(sf, "POST", "composite", json=body, about=about, repeatable=True, slow=True)


def _unless_unchanged(start: datetime | None) -> dict[str, Any]:
    # Not by ETag, which Salesforce documents for records only.
    return {"httpHeaders": {"If-Modified-Since": format_datetime(start, usegmt=True)}} if start else {}


def _note_found(probe: Probe, name: str, asked: Sequence[Query], answers: Sequence[dict[str, Any]]) -> None:
    for query, answer in zip(asked, answers, strict=True):
        if answer["httpStatusCode"] != 200:
            probe.refused.setdefault(name, _to_refusal("queryAll", query, answer))
    if name not in probe.refused:
        read = _read_count if asked[0].newest is None else _read_list
        found, *of_all = (read(answer["body"]["records"]) for answer in answers)
        probe.changes[name] = replace(found, of_all=of_all[0]) if of_all else found


def _note_described(probe: Probe, name: str, query: Query, answer: dict[str, Any]) -> None:
    if answer["httpStatusCode"] == 200:
        probe.describes[name] = answer["body"]
    elif answer["httpStatusCode"] != 304:
        probe.refused.setdefault(name, _to_refusal("describe", query, answer))


def _read_count(records: list[dict[str, Any]]) -> Changes:
    (row,) = records
    return Changes(int(row["expr0"]), datetime.fromisoformat(row["expr1"]) if row["expr1"] else None)


def _read_list(records: list[dict[str, Any]]) -> Changes:
    listed = tuple(Version(row["Id"], datetime.fromisoformat(row["SystemModstamp"])) for row in records)
    newest_at = listed[0].system_modstamp if listed else None
    return Changes(len(listed) if len(listed) < MOST_LISTED else None, newest_at, listed)


def _to_refusal(resource: str, query: Query, answer: dict[str, Any]) -> ClosedwonError:
    """Return the error of one request; raise it instead if it concerns the whole org."""
    status = answer["httpStatusCode"]
    error = to_error(status, answer["body"], f"{resource} in POST composite, {query.sobject}")
    if status >= 500 or isinstance(error, QuotaSpent):
        raise error
    return error


def _batched(queries: Mapping[str, Query]) -> Iterator[dict[str, list[Query]]]:
    """Yield the queries of each call, by name: each with the same one without its condition, if it has one."""
    batch: dict[str, list[Query]] = {}
    for name, query in queries.items():
        asked = [query] if query.where is None else [query, replace(query, where=None)]
        if sum(map(len, batch.values())) + len(asked) > QUERIES_PER_CALL:
            yield batch
            batch = {}
        batch[name] = asked
    if batch:
        yield batch
