"""Kind `integer`: whole numbers."""

from __future__ import annotations

from typing import Any

from pandas import Series

from closedwon.kinds.json_values import to_json
from closedwon.kinds.kind import Kind, OrgField
from closedwon.kinds.number import NUMERIC, parse_number, parse_number_bound, round_half_up

_LARGEST_WHOLE_FLOAT = 2**53


def _parse(texts: Series[Any]) -> Series[Any]:
    """Return whole numbers, from `5` and `5.0` alike: integers of custom fields arrive with a decimal place."""
    digits = texts.str.replace(r"^(-?[0-9]{1,18})\.0+$", r"\1", regex=True)
    is_plain = digits.str.fullmatch(r"-?[0-9]{1,18}")
    whole = digits.where(is_plain).astype("int64[pyarrow]").astype("Int64")
    others = texts[~is_plain].dropna()
    return whole.fillna(_parse_exponents(others)) if len(others) else whole


def _parse_exponents(texts: Series[Any]) -> Series[Any]:
    """Return whole numbers from texts such as `5.25E6`; missing where a float could not hold the number exactly."""
    numbers = parse_number(texts)
    is_exact = (numbers % 1 == 0) & (numbers.abs() < _LARGEST_WHOLE_FLOAT)
    return numbers.where(is_exact).astype("Int64")


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
