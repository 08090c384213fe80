"""Payloads: the Salesforce values of each row, in the normal form in which our values and the org's compare. Pure.

The normal form is also the form that is sent: text without trailing blanks and with plain line ends, numbers at the
scale that the org's field keeps, dates as `2026-01-31`, datetimes in UTC at whole seconds, and None for empty. What
Salesforce would change on arrival is changed before, so that a value that was written compares as equal in the next run
and is not sent again.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from closedwon.mapping.model import Field, Key, Mapping, ValueMap
from closedwon.transform.value_maps import to_labels

UNSENDABLE_COLUMNS = ("field", "value", "message")
"""The columns of the values that have no label in the org; the index is that of the rows."""


def to_payload(rows: DataFrame, mapping: Mapping, describe: Dictionary[str, Any]) -> tuple[DataFrame, DataFrame]:
    """Return the Salesforce values of each row in normal form, and the values that have no label and cannot be sent.

    A code without a label is never sent as it is: an unrestricted picklist would accept it and show it to the org's
    users. The payload still holds the row, empty in that field; the caller must leave such rows out.

    Args:
        rows: one column per sent field of the mapping, by its `column` name.
        describe: the org's describe of the mapping's object.

    Returns:
        The payload, one column per sent field by its Salesforce name, and the unsendable values with
        `UNSENDABLE_COLUMNS`; the labels of both indexes are those of `rows`. The children of one parent stand beside
        each other: the org works on several parts of a bulk job at once, and two parts that hold children of one
        parent lock each other out.
    """
    org_fields = _by_name(describe)
    payload: dict[str, Series[Any]] = {}
    unsendable: list[DataFrame] = []
    for field in mapping.sent:
        values = rows[field.column]
        if field.values is not None:
            labels = to_labels(values, field.values)
            unsendable.append(_to_unsendable(values[values.notna() & labels.isna()], field, field.values, mapping))
            values = labels
        payload[field.salesforce] = field.kind.normal(values, org_fields[field.salesforce])
    found = pd.concat(unsendable) if unsendable else DataFrame(columns=UNSENDABLE_COLUMNS)
    parents = [name for name in payload if org_fields[name]["type"] == "reference"]
    return DataFrame(payload, index=rows.index, dtype=object).sort_values(parents, kind="stable"), found


def to_theirs(records: DataFrame, mapping: Mapping, key: Key, describe: Dictionary[str, Any]) -> DataFrame:
    """Return the org's values: one column per sent field in normal form, and the key; the index is the record's id.

    Args:
        records: `Id`, the key, and the sent fields by their Salesforce names, values as JSON gave them.
        describe: the org's describe of the mapping's object.
    """
    org_fields = _by_name(describe)
    held = records.set_index(records["Id"])
    columns = {f.salesforce: f.kind.normal(held[f.salesforce], org_fields[f.salesforce]) for f in mapping.sent}
    return DataFrame({key.salesforce: held[key.salesforce], **columns}, index=held.index, dtype=object)


def _by_name(describe: Dictionary[str, Any]) -> dict[str, Dictionary[str, Any]]:
    return {field["name"]: field for field in describe["fields"]}


def _to_unsendable(unlisted: Series[Any], field: Field, values: ValueMap, mapping: Mapping) -> DataFrame:
    message = (
        f"{mapping.sent_from}.{field.column} = '"
        + unlisted.astype("str")
        + f"' is not one of the {len(values.codes)} codes of {values.file}, so {mapping.sobject}."
        f"{field.salesforce} has no label for it and nothing of the row was sent. "
        "Correct the value, or add a line with its label to the file; the next export takes the row up again."
    )
    return DataFrame({"field": field.salesforce, "value": unlisted, "message": message}, index=unlisted.index)
