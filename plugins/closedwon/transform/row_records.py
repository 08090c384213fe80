"""The record of each row that is sent: found by its link or by its external id, and whether it may be written. Pure."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Dictionary
from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from closedwon.kinds import KINDS
from closedwon.kinds.number import NUMERIC
from closedwon.mapping.model import Field, Key, Mapping
from closedwon.mapping.model.project_columns import is_sent_by_code, to_table_column
from closedwon.transform.payload import UNSENDABLE_COLUMNS, by_name

TAKEN = "EXTERNAL_ID_TAKEN"
GONE = "ENTITY_IS_DELETED"
"""Codes in `sync.plan` of rows that are not sent: their external id is another's, or what they refer to is gone."""


def to_keyed(rows: DataFrame, key: Key, describe: Dictionary[str, Any]) -> DataFrame:
    """Return the rows with their record keys as Salesforce keeps them, in the order of the keys.

    Args:
        rows: as from `read_rows`. A row whose key is blank is left out.
    """
    keys = _to_keys(rows["record_key"], key, describe)
    rows = rows.assign(record_key=keys, is_linked=rows["record_id"].notna())
    if key.salesforce == "Id":
        rows = rows.assign(record_id=keys)
    return rows[keys.notna()].sort_values("record_key", kind="stable")


def to_searched(keys: Series[Any], key: Key, describe: Dictionary[str, Any]) -> list[str | int | float]:
    """Return record keys as a query compares them: as numbers where the org's field holds numbers."""
    if not _is_numeric(key, describe):
        return keys.tolist()
    return [float(digits) if "." in digits else int(digits) for digits in keys]


def newest_rows(rows: DataFrame, key: Key, describe: Dictionary[str, Any]) -> DataFrame:
    """Return of several rows with one record key the newest.

    They would overwrite each other's values in every run: an opportunity shows the project that was made last.
    """
    folded = _fold(rows["record_key"], key, describe)
    newest = rows.assign(folded=folded).sort_values("row_id", ascending=False).drop_duplicates("folded")
    return rows[rows.index.isin(newest.index)]


def find_left(rows: DataFrame, shown: Dictionary[str, int], unlinked: Collection[int]) -> Series[int]:
    """Return the records that a row has left for another record or for none, with the row's id by the record's.

    Args:
        rows: all of them, not only the newest of each record, with `record_id`.
        shown: the row that each record shows, by the record's id.
        unlinked: the rows of those that have no record any more. A record that they have left to another row is not
            among the result, since it shows that row from now on.
    """
    records = dict(zip(rows["row_id"], rows["record_id"], strict=True))
    taken = set(records.values())
    left = {
        record: row
        for record, row in shown.items()
        if records.get(row, record) != record or (row in unlinked and record not in taken)
    }
    return Series(list(left.values()), index=list(left), dtype=object)


def to_spelled(theirs: DataFrame, rows: DataFrame, key: Key, describe: Dictionary[str, Any]) -> DataFrame:
    """Return the org's values with the external ids spelled as in the rows, where Salesforce holds them for the same.

    Salesforce compares external ids without case, unless the field is case-sensitive.
    """
    if key.salesforce == "Id":
        return theirs
    keys = _to_keys(theirs[key.salesforce], key, describe)
    spelled = Series(rows["record_key"].to_numpy(), index=_fold(rows["record_key"], key, describe).to_numpy())
    return theirs.assign(**{key.salesforce: _fold(keys, key, describe).map(spelled).astype(object).fillna(keys)})


def match_records(rows: DataFrame, theirs: DataFrame, key: Key) -> DataFrame:
    """Return the rows, those without a link with the record that carries their external id.

    An external id that several records carry finds none of them: Salesforce refuses to choose as well.
    """
    if key.salesforce == "Id":
        return rows
    once = theirs[~theirs[key.salesforce].duplicated(keep=False)]
    found = rows["record_key"].map(Series(once.index, index=once[key.salesforce]))
    return rows.assign(record_id=rows["record_id"].where(rows["is_linked"], found))


def find_taken(
    rows: DataFrame, ours: DataFrame, theirs: DataFrame, mapping: Mapping, key: Key, describe: Dictionary[str, Any]
) -> DataFrame:
    """Return the rows without a link whose external id is carried by a record of something else.

    What a record belongs to is what it refers to: the fields that are references in the org, of these the required ones
    if there are any. Such a record is never written: after a warehouse was restored from a backup, or beside a new one,
    external ids are given a second time.

    Returns:
        The rows with `UNSENDABLE_COLUMNS`.
    """
    found = rows[~rows["is_linked"] & rows["record_id"].isin(theirs.index)]
    held, mine = theirs.reindex(found["record_id"]).set_axis(found.index), ours.reindex(found.index)
    taken = [
        _to_taken(
            found[~field.kind.is_same(mine[field.salesforce], held[field.salesforce])], mine, held, field, mapping, key
        )
        for field in _owners(mapping, describe)
    ]
    return pd.concat([DataFrame(columns=list(UNSENDABLE_COLUMNS)), *taken]).astype(object)


def references(mapping: Mapping, describe: Dictionary[str, Any]) -> list[Field]:
    """Return the sent fields that are references in the org."""
    org_fields = by_name(describe)
    return [field for field in mapping.sent if org_fields[field.salesforce]["type"] == "reference"]


def required_references(mapping: Mapping, describe: Dictionary[str, Any]) -> list[Field]:
    """Return the sent references without which a row is not sent: the records that it belongs to."""
    return [field for field in references(mapping, describe) if field.required]


def leave_out_gone(
    rows: DataFrame, ours: DataFrame, theirs: DataFrame, field: Field, gone: Collection[str], mapping: Mapping
) -> tuple[DataFrame, DataFrame]:
    """Return ours without the references to records that are gone, and the rows that cannot be sent without them.

    Salesforce has emptied the reference of a record that is there, and refuses to write it again; the other fields go.
    A record that is not there is not made if the reference is required.

    Args:
        gone: ids of the records that the org no longer has.

    Returns:
        The payload, and the rows with `UNSENDABLE_COLUMNS`.
    """
    lacking = ours[field.salesforce].isin(gone)
    ids = rows["record_id"].reindex(ours.index)
    is_there = ids.isin(theirs.index)
    kept = theirs[field.salesforce].reindex(ids).set_axis(ours.index)
    values = ours[field.salesforce].where(~lacking, kept.where(is_there, None))
    skipped = ours[field.salesforce][lacking & ~is_there & field.required]
    row_ids = rows["row_id"].reindex(skipped.index).astype("str")
    message = (
        "Row "
        + row_ids
        + f" of {mapping.table} was not sent: the record "
        + skipped.astype("str")
        + f" that {mapping.sobject}.{field.salesforce} refers to is not in the org, deleted or hidden from the "
        "integration user. " + to_remedy(row_ids, mapping, field.column)
    )
    columns = {"field": field.salesforce, "value": skipped, "code": GONE, "message": message}
    left_out = DataFrame(columns, index=skipped.index, columns=list(UNSENDABLE_COLUMNS), dtype=object)
    return ours.assign(**{field.salesforce: values.where(values.notna(), None)}), left_out


def to_remedy(row_ids: Series[str], mapping: Mapping, column: str) -> Series[str]:
    """Return what to do where the record that a column names is gone, as the end of a message."""
    settable = to_table_column(mapping, column)
    if settable is None:
        return f"Restore it there, or change what {mapping.sent_from}.{column} comes from in row " + row_ids + "."
    return (
        "Restore it there, or give the row another record or none: set "
        f"{settable} of row " + row_ids + f" in {mapping.table} to its id or to NULL."
    )


def _owners(mapping: Mapping, describe: Dictionary[str, Any]) -> list[Field]:
    return required_references(mapping, describe) or references(mapping, describe)


def _to_taken(rows: DataFrame, mine: DataFrame, held: DataFrame, field: Field, mapping: Mapping, key: Key) -> DataFrame:
    carried = held[field.salesforce].reindex(rows.index)
    message = (
        "Row "
        + rows["row_id"].astype("str")
        + f" of {mapping.table} was not sent: the {mapping.sobject} "
        + rows["record_id"].astype("str")
        + f" carries its {key.salesforce} '"
        + rows["record_key"].astype("str")
        + f"', but another {field.salesforce}: '"
        + carried.fillna("").astype("str")
        + "' and not '"
        + mine[field.salesforce].reindex(rows.index).fillna("").astype("str")
        + "'. Nothing of it was changed. A warehouse that was restored from a backup, or is new at this "
        "org, gives keys that were given before. " + _to_new_key(rows["row_id"].astype("str"), mapping, key)
    )
    columns = {"field": field.salesforce, "value": carried, "code": TAKEN, "message": message}
    return DataFrame(columns, index=rows.index, columns=list(UNSENDABLE_COLUMNS), dtype=object)


def _to_new_key(row_ids: Series[str], mapping: Mapping, key: Key) -> Series[str]:
    if is_sent_by_code(mapping):
        return "Give the project the next free code: set id of row " + row_ids + f" in {mapping.table} to DEFAULT."
    return f"Give the row another {key.column} (row " + row_ids + f"), or correct {key.salesforce} there."


def _to_keys(keys: Series[Any], key: Key, describe: Dictionary[str, Any]) -> Series[Any]:
    """Return record keys as texts in normal form; None for a blank one."""
    org_field = by_name(describe)[key.salesforce]
    kind = KINDS["number" if _is_numeric(key, describe) else "text"]
    return kind.normal(keys, org_field).map(lambda value: str(value).removesuffix(".0"), na_action="ignore")


def _is_numeric(key: Key, describe: Dictionary[str, Any]) -> bool:
    return by_name(describe)[key.salesforce]["type"] in NUMERIC


def _fold(keys: Series[Any], key: Key, describe: Dictionary[str, Any]) -> Series[Any]:
    """Return record keys so that those that Salesforce takes for the same are equal."""
    is_exact = key.salesforce == "Id" or by_name(describe)[key.salesforce].get("caseSensitive")
    return keys if is_exact else keys.map(str.casefold, na_action="ignore")
