"""Frames of rejects that a load makes: one shape for each reason, and several joined to one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from closedwon.rejects import REJECT_COLUMNS, RejectClass


def to_rejects(
    records: pd.DataFrame,
    reject_class: RejectClass,
    reason: str | pd.Series[Any],
    *,
    field: str = "",
    waits_for_table: str | None = None,
    waits_for_id: pd.Series[Any] | None = None,
) -> pd.DataFrame:
    """Return one reject per record, with the columns of `REJECT_COLUMNS`.

    Args:
        records: `salesforce_id` and `system_modstamp`, as Postgres returned them.
        waits_for_id: the parent that each record lacks, which is also the value that was seen.
    """
    return pd.DataFrame(
        {
            "salesforce_id": records["salesforce_id"].astype("str"),
            "system_modstamp": pd.to_datetime(records["system_modstamp"], utc=True),
            "class": reject_class,
            "field": field,
            "value": waits_for_id,
            "reason": reason,
            "waits_for_table": waits_for_table,
            "waits_for_id": waits_for_id,
        },
        columns=list(REJECT_COLUMNS),
        index=records.index,
    )


def join_frames(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the frames as one, or the first where all are empty: an empty frame's columns have no types."""
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
