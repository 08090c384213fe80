"""Export plans: the rows that differ from the org, with before and after by field. Pure."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from closedwon.mapping.model import Key, Mapping
from closedwon.transform.payload import by_name
from closedwon.transform.row_records import GONE, required_references, to_remedy

GIVE_UP = "give_up"
"""Operation in `sync.plan` of a write that empties the fields of a record which a row has left."""

LEFT_RECORD = "The row has left this record for another or for none, so the record's fields are emptied."
LEFT_OWNER = "The row was deleted, or belongs to no other record any more, so the reference to that is emptied."
"""Messages in `sync.plan` of such writes."""

OTHER_RECORD = "EXTERNAL_ID_DIFFERS"
"""Code in `sync.plan` of a row that is rejected before it is sent: its record has another external id."""


def plan_writes(
    rows: DataFrame, ours: DataFrame, unsendable: DataFrame, theirs: DataFrame, mapping: Mapping, key: Key
) -> DataFrame:
    """Return one line, as in `sync.plan`, per row that differs from its record, has no record, or cannot be sent.

    Args:
        rows: `row_id`, `record_key` and `record_id` (None where no record is known).
        ours: the payload of the rows, in the order in which they are to be sent.
        unsendable: as from `to_payload`; a row may have several.
        theirs: as from `to_theirs`; records that are no longer in the org are missing.

    Returns:
        `row_id, record_key, salesforce_id, operation, before, after, state, code, message`. `before` is empty where a
        record is to be made, and both are empty where the row is rejected or skipped before it is sent.
    """
    rows = rows.loc[ours.index]
    is_found = rows["record_id"].isin(theirs.index)
    is_gone = rows["record_id"].notna() & ~is_found
    held = theirs.reindex(rows["record_id"]).set_axis(rows.index)
    refusals = pd.concat(
        [_refusals_by_value(unsendable), _refusals_by_key(rows, held, is_found, is_gone, mapping, key)]
    )
    refusals = refusals[~refusals.index.duplicated()]
    is_refused = Series(rows.index.isin(refusals.index), index=rows.index)
    code = refusals["code"].reindex(rows.index)
    changed = changed_fields(ours, held[ours.columns], mapping).mul(~is_refused, axis=0)
    plan = rows[["row_id", "record_key"]].assign(
        salesforce_id=rows["record_id"],
        operation="update" if key.salesforce == "Id" else "upsert",
        before=to_changes(held, changed.mul(is_found, axis=0)),
        after=to_changes(ours, changed),
        state=np.where(code.eq(GONE), "skipped", np.where(is_refused, "rejected", "planned")),
        code=code,
        message=refusals["message"].reindex(rows.index),
    )
    plan.loc[is_gone & ~is_refused, "message"] = _made_anew(rows, mapping)
    plan = plan[changed.any(axis=1) | is_refused | ~is_found].astype(object)
    return plan.where(plan.notna(), None)


def plan_give_ups(
    left: Series[int], theirs: DataFrame, mapping: Mapping, key: Key, describe: Dictionary[str, Any]
) -> tuple[DataFrame, DataFrame]:
    """Return the lines that empty the records which rows have left, and the org's values as they are after that.

    Else a value that may be there only once, such as a project's code, would keep the row from its new record. A record
    that is found by an external id is the row's own: it keeps its values, and loses the references to what the row
    belonged to. A field that the org never has empty keeps its value.

    Args:
        left: as from `find_left`. A record that is no longer in the org has nothing to give up.
    """
    left = left[left.index.isin(theirs.index[theirs[key.salesforce].notna()])]
    is_own = key.salesforce != "Id"
    org_fields = by_name(describe)
    nothing = Series([None] * len(left), index=left.index, dtype=object)
    given_up = required_references(mapping, describe) if is_own else mapping.sent
    fields = [field for field in given_up if _can_be_empty(org_fields[field.salesforce])]
    empty = DataFrame({f.salesforce: f.kind.normal(nothing, org_fields[f.salesforce]) for f in fields}, dtype=object)
    held = theirs.loc[left.index, list(empty.columns)]
    changed = changed_fields(empty, held, mapping)
    lines = DataFrame(
        {
            "row_id": left,
            "record_key": theirs[key.salesforce].reindex(left.index),
            "salesforce_id": left.index,
            "operation": GIVE_UP,
            "before": to_changes(held, changed),
            "after": to_changes(empty, changed),
            "state": "planned",
            "code": None,
            "message": LEFT_OWNER if is_own else LEFT_RECORD,
        },
        index=left.index,
        dtype=object,
    )
    after = theirs.copy()
    after.loc[left.index, list(empty.columns)] = empty
    return lines[changed.any(axis=1)], after


def _can_be_empty(org_field: Dictionary[str, Any]) -> bool:
    return org_field["type"] == "boolean" or bool(org_field["nillable"])


def changed_fields(ours: DataFrame, theirs: DataFrame, mapping: Mapping) -> DataFrame:
    """Return true where our value differs from the org's; both are in normal form, with the same rows and columns."""
    kinds = {field.salesforce: field.kind for field in mapping.sent}
    same = {name: kinds[name].is_same(ours[name], theirs[name]) for name in ours.columns}
    return ~DataFrame(same, index=ours.index, columns=ours.columns, dtype=bool)


def find_arrived(
    after: Sequence[Dictionary[str, Any]], record_ids: Sequence[str | None], theirs: DataFrame, mapping: Mapping
) -> list[str | None]:
    """Return for each write that was sent the id of its record, where the record holds all of the values; else None.

    Args:
        after: the values by Salesforce field, as in `sync.plan`.
        record_ids: the record of each write; None where none is known.
        theirs: as from `to_theirs`. A field that it lacks is not known to have arrived.
    """
    sent = DataFrame(list(after), index=range(len(after)), dtype=object)
    is_sent = DataFrame([dict.fromkeys(values, True) for values in after], index=sent.index).notna()
    held = theirs.assign(record_id=theirs.index).reindex(list(record_ids)).set_axis(sent.index)
    known = [name for name in sent.columns if name in theirs.columns]
    differs = changed_fields(sent[known], held[known], mapping) & is_sent[known]
    is_missing = differs.any(axis=1) | is_sent.drop(columns=known).any(axis=1) | held["record_id"].isna()
    return [None if missing else record_id for record_id, missing in zip(held["record_id"], is_missing, strict=True)]


def to_changes(values: DataFrame, changed: DataFrame) -> Series[Any]:
    """Return for each row the fields in which it has changed with their values, ready for JSON."""
    changes: list[dict[str, Any]] = [{} for _ in range(len(values))]
    for name in changed.columns:
        column = values[name].to_numpy()
        for position in np.flatnonzero(changed[name].to_numpy()):
            changes[position][str(name)] = column[position]
    return Series(changes, index=values.index, dtype=object)


def _refusals_by_value(unsendable: DataFrame) -> DataFrame:
    """Return one line per row: the code of its first value that cannot be sent, and all their messages."""
    of_row = unsendable.groupby(level=0)
    return DataFrame({"code": of_row["code"].first(), "message": of_row["message"].agg("\n".join)})


def _refusals_by_key(
    rows: DataFrame, held: DataFrame, is_found: Series[bool], is_gone: Series[bool], mapping: Mapping, key: Key
) -> DataFrame:
    """Return the rows that must not be sent because of the record that they would reach.

    An update by id fails where the record is gone; an upsert makes a new record there. But where the linked record
    has another external id than the row, an upsert would write to a third record.
    """
    row = "Row " + rows["row_id"].astype("str") + f" of {mapping.table}"
    record = f"{mapping.sobject} " + rows["record_id"].astype("str")
    if key.salesforce == "Id":
        message = (
            row
            + " was not sent: its "
            + record
            + " is not in the org, deleted or hidden from the integration user. "
            + to_remedy(rows["row_id"].astype("str"), mapping, key.column)
        )
        return DataFrame({"code": GONE, "message": message[is_gone]})
    carries = held[key.salesforce]
    message = (
        row
        + " was not sent: it is linked to the "
        + record
        + f", whose {key.salesforce} is '"
        + carries.astype("str")
        + "' and not '"
        + rows["record_key"].astype("str")
        + "', so that an upsert would write to another record. "
        f"Correct {key.salesforce} there, or end the link in sync.link; the next export tries again."
    )
    return DataFrame({"code": OTHER_RECORD, "message": message[is_found & carries.ne(rows["record_key"])]})


def _made_anew(rows: DataFrame, mapping: Mapping) -> Series[str]:
    return (
        f"The {mapping.sobject} " + rows["record_id"].astype("str") + " that the row was linked to is no longer in "
        "the org. The upsert makes a new record, and the link moves to it."
    )
