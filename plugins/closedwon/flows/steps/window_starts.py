"""Start of each mapping's window, from what the warehouse holds and what a person has asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from closedwon.mapping.model import Mapping
from closedwon.warehouse.state.unfilled_column import find_unfilled
from closedwon.warehouse.state.watermark import newest_stamp, read_watermark
from closedwon.warehouse.state.window import has_window, pin_window
from closedwon.window import Mode, Window, window_end, window_start


@dataclass(frozen=True)
class WindowStart:
    """The start of one mapping's window: None to read everything."""

    at: datetime | None
    watermark: datetime | None
    must_read: bool
    """The span is read whatever the warehouse holds: a person asked for it, or columns are to be filled."""

    def to_window(self, org_now: datetime) -> Window:
        """Return the window from here to the end of the org's second in course."""
        return Window(self.at, window_end(org_now), self.watermark)


def find_starts(
    connection: Connection, mappings: Sequence[Mapping], mode: Mode, since: datetime | None
) -> dict[str, WindowStart]:
    """Return the starts by mapping name.

    A full run, and one with `since`, reads its span in any case; and a mapping that has new columns is read in full, so
    that they are filled in all rows.
    """
    unfilled = find_unfilled(connection)
    is_asked = mode == "full" or since is not None
    starts = {}
    for mapping in mappings:
        is_new = mapping.name in unfilled
        watermark = read_watermark(connection, mapping.name)
        newest = newest_stamp(connection, mapping) if watermark else None
        at = window_start(watermark=watermark, newest=newest, mode="full" if is_new else mode, since=since)
        starts[mapping.name] = WindowStart(at, watermark, must_read=is_asked or is_new)
    return starts


def pin_unprobed(
    connection: Connection, mapping: Mapping, mode: Mode, since: datetime | None, *, org_now: datetime, run_id: str
) -> None:
    """Pin the window of a mapping that the run's probe has left out; one that is pinned stays as it is.

    The probe leaves out a mapping whose file is broken, or that refers to one that is. When the file is corrected, its
    `extract` can be cleared by itself.
    """
    if not has_window(connection, run_id, mapping.name):
        start = find_starts(connection, [mapping], mode, since)[mapping.name]
        pin_window(connection, run_id, mapping.name, start.to_window(org_now))
