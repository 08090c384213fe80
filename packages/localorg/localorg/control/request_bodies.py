"""Read and check the JSON bodies of control calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from localorg.errors import OrgError

FIRST_YEAR, LAST_YEAR = 1700, 4000
"""Of the dates that the org's fields can hold."""
MOST_SECONDS = 100 * 366 * 86_400.0


def ids_in(body: dict[str, Any], name: str) -> list[str]:
    """Return the list of ids under a name.

    Raises:
        OrgError: INVALID_RECORDS.
    """
    ids = body.get(name)
    if not isinstance(ids, list) or not all(isinstance(record_id, str) for record_id in ids):
        raise OrgError(400, "INVALID_RECORDS", f"'{name}' must be a list of ids")
    return ids


def text_in(body: dict[str, Any], name: str) -> str:
    """Return the text under a name.

    Raises:
        OrgError: INVALID_RECORDS.
    """
    text = body.get(name)
    if not isinstance(text, str):
        raise OrgError(400, "INVALID_RECORDS", f"'{name}' must be a text, not {text!r}")
    return text


def seconds_in(body: dict[str, Any], name: str) -> float:
    """Return the span of time under a name, of a century at most.

    Raises:
        OrgError: INVALID_CLOCK.
    """
    seconds = body.get(name)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or abs(seconds) > MOST_SECONDS:
        raise OrgError(400, "INVALID_CLOCK", f"{name} = {seconds!r} is not a number of seconds within 100 years")
    return float(seconds)


def moment_in(body: dict[str, Any], name: str) -> datetime:
    """Return the time under a name, which must have a zone.

    Raises:
        OrgError: INVALID_CLOCK.
    """
    text = body.get(name)
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise OrgError(400, "INVALID_CLOCK", f"{name} = {text!r} is not an ISO 8601 date and time") from error
    if moment.tzinfo is None:
        raise OrgError(400, "INVALID_CLOCK", f"{name} = {text!r} has no zone: add one, for example +00:00")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise OrgError(400, "INVALID_CLOCK", f"{name} = {text!r} is not within the years {FIRST_YEAR} to {LAST_YEAR}")
    return moment
