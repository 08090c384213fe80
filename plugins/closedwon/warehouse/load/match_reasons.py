"""Records of which only a person can tell which row they are: the candidates, and a reject for each record."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from closedwon.mapping.model import Mapping
from closedwon.rejects import REJECT_COLUMNS
from closedwon.warehouse.load.reject_frames import to_rejects
from closedwon.warehouse.state.match_candidate import CANDIDATE_COLUMNS

_SHOWN = 3
"""Candidates that the reason of a reject shows; all of them stand in `sync.match_candidate`."""


@dataclass(frozen=True)
class Unclear:
    """Records that wait for a person's decision: rejects, one per record, and candidates, one per record and row."""

    rejects: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(REJECT_COLUMNS)))
    candidates: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(CANDIDATE_COLUMNS)))


def explain_matches(mapping: Mapping, records: pd.DataFrame, found: pd.DataFrame, told: pd.DataFrame) -> Unclear:
    """Return the candidates that agree with the records, and a reject for each record that names them.

    Args:
        records: `salesforce_id` and `system_modstamp`.
        found: `salesforce_id`, `place` (of the list), `row_id`, `other_salesforce_id` and `was_unlinked`.
        told: `salesforce_id` and `why`, where a decision could not be carried out.
    """
    if records.empty:
        return Unclear()
    lists = [", ".join(columns) for columns in mapping.receive.match] if mapping.receive else []
    by = found["place"].map(dict(enumerate(lists))).astype("str")
    row = "row " + found["row_id"].astype("Int64").astype("str") + f" of {mapping.table}"
    other = found["other_salesforce_id"].astype("str")
    is_record = found["row_id"].isna()
    which = np.select(
        [is_record, found["other_salesforce_id"].notna(), found["was_unlinked"].astype("bool")],
        [other + ", which is new as well.", row + ", which is linked to " + other + ".", row + ", which was unlinked."],
        row + ", which is not linked.",
    )
    why = "It agrees in " + by + " with " + pd.Series(which, index=found.index, dtype="str")
    candidates = found.assign(matched_by=by, why=why, row_id=found["row_id"].astype("Int64"))
    rejects = _explain_records(mapping, records, pd.concat([told, candidates]))
    return Unclear(rejects, candidates[list(CANDIDATE_COLUMNS)])


def explain_unlinked(mapping: Mapping, unlinked: pd.DataFrame) -> Unclear:
    """Return rejects for records whose link to a row a person has cleared; with `match` also the row as a candidate.

    Args:
        unlinked: `salesforce_id`, `system_modstamp` and `row_id`.
    """
    row, record = unlinked["row_id"].astype("str"), unlinked["salesforce_id"].astype("str")
    seen = (
        "It was unlinked from row " + row + f" of {mapping.table}, whose salesforce_id was cleared: no second row is "
    )
    has_match = bool(mapping.receive and mapping.receive.match)
    make_new = (
        "write decision = 'new' on its line in sync.match_candidate."
        if has_match
        else "delete its line in sync.link, and set release_asked here."
    )
    remedy = (
        "made of it. To link it again, set salesforce_id = '" + record + "' of its row; the next run reads it. "
        f"To let the import make a new row, {make_new}"
    )
    candidates = unlinked.assign(other_salesforce_id=None, matched_by=None, why="A person has unlinked the two.")
    rejects = to_rejects(unlinked, "needs_data", seen + remedy)
    return Unclear(rejects, candidates[list(CANDIDATE_COLUMNS)]) if has_match else Unclear(rejects)


def _explain_records(mapping: Mapping, records: pd.DataFrame, candidates: pd.DataFrame) -> pd.DataFrame:
    of_record = candidates.groupby("salesforce_id", sort=False)["why"]
    shown = of_record.agg(lambda whys: " ".join(whys.head(_SHOWN))).reindex(records["salesforce_id"])
    more = of_record.size().reindex(records["salesforce_id"]) - _SHOWN
    others = (" There are " + more.astype("str") + " more.").where(more > 0, "")
    where = f"(mapping '{mapping.name}', salesforce_id '" + records["salesforce_id"].astype("str") + "')"
    remedy = (
        f" Only a person can tell which {mapping.sobject} it is: in sync.match_candidate " + where + " write decision "
        "= 'link' on the line of the row that it is, or 'new' on any of its lines; the next import does it."
    )
    reason = shown.set_axis(records.index) + others.set_axis(records.index) + remedy
    return to_rejects(records, "needs_data", reason)
