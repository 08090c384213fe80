"""How far a mapping has been read: what the warehouse holds already, and what a run has brought."""

from __future__ import annotations

from sqlalchemy import Connection

from closedwon.counts import Counts
from closedwon.errors import MappingFault
from closedwon.mapping.model import Mapping
from closedwon.salesforce.probe import Changes
from closedwon.warehouse.schema import check_table
from closedwon.warehouse.state import quarantine, watermark
from closedwon.warehouse.state.run import record_counts
from closedwon.window import Window, next_watermark


def is_held(connection: Connection, mapping: Mapping, window: Window, found: Changes | None) -> bool:
    """Return whether the warehouse holds all that the org has in the window, so that nothing needs to be read.

    It does not where the org refused the count, or where the table is not as the mapping says: the mapping's own
    `extract` meets that fault.
    """
    try:
        check_table(connection, mapping)
    except MappingFault:
        return False
    if found is None:
        return False
    held = watermark.count_span(connection, mapping, window.start)
    return held == (found.records, found.newest_at) and not quarantine.due_ids(connection, mapping)


def commit_progress(connection: Connection, mapping: Mapping, window: Window, counts: Counts, run_id: str) -> None:
    """Move the mapping's watermark to the end of the window, and keep the run's counts."""
    reached = next_watermark(window)
    if reached is not None:
        watermark.commit_watermark(connection, mapping.name, reached, run_id)
    record_counts(connection, run_id, mapping.name, counts)
