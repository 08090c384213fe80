"""Check of all mappings of an import against the org's describe and their tables, whether or not records changed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from closedwon.mapping.check import check_mapping
from closedwon.mapping.currency import has_several
from closedwon.mapping.model import Mapping
from closedwon.salesforce.probe import Probe
from closedwon.warehouse.currency_comment import note_currency
from closedwon.warehouse.other_columns import take_in_others
from closedwon.warehouse.prepare import find_table_faults
from closedwon.warehouse.state.checked_mapping import find_checked, note_checked
from closedwon.window import OVERLAP

log = logging.getLogger(__name__)

_UNFIT = "the mapping does not fit its table, or the org as our user sees it; its extract fails and says what to do"


def find_describe_starts(connection: Connection, mappings: Sequence[Mapping]) -> dict[str, datetime]:
    """Return by mapping since when a describe must have changed to be sent again; without a time it is sent anyway.

    It lies an overlap before the last describe, because a change need not be visible in it at once.
    """
    return {name: described_at - OVERLAP for name, described_at in find_checked(connection, mappings).items()}


def find_unfit(connection: Connection, mappings: Sequence[Mapping], seen: Probe) -> set[str]:
    """Return the names of the mappings that fit their describe or table no more, or that the org refused.

    The `extract` of each raises the reason; a warning says so here. Those that fit their describe are noted.
    """
    described = [mapping for mapping in mappings if mapping.name in seen.describes]
    unfit = {mapping.name for mapping in described if check_mapping(mapping, seen.describes[mapping.name])}
    for mapping in described:
        if mapping.name not in unfit:
            note_checked(connection, mapping, seen.org_now)
    unfit |= set(find_table_faults(connection, mappings)) | set(seen.refused)
    for mapping in described:
        if mapping.name not in unfit:
            note_currency(connection, mapping, is_several=has_several(seen.describes[mapping.name]))
            take_in_others(connection, mapping, seen.describes[mapping.name])
    for name in sorted(unfit):
        log.warning("%s: %s", name, _UNFIT)
    return unfit
