"""The fields that `receive.others` takes in, pinned to a run: its tasks agree on them, whatever the org gets since."""

from __future__ import annotations

import logging
from collections.abc import Mapping as Dictionary
from dataclasses import replace
from typing import Any

from pandas import DataFrame
from sqlalchemy import Connection

from closedwon.flows.steps.batches import Batches
from closedwon.mapping.model import Field, Mapping
from closedwon.mapping.others import say_left_out
from closedwon.warehouse.other_columns import take_in_others

log = logging.getLogger(__name__)

_COLUMNS = ["salesforce", "column", "type"]


def pin_others(connection: Connection, mapping: Mapping, describe: Dictionary[str, Any], batches: Batches) -> Mapping:
    """Return the mapping with the org's other fields, and write these beside the pages; log those that are left out."""
    if not mapping.others_line:
        return mapping
    whole = take_in_others(connection, mapping, describe)
    others = whole.fields[len(mapping.fields) :]
    if left_out := say_left_out(mapping, describe):
        log.info("%s: `others: receive` leaves out %s", mapping.name, "; ".join(left_out))
    batches.empty("fields")
    batches.write_frame("fields", 1, DataFrame([(f.salesforce, f.column, f.type) for f in others], columns=_COLUMNS))
    return whole


def with_pinned_others(mapping: Mapping, batches: Batches) -> Mapping:
    """Return the mapping with the fields that this run's `extract` has taken in."""
    if not mapping.others_line:
        return mapping
    others = (
        Field(salesforce, column, kind, "receive", line=mapping.others_line)
        for frame in batches.frames("fields")
        for salesforce, column, kind in frame.to_numpy().tolist()
    )
    return replace(mapping, fields=(*mapping.fields, *others))
