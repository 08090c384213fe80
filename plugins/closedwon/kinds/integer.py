"""Kind `integer`: whole numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas import Series

from closedwon.kinds.json_values import convert_values
from closedwon.kinds.kind import Kind, OrgField
from closedwon.kinds.number import (
    MOST_DIGITS,
    NUMERIC,
    is_same_number,
    parse_number_bound,
    refuse_numbers,
    round_half_up,
    to_decimal,
    to_json_number,
)

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


def _normal(values: Series[Any], _: OrgField) -> Series[Any]:
    """Return integers: JSON and CSV carry all of their digits, however many."""
    return convert_values(values, _to_whole)


def _to_whole(value: object) -> int | str | None:
    number = to_decimal(value)
    if number is None:
        return None
    rounded = round_half_up(number, 0)
    return int(rounded) if rounded.adjusted() <= MOST_DIGITS else str(rounded)


def _normal_held(values: Series[Any], _: OrgField) -> Series[Any]:
    """Return the org's numbers: integers, but for one with decimals, which a field may hold and not show."""
    return convert_values(values, _to_held)


def _to_held(value: object) -> int | float | str:
    number = Decimal(str(value))
    return int(number) if number == number.to_integral_value() else to_json_number(number)


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
    normal_held=_normal_held,
    refuse=refuse_numbers,
    is_same=is_same_number,
    expected="a whole number",
    is_numeric=True,
    parse_bound=parse_number_bound,
    bound_expected="a number of at most 15 digits",
    find_loss=_find_loss,
)
