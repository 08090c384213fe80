"""Conditional requests: 304 for what the client has, 412 for what changed since it was read."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from localorg.errors import OrgError
from localorg.messages import Answer, Call
from localorg.state.instance import Instance


def unless_not_modified(instance: Instance, call: Call, body: dict[str, Any]) -> Answer:
    """Return the body with ETag and Last-Modified, or 304 without it.

    Raises:
        OrgError: INVALID_HEADER.
    """
    etag, changed_at = instance.etags.of(body)
    headers = {"ETag": etag, "Last-Modified": format_datetime(changed_at, usegmt=True)}
    if etag in call.headers.get("if-none-match", "") or _is_after(call, "If-Modified-Since", changed_at):
        return Answer(304, headers=headers)
    return Answer(body=body, headers=headers)


def is_known(instance: Instance, call: Call, sobject: str, record_id: str) -> bool:
    """Return whether the client has the record as it was last changed, by If-Modified-Since."""
    header = "If-Modified-Since"
    return header.lower() in call.headers and _is_after(call, header, _changed_at(instance, sobject, record_id))


def check_unmodified(instance: Instance, call: Call, sobject: str, record_id: str) -> None:
    """Refuse the request if the record was changed after If-Unmodified-Since.

    Raises:
        OrgError: PRECONDITION_FAILED, or INVALID_HEADER.
    """
    header = "If-Unmodified-Since"
    if header.lower() in call.headers and not _is_after(call, header, _changed_at(instance, sobject, record_id)):
        raise OrgError(412, "PRECONDITION_FAILED", f"The record was modified after the date in {header}")


def _changed_at(instance: Instance, sobject: str, record_id: str) -> datetime:
    stamp = instance.org.read(sobject, record_id, ["LastModifiedDate"])["LastModifiedDate"]
    return datetime.fromisoformat(stamp)


def _is_after(call: Call, name: str, changed_at: datetime) -> bool:
    """Return whether the date in a header is not before a time; HTTP dates have whole seconds."""
    header = call.headers.get(name.lower())
    if header is None:
        return False
    try:
        known_at = parsedate_to_datetime(header)
    except ValueError as error:
        raise OrgError(400, "INVALID_HEADER", f"{name} is not an HTTP date: '{header}'") from error
    known_at = known_at.replace(tzinfo=UTC) if known_at.tzinfo is None else known_at
    return known_at >= changed_at.replace(microsecond=0)
