"""Validation of rows with Great Expectations (GX), which takes seconds to import and so is imported only when run."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from closedwon.errors import BatchRejected
from closedwon.expectations.suite import Expectation, columns_of, derive_expectations, in_words
from closedwon.mapping.model import Mapping
from closedwon.rejects import REJECT_COLUMNS
from closedwon.transform.reasons import quote


@dataclass(frozen=True)
class Verdict:
    """The rows that meet all expectations, the rejects for the others, and how many expectations were checked."""

    valid: DataFrame
    rejects: DataFrame
    checks: int


@dataclass(frozen=True)
class _Unmet:
    """An expectation that some rows do not meet, and the index labels of those rows."""

    expectation: Expectation
    rows: list[int]


def validate(rows: DataFrame, mapping: Mapping) -> Verdict:
    """Return the rows that meet the mapping's expectations, and rejects for the others.

    Deleted records are not checked: Salesforce may have emptied their fields.

    Args:
        rows: as from `transform.rows.to_rows`, each index label once.

    Raises:
        BatchRejected: an expectation of the batch as a whole is not met, or an expectation cannot be checked.
    """
    is_live = ~rows["is_deleted"]
    expectations = derive_expectations(mapping)
    if not is_live.any():
        return Verdict(rows, DataFrame(columns=list(REJECT_COLUMNS), dtype="str"), 0)
    checked = _checked_columns(rows, expectations, mapping)[is_live]
    unmet = _check(checked, expectations, mapping)
    if not unmet:
        return Verdict(rows, DataFrame(columns=list(REJECT_COLUMNS), dtype="str"), len(expectations))
    bad = {row for one in unmet for row in one.rows}
    rejects = pd.concat([_to_rejects(one, rows, mapping) for one in unmet], ignore_index=True)
    return Verdict(rows[~rows.index.isin(bad)].reset_index(drop=True), rejects, len(expectations))


def _checked_columns(rows: DataFrame, expectations: Sequence[Expectation], mapping: Mapping) -> DataFrame:
    """Return the columns that are checked, in types that GX compares as arrays: it compares others value by value.

    GX also hashes every column that it is given, which takes longer than the check.
    """
    names = list(dict.fromkeys(name for expectation in expectations for name in columns_of(expectation)))
    numeric = {field.column for field in mapping.received if field.kind.is_numeric}
    return DataFrame({name: _to_comparable(rows[name], is_numeric=name in numeric) for name in names}, index=rows.index)


def _to_comparable(column: Series[Any], *, is_numeric: bool) -> Series[Any]:
    if is_numeric:
        column = column.astype("double[pyarrow]").astype("float64")  # ten times as fast as by itself
    elif pd.api.types.is_datetime64_dtype(column.dtype):
        column = column.dt.tz_localize("UTC")
    return column


def _check(checked: DataFrame, expectations: Sequence[Expectation], mapping: Mapping) -> list[_Unmet]:
    unmet = []
    for result in _run_gx(checked, expectations, mapping):
        expectation = expectations[result.expectation_config.meta["position"]]
        _refuse_crash(result.exception_info, expectation, mapping)
        rows = result.result.get("unexpected_index_list") or []
        if rows:
            unmet.append(_Unmet(expectation, rows))
        elif not result.success:
            observed = result.result.get("observed_value")
            raise BatchRejected(
                f"{mapping.name}: of a batch of {len(checked)} rows it is expected that "
                f"{expectation['column']} {in_words(expectation)}, but observed was {observed}.{_why(expectation)} "
                "Nothing of the batch was written.",
                remedy=f"{_after_change(expectation, mapping)} Or correct the records in Salesforce: the next run of "
                "the same mode reads all of them.",
            )
    return unmet


def _run_gx(checked: DataFrame, expectations: Sequence[Expectation], mapping: Mapping) -> list[Any]:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    # Before the import, which otherwise logs two hundred lines.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        # GX uses deprecated features of pandas, about which a reader of our logs can do nothing.
        warnings.simplefilter("ignore", DeprecationWarning)
        return _run_suite(checked, [_to_gx(one, place, mapping) for place, one in enumerate(expectations)])


def _run_suite(checked: DataFrame, expectations: list[Any]) -> list[Any]:
    import great_expectations as gx

    batch = _frame_definition().get_batch({"dataframe": checked})
    outcome = batch.validate(
        gx.ExpectationSuite("suite", expectations),
        result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False},
    )
    return list(outcome.results)


@cache
def _frame_definition() -> Any:
    """Return GX's definition of a batch that is a whole frame; cached, as GX writes its configuration each time."""
    import great_expectations as gx
    from great_expectations.data_context.types import base

    # In memory only: the default ephemeral context also creates a folder for its data docs.
    stores = base.InMemoryStoreBackendDefaults()
    bars = base.ProgressBarsConfig(globally=False)
    config = base.DataContextConfig(store_backend_defaults=stores, progress_bars=bars)
    context = gx.get_context(mode="ephemeral", project_config=config)
    frames = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
    return frames.add_batch_definition_whole_dataframe("all")


def _to_gx(expectation: Expectation, position: int, mapping: Mapping) -> Any:
    import great_expectations.expectations as gxe

    name = "Expect" + "".join(part.capitalize() for part in expectation["expect"].split("_"))
    parameters = {key: value for key, value in expectation.items() if key not in ("expect", "note")}
    if expectation["expect"] == "column_values_to_be_between":
        parse = {field.column: field.kind.parse_bound for field in mapping.received}[expectation["column"]]
        if parse is not None:
            parameters |= {key: parse(parameters[key]) for key in ("min_value", "max_value") if key in parameters}
    # GX returns results in its own order, so each carries its position.
    return getattr(gxe, name)(**parameters, meta={"position": position})


def _refuse_crash(info: dict[str, Any], expectation: Expectation, mapping: Mapping) -> None:
    # GX gives either one entry of this shape, or one for each metric that the expectation is computed from.
    crashes = [one for one in (info, *info.values()) if isinstance(one, dict) and one.get("raised_exception")]
    if crashes:
        # The exception's class only: its message may quote a value, and values are not for logs.
        kind = str(crashes[0]["exception_traceback"]).strip().splitlines()[-1].split(":")[0]
        raise BatchRejected(
            f"{mapping.name}: {expectation['expect']} on {', '.join(columns_of(expectation))} could not be checked "
            f"({kind} in Great Expectations), so nothing of the batch was written.",
            remedy=_after_change(expectation, mapping),
        )


def _to_rejects(unmet: _Unmet, rows: DataFrame, mapping: Mapping) -> DataFrame:
    column = columns_of(unmet.expectation)[0]
    sources = {field.column: field.sources for field in mapping.received}.get(column, ("Id",))
    name = " or ".join(sources)
    bad = rows.loc[unmet.rows]
    value = bad[column].map(_to_text, na_action="ignore").astype("str")
    expected = (
        f"but expected is that {column} {in_words(unmet.expectation)}.{_why(unmet.expectation)} "
        f"Correct it in Salesforce, or what is expected in {_file_of(unmet.expectation, mapping)}; the next import "
        "then takes it in."
    )
    quoted = value.map(quote, na_action="ignore").astype("str")
    reason = (f"{name} = '" + quoted + f"', {expected}").fillna(f"{name} is empty, {expected}")
    constant = {"class": "needs_data", "field": sources[0], "waits_for_table": None, "waits_for_id": None}
    found = bad[["salesforce_id", "system_modstamp"]].assign(value=value, reason=reason)
    for key, text in constant.items():
        found[key] = Series(text, index=found.index, dtype="str")
    return found[list(REJECT_COLUMNS)]


def _to_text(value: Any) -> str:
    return str(value.isoformat()) if isinstance(value, datetime) else str(value)


def _why(expectation: Expectation) -> str:
    return f" The note says: {expectation['note']}." if expectation["note"] else ""


def _after_change(expectation: Expectation, mapping: Mapping) -> str:
    file = _file_of(expectation, mapping)
    return f"Change what is expected in {file}, then clear the task `{mapping.name}.transform` and those after it."


def _file_of(expectation: Expectation, mapping: Mapping) -> str:
    return mapping.suite_file if expectation in mapping.expectations else mapping.file
