"""Whether anything changed in the org: one API call for up to five objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import requests
from simple_salesforce import Salesforce

from closedwon.errors import OrgUnavailable
from closedwon.salesforce.api_errors import to_error
from closedwon.salesforce.calls import call, parse_json
from closedwon.salesforce.query_model import change_query

QUERIES_PER_CALL = 5
"""A composite call holds 25 requests, but no more than five queries."""


@dataclass(frozen=True)
class Probe:
    """What the org said: its clock before it counted, and per object how many records changed, and the newest stamp."""

    org_now: datetime
    found: dict[str, tuple[int, datetime | None]]


def probe_changes(sf: Salesforce, starts: Mapping[str, datetime | None]) -> Probe:
    """The number of records of each object with a stamp at or after its start, deleted ones among them.

    The org's clock is that of the first call, so that nothing counted later lies before it.

    Args:
        starts: object to the UTC time to count from; None counts all.

    Raises:
        ClosedwonError: the one that `refusals` finds, for the call or for one object's query.
    """
    sobjects = list(starts)
    found: dict[str, tuple[int, datetime | None]] = {}
    clocks: list[datetime] = []
    for first in range(0, len(sobjects), QUERIES_PER_CALL):
        asked = sobjects[first : first + QUERIES_PER_CALL]
        response = _ask(sf, {sobject: starts[sobject] for sobject in asked})
        clocks.append(_clock_of(response))
        answers = parse_json(response)["compositeResponse"]
        for sobject, answer in zip(asked, answers, strict=True):
            found[sobject] = _read_answer(sobject, answer)
    return Probe(clocks[0], found)


def _ask(sf: Salesforce, starts: Mapping[str, datetime | None]) -> requests.Response:
    queries = [
        {
            "method": "GET",
            "url": f"/services/data/v{sf.sf_version}/queryAll?q={quote(change_query(sobject, start))}",
            "referenceId": sobject,
        }
        for sobject, start in starts.items()
    ]
    body = {"allOrNone": False, "compositeRequest": queries}
    return call(sf, "POST", "composite", json=body, about=", ".join(starts), repeatable=True, slow=True)


def _read_answer(sobject: str, answer: dict[str, Any]) -> tuple[int, datetime | None]:
    if answer["httpStatusCode"] != 200:
        raise to_error(answer["httpStatusCode"], answer["body"], f"queryAll in POST composite, {sobject}")
    (row,) = answer["body"]["records"]
    return int(row["expr0"]), datetime.fromisoformat(row["expr1"]) if row["expr1"] else None


def _clock_of(response: requests.Response) -> datetime:
    date = response.headers.get("Date")
    if date is None:
        raise OrgUnavailable(
            "The org's answer has no Date header (POST composite). Without the org's clock no window can be closed. "
            "Try again; if it lasts, look for a proxy that removes headers."
        )
    return parsedate_to_datetime(date)
