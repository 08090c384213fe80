"""Windows: the half-open span [start, end) that one run reads, from the watermark and the org's clock. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Mode = Literal["incremental", "full"]

STAMP = timedelta(seconds=1)
"""The resolution of SystemModstamp."""
OVERLAP = timedelta(minutes=10)
"""How far each run reaches back before the watermark. A record of a long transaction becomes visible after
records with a later stamp have been read (Airbyte measured up to 600 s)."""


@dataclass(frozen=True)
class Window:
    """The span of SystemModstamp that one run reads of one object.

    `start` is None for a run that reads everything. `watermark` is the end of the previous window; `start` lies an
    overlap before it, or before the newest record. Records between are read again; those unchanged are not written
    again.
    `read_at` is when the reading of its records began, by the warehouse's clock; None before that.
    """

    start: datetime | None
    end: datetime
    watermark: datetime | None = None
    read_at: datetime | None = None


def window_start(
    *, watermark: datetime | None, newest: datetime | None, mode: Mode = "incremental", since: datetime | None = None
) -> datetime | None:
    """Return the start of a run's window; None to read everything.

    It lies before the watermark and before the newest record, whichever is earlier: the watermark comes of a clock that
    may have been ahead, so that what changed since the newest record was written may lie before it.

    Args:
        watermark: end of the last span that was wholly written; None before the first.
        newest: the latest SystemModstamp in the warehouse; None if it has no record.
        mode: "full" reads everything and ignores the watermark.
        since: read from here on, whatever the watermark says.
    """
    if since is not None:
        return since
    if mode == "full" or watermark is None or newest is None:
        return None
    return min(watermark, newest) - OVERLAP


def window_end(org_now: datetime) -> datetime:
    """Return the end of a run's window: the full second after `org_now`.

    `org_now` is the org's clock, since ours may differ. Stamps have whole seconds, so the current second is included;
    changes made later in that second lie in the overlap of the next run.
    """
    return org_now.replace(microsecond=0) + STAMP


def next_watermark(window: Window) -> datetime | None:
    """Return the watermark to commit once all rows of the window are written; it never moves back.

    A window that begins after the watermark (a `since` given by hand) leaves a gap of unread records: the watermark
    stays where it is, so that the next incremental run closes the gap.
    """
    if window.start is not None and (window.watermark is None or window.start > window.watermark):
        return window.watermark
    return max(window.end, window.watermark or window.end)
