"""Turn pages as the org gave them into rows as the warehouse holds them, column by column."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from pandas import DataFrame, Series

from closedwon.errors import BatchRejected
from closedwon.kinds.boolean import parse_boolean
from closedwon.kinds.datetime import parse_datetime
from closedwon.kinds.reference import parse_ids
from closedwon.mapping.model import Field, Mapping
from closedwon.rejects import REJECT_COLUMNS
from closedwon.transform.reasons import explain, to_printable
from closedwon.transform.value_maps import to_codes

_BLOCK_BYTES = 4 << 20
"""What the CSV reader takes at a time; a record must fit, and Salesforce allows 400,000 characters in one."""

_REJECT_TYPES = dict.fromkeys(REJECT_COLUMNS, "str") | {"system_modstamp": "datetime64[us, UTC]"}


def read_page(data: bytes) -> DataFrame:
    """Return the page as a frame of texts, one column per Salesforce field; what is empty is missing.

    No type is guessed: '00123' keeps its zeros, 'NA' is a text, and an id of digits is no number.

    Args:
        data: gzip CSV with a header row; values may hold quotes and newlines by the rules of CSV.

    Raises:
        BatchRejected: the page is damaged: cut, not gzip, not UTF-8, or not a table.
    """
    text = _unpack(data)
    # A cut inside of quotes reads like a long value: the reader alone would not notice.
    if not text.endswith(b"\n") or text.count(b'"') % 2:
        raise _damaged("the last record breaks off")
    names = _header(text)
    # Arrow reads a page in a third of the time of pandas's C engine, which also fills up a record that is cut short;
    # pandas's own way to it (`engine="pyarrow"`) fails on newlines in quotes.
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(text),
            read_options=pyarrow.csv.ReadOptions(block_size=_BLOCK_BYTES),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid as error:
        # Arrow quotes the row, whose values are not for logs: neither in the message nor as its cause.
        raise _damaged(_without_values(error)) from None
    # Texts in pandas's own `str`, in which Great Expectations is five times as fast as in Arrow's types.
    frame: DataFrame = table.to_pandas(types_mapper=lambda _: pd.StringDtype(na_value=np.nan))
    return frame


def to_rows(page: DataFrame, mapping: Mapping) -> tuple[DataFrame, DataFrame]:
    """Return the rows that the mapping makes of a page, and the rejects: records that it cannot be applied to, and why.

    A record that comes twice counts once, as it was last. A deleted record is never rejected for its values, which
    Salesforce may have emptied: what cannot be read of them is missing.

    Args:
        page: all texts, as from `read_page`.

    Returns:
        `salesforce_id`, `system_modstamp`, `is_deleted` and one column per received field; and a frame with the
        columns of `REJECT_COLUMNS`, one row per record and fault. No record is in both.

    Raises:
        BatchRejected: the page is not one of this mapping, or has records without id, stamp or deletion mark.
    """
    _check_header(page, mapping)
    stamps = _read_stamps(page, mapping)
    is_latest = _is_latest(stamps)
    if not is_latest.all():
        page, stamps = page[is_latest], stamps[is_latest]
    columns: dict[str, Series[Any]] = {}
    rejects = [_no_rejects(stamps)]
    for field in mapping.received:
        seen = page[field.salesforce]
        made = to_codes(seen, field.values, field.fallback) if field.values else field.kind.parse(seen)
        columns[field.column] = made
        is_rejected = _lacks_value(field, seen, made) & ~stamps["is_deleted"]
        if is_rejected.any():
            rejects.append(_to_rejects(field, seen[is_rejected], stamps[is_rejected], mapping))
    rejected = pd.concat(rejects, ignore_index=True)
    rows = pd.concat([stamps, DataFrame(columns, copy=False)], axis="columns")
    if len(rejected):
        rows = rows[~rows["salesforce_id"].isin(rejected["salesforce_id"])]
    return rows.reset_index(drop=True), rejected


def _unpack(data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, zlib.error) as error:
        raise _damaged(f"gzip: {error}") from error


def _header(text: bytes) -> list[str]:
    try:
        names = text[: text.index(b"\n")].decode().rstrip("\r").split(",")
    except UnicodeDecodeError as error:
        raise _damaged("its header is not UTF-8") from error
    names = [name.strip('"') for name in names]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise _damaged(f"its header has {', '.join(sorted(twice))} twice")
    return names


def _without_values(error: pa.ArrowInvalid) -> str:
    text = str(error)
    shape = re.search(r"Expected \d+ columns, got \d+", text)
    if shape:
        return f"a record has the wrong length ({shape.group().lower()})"
    return "it is not UTF-8" if "UTF8" in text else "it is not CSV"


def _damaged(what: str) -> BatchRejected:
    return BatchRejected(
        f"A page at rest is damaged: {what}. To load the rest of it would lose records. "
        "Clear the task `extract` of this object, which reads the page from Salesforce again."
    )


def _check_header(page: DataFrame, mapping: Mapping) -> None:
    expected, seen = set(mapping.selected), set(page.columns)
    if expected == seen:
        return
    missing, extra = sorted(expected - seen), sorted(seen - expected)
    raise BatchRejected(
        f"A page of {mapping.sobject} does not fit {mapping.file}: it lacks {', '.join(missing) or 'nothing'} and has "
        f"{', '.join(extra) or 'nothing'} besides. The mapping was changed after the page was read, or the page is "
        f"damaged. Clear the task `extract` of {mapping.name}, which reads the page from Salesforce again."
    )


def _read_stamps(page: DataFrame, mapping: Mapping) -> DataFrame:
    """Return what every row has beside its fields: `salesforce_id`, `system_modstamp` and `is_deleted`."""
    read = {"Id": parse_ids(page["Id"]), "SystemModstamp": parse_datetime(page["SystemModstamp"])}
    if "IsDeleted" in page:
        read["IsDeleted"] = parse_boolean(page["IsDeleted"])
    for name, values in read.items():
        is_missing = values.isna().to_numpy()
        if is_missing.any():
            raise BatchRejected(
                f"{is_missing.sum()} of {len(page)} records in a page of {mapping.sobject} have no {name} that can "
                f"be read, first record {is_missing.argmax() + 1}: they could not be told apart. "
                f"Clear the task `extract` of {mapping.name}, which reads the page from Salesforce again."
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
    """Return whether each row is its record as it was last."""
    by_time = stamps.sort_values("system_modstamp", kind="stable")["salesforce_id"]
    return ~by_time.duplicated(keep="last").reindex(stamps.index)


def _lacks_value(field: Field, seen: Series[Any], made: Series[Any]) -> Series[bool]:
    """Return where a text became no value, or a required one is not there."""
    is_missing = made.isna()
    if field.values is not None and field.fallback is None:
        is_missing &= seen.isna()
    return is_missing if field.required else is_missing & seen.notna()


def _no_rejects(stamps: DataFrame) -> DataFrame:
    """Return the columns of rejects in their types, without rows."""
    return stamps[:0].reindex(columns=REJECT_COLUMNS).astype(_REJECT_TYPES)


def _to_rejects(field: Field, seen: Series[Any], stamps: DataFrame, mapping: Mapping) -> DataFrame:
    """Return one reject for each text; each of the distinct ones is explained once."""
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
