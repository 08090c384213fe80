"""Planning of an export: what the org holds of the rows, and the writes that follow from it."""

from __future__ import annotations

import logging
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pandas import DataFrame, Series
from simple_salesforce import Salesforce
from sqlalchemy import Connection

from closedwon.flows.steps.held_records import read_theirs
from closedwon.flows.steps.results import LINK_CONFLICT
from closedwon.mapping.model import Field, Key, Mapping
from closedwon.mapping.model.project_columns import is_sent_by_code
from closedwon.salesforce.collections import read_records
from closedwon.salesforce.record_lookup import find_values
from closedwon.thresholds import is_over_limit
from closedwon.transform.export_plan import plan_give_ups, plan_writes
from closedwon.transform.payload import UNSENDABLE_COLUMNS, by_name, to_payload
from closedwon.transform.row_records import (
    find_left,
    find_taken,
    leave_out_gone,
    match_records,
    newest_rows,
    references,
    required_references,
    to_keyed,
)
from closedwon.warehouse.delivery.projects import read_last_code, skip_codes
from closedwon.warehouse.state.link import link_records, unlink_records
from closedwon.warehouse.state.plan import find_unlinked, read_rows, read_shown

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Planner:
    """Compare the rows of one mapping with the org, in the transaction of `connection`, and keep their links true."""

    connection: Connection
    sf: Salesforce
    mapping: Mapping
    key: Key
    describe: Dictionary[str, Any]

    def find_writes(self) -> tuple[DataFrame, int]:
        """Return the writes, as from `plan_writes`, and how many rows need none."""
        rows, values = read_rows(self.connection, self.mapping, self.key)
        all_rows = to_keyed(rows, self.key, self.describe)
        rows = newest_rows(all_rows, self.key, self.describe)
        theirs, give_ups = self._give_up(self._find_left(all_rows), rows)
        ours, unsendable = to_payload(values.loc[rows.index], self.mapping, self.describe)
        rows = match_records(rows, theirs, self.key)
        found = [unsendable, self._find_taken(rows, ours, theirs)]
        found.append(self._link_found(rows.drop(found[-1].index), theirs))
        for field in references(self.mapping, self.describe):
            gone = self._find_gone(rows, ours, theirs, field)
            ours, left_out = leave_out_gone(rows, ours, theirs, field, gone, self.mapping)
            found.append(left_out)
        self._unlink_gone(rows, theirs)
        writes = plan_writes(rows, ours, pd.concat(found), theirs, self.mapping, self.key)
        return pd.concat([give_ups, writes]), len(rows) - len(writes)

    def _find_left(self, rows: DataFrame) -> Series[int]:
        """Return the records that rows have left: those found by an external id whose row belongs to nothing any more.

        Where the key is the record's id, they are those that show a row which has another record now, or none.
        """
        belonging = [self.key] if self.key.salesforce == "Id" else required_references(self.mapping, self.describe)
        if not belonging:
            return Series(dtype=object)
        shown = read_shown(self.connection, self.mapping, self.key)
        columns = [one.column for one in belonging]
        return find_left(rows, shown, self._find_unlinked(columns, set(shown.values()), set(rows["row_id"])))

    def _find_unlinked(self, columns: Sequence[str], shown: set[int], present: set[int]) -> set[int]:
        """Return the rows that belong to no record any more; none, where they are so many that it may be a mistake."""
        unlinked = find_unlinked(self.connection, self.mapping, columns, shown - present)
        if not is_over_limit(len(unlinked), len(shown)):
            return unlinked
        log.warning(
            "%s: %s of the %s rows that %s records show were deleted or unlinked. So many may be a mistake: the "
            "records stay as they are. Bring the rows back; or, if it is meant, empty the fields in Salesforce.",
            self.mapping.name,
            len(unlinked),
            len(shown),
            self.mapping.sobject,
        )
        return set()

    def _give_up(self, left: Series[int], rows: DataFrame) -> tuple[DataFrame, DataFrame]:
        """Return what the org holds after the records were given up that rows have left, and the lines for it."""
        theirs = read_theirs(self.sf, self.mapping, self.key, self.describe, rows, left.index)
        give_ups, theirs = plan_give_ups(left, theirs, self.mapping, self.key, self.describe)
        return theirs, give_ups

    def _unlink_gone(self, rows: DataFrame, theirs: DataFrame) -> None:
        if self.key.salesforce != "Id":
            gone = rows["record_id"][rows["is_linked"] & ~rows["record_id"].isin(theirs.index)]
            unlink_records(self.connection, self.mapping, gone.tolist())

    def _find_taken(self, rows: DataFrame, ours: DataFrame, theirs: DataFrame) -> DataFrame:
        """Return the rows whose external id another's record carries; see that no such code is given from now on."""
        taken = find_taken(rows, ours, theirs, self.mapping, self.key, self.describe)
        if len(taken) and is_sent_by_code(self.mapping):
            last = read_last_code(self.connection)
            skip_codes(self.connection, find_values(self.sf, self.mapping.sobject, self.key.salesforce, above=last))
        return taken

    def _link_found(self, rows: DataFrame, theirs: DataFrame) -> DataFrame:
        """Link the rows to the records that carry their external id; return those with which another link conflicts."""
        found = rows[~rows["is_linked"] & rows["record_id"].isin(theirs.index)]
        by_row = dict(zip(found["row_id"], found["record_id"], strict=True))
        conflicts = link_records(self.connection, self.mapping, by_row)
        refused = found[found["row_id"].isin(list(conflicts))]
        columns = {
            "field": self.key.salesforce,
            "value": refused["record_id"],
            "code": LINK_CONFLICT,
            "message": refused["row_id"].map(conflicts),
        }
        return DataFrame(columns, index=refused.index, columns=list(UNSENDABLE_COLUMNS), dtype=object)

    def _find_gone(self, rows: DataFrame, ours: DataFrame, theirs: DataFrame, field: Field) -> set[str]:
        """Return those of the records that a field is to refer to, and does not yet, that the org does not have."""
        held = theirs[field.salesforce].reindex(rows["record_id"]).set_axis(rows.index).reindex(ours.index)
        wanted = set(ours[field.salesforce][held.isna()].dropna())
        there: set[str] = set()
        for sobject in by_name(self.describe)[field.salesforce]["referenceTo"] if wanted else ():
            there |= {record["Id"] for record in read_records(self.sf, sobject, sorted(wanted - there), ["Id"])}
        return wanted - there
