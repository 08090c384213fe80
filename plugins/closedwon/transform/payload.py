"""Payloads: the Salesforce values of each row, in the normal form in which our values and the org's compare. Pure.

The normal form is also the form that is sent: text without blanks around it and with plain line ends, numbers at the
field's scale and with all their digits, dates as `2026-01-31`, datetimes in UTC at whole seconds, and None for empty.
What Salesforce would change on arrival is changed before, so that a value that was written compares as equal in the
next run and is not sent again. What the org's field cannot hold is found before it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from closedwon.mapping.model import Field, Key, Mapping, ValueMap
from closedwon.transform.value_maps import to_labels

UNSENDABLE_COLUMNS = ("field", "value", "code", "message")
"""The columns of the values that cannot be sent; the index is that of the rows."""

NO_LABEL = "NO_LABEL"
"""Code in `sync.plan` of a row with a code that no label of the value map has."""

_LONGEST_QUOTE = 40
"""Characters of a value that a message quotes."""


def to_payload(rows: DataFrame, mapping: Mapping, describe: Dictionary[str, Any]) -> tuple[DataFrame, DataFrame]:
    """Return the Salesforce values of each row in normal form, and the values that cannot be sent.

    A code without a label is never sent as it is: an unrestricted picklist would accept it and show it to the org's
    users. Nor is a value that the org's field cannot hold: it would be rejected, or cut. The payload still holds the
    row, with nothing or a part there; the caller must leave such rows out.

    Args:
        rows: one column per sent field of the mapping, by its `column` name.
        describe: the org's describe of the mapping's object.

    Returns:
        The payload, one column per sent field by its Salesforce name, and the unsendable values with
        `UNSENDABLE_COLUMNS`; the labels of both indexes are those of `rows`. The children of one parent stand beside
        each other: the org works on several parts of a bulk job at once, and two parts that hold children of one
        parent lock each other out.
    """
    org_fields = by_name(describe)
    payload: dict[str, Series[Any]] = {}
    unsendable: list[DataFrame] = []
    for field in mapping.sent:
        values, org_field = rows[field.column], org_fields[field.salesforce]
        if field.values is not None:
            labels = to_labels(values, field.values)
            unsendable.append(_to_unlisted(values[values.notna() & labels.isna()], field, field.values, mapping))
            values = labels
        normal = field.kind.normal(values, org_field)
        unsendable.append(_to_unfit(values, field.kind.find_unfit(values, normal, org_field), field, mapping))
        payload[field.salesforce] = normal
    parents = [name for name in payload if org_fields[name]["type"] == "reference"]
    return DataFrame(payload, index=rows.index, dtype=object).sort_values(parents, kind="stable"), pd.concat(unsendable)


def to_theirs(records: DataFrame, mapping: Mapping, key: Key, describe: Dictionary[str, Any]) -> DataFrame:
    """Return the org's values: one column per sent field in normal form, and the key; the index is the record's id.

    Args:
        records: `Id`, the key, and the sent fields by their Salesforce names, values as JSON gave them.
        describe: the org's describe of the mapping's object.
    """
    org_fields = by_name(describe)
    held = records.set_index(records["Id"])
    columns = {f.salesforce: f.kind.to_held(held[f.salesforce], org_fields[f.salesforce]) for f in mapping.sent}
    return DataFrame({key.salesforce: held[key.salesforce], **columns}, index=held.index, dtype=object)


def by_name(describe: Dictionary[str, Any]) -> dict[str, Dictionary[str, Any]]:
    """Return the org's fields by their names."""
    return {field["name"]: field for field in describe["fields"]}


def _to_unlisted(unlisted: Series[Any], field: Field, values: ValueMap, mapping: Mapping) -> DataFrame:
    message = (
        f"{mapping.sent_from}.{field.column} = '"
        + unlisted.astype("str")
        + f"' is not one of the {len(values.codes)} codes of {values.file}, so {mapping.sobject}."
        f"{field.salesforce} has no label for it and nothing of the row was sent. "
        "Correct the value, or add a line with its label to the file; the next export takes the row up again."
    )
    return _to_unsendable(unlisted, field, NO_LABEL, message)


def _to_unfit(values: Series[Any], unfit: DataFrame, field: Field, mapping: Mapping) -> DataFrame:
    seen = values.loc[unfit.index].astype("object").map(_quote)
    message = (
        f"{mapping.sent_from}.{field.column}: "
        + seen.astype("str")
        + " "
        + unfit["reason"].astype("str")
        + f", so {mapping.sobject}.{field.salesforce} cannot hold it and nothing of the row was sent. "
        "Correct the value; the next export takes the row up again."
    )
    return _to_unsendable(values.loc[unfit.index], field, unfit["code"], message)


def _quote(value: object) -> str:
    text = str(value).replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return f"'{text}'" if len(text) <= _LONGEST_QUOTE else f"'{text[:_LONGEST_QUOTE]}...'"


def _to_unsendable(values: Series[Any], field: Field, code: object, message: Series[str]) -> DataFrame:
    columns = {"field": field.salesforce, "value": values, "code": code, "message": message}
    return DataFrame(columns, index=values.index, columns=list(UNSENDABLE_COLUMNS), dtype=object)
