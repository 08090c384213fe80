"""Timestamps as the org stores them: text in UTC, in the format of bulk results, which sorts by time."""

from __future__ import annotations

from datetime import UTC, date, datetime


def to_stamp(moment: datetime) -> str:
    """Return a time as `2026-05-06T11:56:44.000Z`; one without a zone is UTC."""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def to_midnight(day: date) -> str:
    """Return the timestamp of the start of a day."""
    return f"{day.isoformat()}T00:00:00.000Z"


def to_json_stamp(stamp: str) -> str:
    """Return the format of REST, `2026-05-06T11:56:44.000+0000`. Recorded live."""
    return stamp[:-1] + "+0000"
