"""Conversion of pages of texts, as the org returned them, to typed rows of the warehouse, column by column. Pure."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from closedwon.errors import BatchRejected
from closedwon.kinds.boolean import parse_boolean
from closedwon.kinds.datetime import parse_datetime
from closedwon.kinds.reference import parse_ids
from closedwon.kinds.text import parse_text
from closedwon.mapping.model import Field, Mapping
from closedwon.rejects import REJECT_COLUMNS
from closedwon.transform.reasons import explain, to_printable
from closedwon.transform.sources import read_values, tell_sources
from closedwon.transform.value_maps import to_codes

_REJECT_TYPES = dict.fromkeys(REJECT_COLUMNS, "str") | {"system_modstamp": "datetime64[us, UTC]"}


def to_rows(page: DataFrame, mapping: Mapping) -> tuple[DataFrame, DataFrame]:
    """Return the rows that the mapping makes of a page, and rejects for the records that it cannot convert.

    Of a record that comes twice, the latest version counts. A deleted record is never rejected for its values, which
    Salesforce may have emptied: a value that cannot be read is missing.

    Args:
        page: all texts, as from `pages.read_page`.

    Returns:
        `salesforce_id`, `system_modstamp`, `is_deleted`, one column per received field, but for a looked-up one the
        texts by which its row is found; and a frame with the columns of `REJECT_COLUMNS`, one row per record and
        reason. No record is in both.

    Raises:
        BatchRejected: the page is not one of this mapping, or has records without id, stamp or deletion mark.
    """
    _check_header(page, mapping)
    stamps = to_versions(page, mapping)
    is_latest = _is_latest(stamps)
    if not is_latest.all():
        page, stamps = page[is_latest], stamps[is_latest]
    columns: dict[str, Series[Any]] = {}
    rejects = [_no_rejects(stamps)]
    for path, name in mapping.sought_by.items():
        columns[name] = parse_text(page[path])
    for field in mapping.converted:
        seen = read_values(page, field)
        made = _convert(seen, field)
        columns[field.column] = made
        is_rejected = _lacks_value(field, seen, made) & ~stamps["is_deleted"]
        if is_rejected.any():
            rejects += [
                _to_rejects(source, seen[labels], stamps.loc[labels], mapping)
                for source, labels in tell_sources(page[is_rejected], field)
            ]
    rejected = pd.concat(rejects, ignore_index=True)
    rows = pd.concat([stamps, DataFrame(columns, copy=False)], axis="columns")
    if len(rejected):
        rows = rows[~rows["salesforce_id"].isin(rejected["salesforce_id"])]
    return rows.reset_index(drop=True), rejected


def _convert(seen: Series[Any], field: Field) -> Series[Any]:
    if field.values is not None:
        return to_codes(seen, field.values, field.fallback)
    made = field.kind.parse(seen)
    return made.where(made.isin(field.currency.codes)) if field.currency is not None else made


def _check_header(page: DataFrame, mapping: Mapping) -> None:
    expected, seen = set(mapping.selected), set(page.columns)
    may_lack = {field.salesforce for field in mapping.received if field.currency is not None}
    missing, extra = sorted(expected - seen - may_lack), sorted(seen - expected)
    if not missing and not extra:
        return
    raise BatchRejected(
        f"A page of {mapping.sobject} does not fit {mapping.file}: it lacks {', '.join(missing) or 'nothing'} and has "
        f"{', '.join(extra) or 'nothing'} besides. The mapping was changed after the page was read, or the page is "
        "damaged.",
        remedy=_read_again(mapping),
    )


def _read_again(mapping: Mapping) -> str:
    return f"Clear the task `{mapping.name}.extract` and those after it: it reads the page from Salesforce again."


def to_versions(page: DataFrame, mapping: Mapping) -> DataFrame:
    """Return the columns that every row has besides its fields: `salesforce_id`, `system_modstamp`, `is_deleted`.

    Raises:
        BatchRejected: records have no id, stamp or deletion mark that can be read.
    """
    read = {"Id": parse_ids(page["Id"]), "SystemModstamp": parse_datetime(page["SystemModstamp"])}
    if "IsDeleted" in page:
        read["IsDeleted"] = parse_boolean(page["IsDeleted"])
    for name, values in read.items():
        is_missing = values.isna().to_numpy()
        if is_missing.any():
            raise BatchRejected(
                f"{is_missing.sum()} of {len(page)} records in a page of {mapping.sobject} have no {name} that can "
                f"be read, first record {is_missing.argmax() + 1}: they could not be told apart.",
                remedy=_read_again(mapping),
            )
    return DataFrame(
        {
            "salesforce_id": read["Id"],
            "system_modstamp": read["SystemModstamp"],
            "is_deleted": read["IsDeleted"].astype("bool") if "IsDeleted" in read else False,
        },
        index=page.index,
    )


def _is_latest(stamps: DataFrame) -> Series[bool]:
    """Return whether each row is the latest version of its record in the page."""
    by_time = stamps.sort_values("system_modstamp", kind="stable")["salesforce_id"]
    return ~by_time.duplicated(keep="last").reindex(stamps.index)


def _lacks_value(field: Field, seen: Series[Any], made: Series[Any]) -> Series[bool]:
    """Return true where a text could not be converted, or where a required value is missing."""
    is_missing = made.isna()
    if field.values is not None and field.fallback is None:
        is_missing &= seen.isna()
    return is_missing if field.required else is_missing & seen.notna()


def _no_rejects(stamps: DataFrame) -> DataFrame:
    """Return an empty frame of rejects with the right columns and types."""
    return stamps[:0].reindex(columns=REJECT_COLUMNS).astype(_REJECT_TYPES)


def _to_rejects(field: Field, seen: Series[Any], stamps: DataFrame, mapping: Mapping) -> DataFrame:
    """Return one reject for each text; the reason is worded once per distinct text."""
    reasons = {text: explain(text, field, mapping) for text in seen.dropna().unique()}
    rejects = stamps[["salesforce_id", "system_modstamp"]].assign(
        **{"class": "needs_data"},
        field=field.salesforce,
        value=to_printable(seen),
        reason=seen.map(reasons),
        waits_for_table=None,
        waits_for_id=None,
    )
    return rejects.astype(_REJECT_TYPES).fillna({"reason": explain(None, field, mapping)})[list(REJECT_COLUMNS)]
