"""Triggers: a record fires when its field changes to a wanted value, not as long as it has that value. Pure."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd


def has_fired(candidates: pd.DataFrame, wanted: Collection[str]) -> pd.Series[bool]:
    """Return whether each candidate has changed to one of the wanted values and has not had its project for that yet.

    A record that stays at the value fires once, so that a project which the team has deleted stays deleted; once the
    record has left the value, it can come back and fire. A record never seen before fires if it has the value: it was
    created with it. One whose decision was `waits`, or that met a condition only later, has had no project, so it fires
    although its value stayed.

    Args:
        candidates: `value` and `seen_value` as text (missing: deleted, or never seen) and `seen_outcome`.
        wanted: the values that pick a record; ("true",) for a checkbox.
    """
    return candidates["value"].isin(wanted) & ~had_its_project(candidates, wanted)


def had_its_project(candidates: pd.DataFrame, wanted: Collection[str]) -> pd.Series[bool]:
    """Return whether each candidate had its project for the wanted value that it was seen at last.

    Of a record in quarantine that value is the one from before, if it had its project then, else missing.
    """
    has_had = candidates["seen_outcome"].isin(("made", "exists", "quarantined"))
    return candidates["seen_value"].isin(wanted) & has_had
