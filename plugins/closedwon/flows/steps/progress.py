"""Progress of a mapping: whether the warehouse is up to date, and the commit of a run's watermark and counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from closedwon.counts import Counts
from closedwon.mapping.model import Mapping
from closedwon.salesforce.probe import Changes, Version
from closedwon.warehouse.state import quarantine, watermark
from closedwon.warehouse.state.run import read_counts, record_counts
from closedwon.window import OVERLAP, Window, next_watermark


def is_held(
    connection: Connection, mapping: Mapping, window: Window, found: Changes, being_read: Collection[str]
) -> bool:
    """Return whether the warehouse has each record that the probe found in the window, and none is due for a retry.

    Each must have exactly the stamp that it has in the org: a change of a long transaction becomes visible late, and
    one that another server of the org has stamped can have an earlier stamp than the one before. Where the probe lists
    only the newest records, they must reach back an overlap before the watermark: no change is visible later than that.

    Args:
        being_read: the names of the mappings that the run reads.
    """
    is_known = _is_known(connection, mapping, window, found)
    return is_known and not quarantine.due_ids(connection, mapping, being_read)


def _is_known(connection: Connection, mapping: Mapping, window: Window, found: Changes) -> bool:
    if found.listed is None:
        return found.records == 0
    if found.records is None and not _reach_back(window, found.listed):
        return False
    listed = [version for version in found.listed if version.system_modstamp < window.end]
    ids, stamps = [one.salesforce_id for one in listed], [one.system_modstamp for one in listed]
    return not listed or watermark.holds_each(connection, mapping, ids, stamps)


def _reach_back(window: Window, listed: Sequence[Version]) -> bool:
    return window.watermark is not None and listed[-1].system_modstamp < window.watermark - OVERLAP


def commit_progress(connection: Connection, mapping: Mapping, window: Window, counts: Counts, run_id: str) -> Counts:
    """Move the mapping's watermark to the end of the window; record and return the run's counts."""
    reached = next_watermark(window)
    if reached is not None:
        watermark.commit_watermark(connection, mapping.name, reached, run_id)
    earlier = read_counts(connection, run_id, mapping.name, flow="import")
    counts = counts.after(earlier) if earlier else counts
    record_counts(connection, run_id, mapping.name, counts, flow="import")
    return counts
