"""Frames between `transform` and `load`: grouped for validation, filtered of invalid rows, rejects joined. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from closedwon.rejects import REJECT_COLUMNS

_VERSION = ["salesforce_id", "system_modstamp"]
_NONE_ASKED = pd.DataFrame({"salesforce_id": [], "last_seen_at": []})


@dataclass
class ValidRows:
    """A filter that drops invalid rows before they are loaded, and counts the rows that pass."""

    invalid: set[str]
    watched: set[str]
    """Salesforce ids of the records of which `arrived` is to return the versions that pass."""
    rows: int = 0
    _arrived: list[pd.DataFrame] = field(default_factory=list)

    def of(self, frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Yield the frames without the rows of invalid records."""
        for frame in frames:
            valid = frame[~frame["salesforce_id"].isin(self.invalid)] if self.invalid else frame
            self.rows += len(valid)
            if self.watched:
                self._arrived.append(valid.loc[valid["salesforce_id"].isin(self.watched), _VERSION])
            yield valid

    def arrived(self, rejected: set[str]) -> list[pd.DataFrame]:
        """Return id and stamp of the watched records whose rows have passed, without those that were rejected later."""
        return [frame[~frame["salesforce_id"].isin(rejected)] for frame in self._arrived]


def find_unanswered(asked: Iterable[pd.DataFrame], answered: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return what was asked for by `salesforce_id` and is in none of the other frames, rows and rejects."""
    ids = {record_id for frame in answered for record_id in frame["salesforce_id"]}
    return pd.concat([_NONE_ASKED, *(frame[~frame["salesforce_id"].isin(ids)] for frame in asked)])


def drop_overtaken(rejects: pd.DataFrame, arrived: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the rejects without those of which a later version has passed: a batch may hold several of a record."""
    passed = [frame for frame in arrived if not frame.empty]
    if rejects.empty or not passed:
        return rejects
    latest = pd.concat(passed).groupby("salesforce_id")["system_modstamp"].max()
    passed_at = latest.reindex(rejects["salesforce_id"]).set_axis(rejects.index)
    return rejects[~(passed_at > rejects["system_modstamp"])]


def group_frames(frames: Iterable[pd.DataFrame], rows: int) -> Iterator[pd.DataFrame]:
    """Yield the frames joined in their order to groups of at least that many rows; the last may have fewer."""
    group: list[pd.DataFrame] = []
    for frame in frames:
        group.append(frame)
        if sum(map(len, group)) >= rows:
            yield pd.concat(group, ignore_index=True)
            group = []
    if group:
        yield pd.concat(group, ignore_index=True)


def join_rejects(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return all rejects as one frame, with the columns of a reject even where there is none."""
    found = [frame for frame in frames if not frame.empty]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(REJECT_COLUMNS))
