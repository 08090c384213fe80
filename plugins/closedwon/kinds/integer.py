"""Kind `integer`: whole numbers."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas import Series

from closedwon.kinds.json_values import to_json
from closedwon.kinds.kind import Kind, OrgField
from closedwon.kinds.number import NUMERIC, parse_number_bound, round_half_up

_EXACT = pa.decimal128(38, 18)
_LEAST_TOO_GREAT = 9 * 10**18
"""From about here on neither Arrow's decimals, which overflow without an error, nor a bigint hold a number."""


def _parse(texts: Series[Any]) -> Series[Any]:
    """Return whole numbers, from `5` and `5.0` alike: integers of custom fields arrive with a decimal place."""
    digits = texts.str.replace(r"^(-?[0-9]{1,18})\.0+$", r"\1", regex=True)
    is_plain = digits.str.fullmatch(r"-?[0-9]{1,18}")
    whole = digits.where(is_plain).astype("int64[pyarrow]").astype("Int64")
    others = texts[~is_plain].dropna()
    return whole.fillna(_parse_exponents(others)) if len(others) else whole


def _parse_exponents(texts: Series[Any]) -> Series[Any]:
    """Return whole numbers from texts such as `5.25E6`, with all of their digits."""
    readable = texts.where(texts.str.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE]\+?[0-9]{1,2})?"))
    fitting = readable.where(readable.astype("double[pyarrow]").abs() < _LEAST_TOO_GREAT)
    numbers = pa.array(fitting, pa.string(), from_pandas=True).cast(_EXACT)
    whole = pc.if_else(pc.equal(numbers, pc.floor(numbers)), numbers, None)
    return Series(pd.arrays.ArrowExtensionArray(whole.cast(pa.int64())), index=texts.index).astype("Int64")


def _normal(values: Series[Any], org_field: OrgField) -> Series[Any]:
    return to_json(round_half_up(values, org_field).astype("Int64"))


def _find_loss(org_field: OrgField) -> str | None:
    scale = org_field.get("scale")
    return f"{scale} decimal places" if scale and org_field["type"] not in ("int", "long") else None


INTEGER = Kind(
    name="integer",
    org_types=NUMERIC,
    postgres_type="bigint",
    staged_type="bigint",
    parse=_parse,
    normal=_normal,
    expected="a whole number",
    is_numeric=True,
    parse_bound=parse_number_bound,
    bound_expected="a number",
    find_loss=_find_loss,
)
