"""Progress of a mapping: whether the warehouse is up to date, and the commit of a run's watermark and counts."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from closedwon.counts import Counts
from closedwon.mapping.model import Mapping
from closedwon.salesforce.probe import Changes
from closedwon.warehouse.state import quarantine, watermark
from closedwon.warehouse.state.run import record_counts
from closedwon.window import Window, next_watermark


def is_held(
    connection: Connection, mapping: Mapping, window: Window, found: Changes, being_read: Collection[str]
) -> bool:
    """Return whether the warehouse holds all of the org's records in the window, so that nothing needs to be read.

    Args:
        being_read: the names of the mappings that the run reads.
    """
    held = watermark.count_span(connection, mapping, window.start)
    return held == (found.records, found.newest_at) and not quarantine.due_ids(connection, mapping, being_read)


def commit_progress(connection: Connection, mapping: Mapping, window: Window, counts: Counts, run_id: str) -> None:
    """Move the mapping's watermark to the end of the window, and record the run's counts."""
    reached = next_watermark(window)
    if reached is not None:
        watermark.commit_watermark(connection, mapping.name, reached, run_id)
    record_counts(connection, run_id, mapping.name, counts, flow="import")
