"""Which mappings a run reads: the active ones, and in a scheduled run those whose interval has passed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from closedwon.mapping.model import Mapping
from closedwon.warehouse.state.run import last_reads

EARLY = timedelta(minutes=5)
"""How much sooner than its interval a mapping may be read: runs begin some time after their tick. It is less than the
import's own ten minutes, so that no tick is taken for the next one."""

log = logging.getLogger(__name__)


def find_due(connection: Connection, mappings: Sequence[Mapping], tick: datetime | None) -> list[Mapping]:
    """Return the mappings that the run reads; the log says of each other one why it does not.

    Args:
        tick: when the schedule has the run begin; None for a run by hand, which reads each active mapping at once.
    """
    read_at = last_reads(connection)
    due = []
    for mapping in mappings:
        last = read_at.get(mapping.name)
        if not mapping.active:
            log.warning("%s", explain_inactive(mapping))
        elif tick and mapping.every and last and last + mapping.every - EARLY > tick:
            log.info("%s: last read at %s, and %s wants %s between", mapping.name, last, mapping.file, mapping.every)
        else:
            due.append(mapping)
    return due


def explain_inactive(mapping: Mapping) -> str:
    """Return why no run touches the mapping, and what to do."""
    return f"{mapping.name}: skipped, as {mapping.file} says `active: false`; write `active: true` there to go on"
