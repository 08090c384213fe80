"""Progress of a mapping: whether the warehouse is up to date, and the commit of a run's watermark and counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from closedwon.counts import Counts
from closedwon.mapping.model import Mapping
from closedwon.salesforce.probe import Changes, Version
from closedwon.warehouse.load import scope
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
    is_known = _is_known(connection, mapping, window, found) and _is_marked(connection, mapping, window, found)
    return is_known and not quarantine.due_ids(connection, mapping, being_read)


def _is_known(connection: Connection, mapping: Mapping, window: Window, found: Changes) -> bool:
    if found.listed is None:
        return found.records == 0
    if found.records is None and not _reach_back(window, found.listed):
        return False
    ids, stamps = _before(window, found.listed)
    return not ids or watermark.holds_each(connection, mapping, ids, stamps)


def _is_marked(connection: Connection, mapping: Mapping, window: Window, found: Changes) -> bool:
    """Return whether no record that the warehouse has as current meets the mapping's condition no longer."""
    if found.of_all is None:
        return True
    if found.of_all.listed is None:
        return found.of_all.records == 0 or not scope.may_leave(connection, mapping)
    if found.of_all.records is None and not _reach_back(window, found.of_all.listed):
        return False
    ids, stamps = _before(window, found.others)
    return not ids or scope.is_marked_each(connection, mapping, ids, stamps)


def _before(window: Window, listed: Sequence[Version]) -> tuple[list[str], list[datetime]]:
    """Return ids and stamps of the versions that the window holds: later ones are left to the next run."""
    within = [version for version in listed if version.system_modstamp < window.end]
    return [one.salesforce_id for one in within], [one.system_modstamp for one in within]


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
