"""Kind `number`: numbers with decimals, such as amounts and percentages."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

import pandas as pd
from pandas import DataFrame, Series

from closedwon.kinds.json_values import convert_values
from closedwon.kinds.kind import Kind, OrgField
from closedwon.kinds.unfit import OUT_OF_RANGE, find_unread, to_unfit

NUMERIC = frozenset({"double", "currency", "percent", "int", "long"})
"""The org's types that hold a number."""

WHOLE = frozenset({"int", "long"})
"""Those of them that take no decimal point, not even before a zero."""

_PATTERN = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?(?:[0-2]?[0-9]{1,2}|3[0-2][0-9]))?"
"""A number with at most the exponent of a double; Postgres refuses a whole batch for one that is far greater."""

MOST_DIGITS = 60
"""Digits before the point up to which a number is rounded: more than any field of an org has."""

_EXACT = Context(prec=200)
"""Holds `MOST_DIGITS` and any scale without rounding a second time."""


def parse_number(texts: Series[Any]) -> Series[Any]:
    """Return the same texts where they are numbers: `12`, `12.50` and `1.6147805824397E13` alike.

    The last is how Salesforce writes numbers of eight and more digits. Postgres reads all of them without loss, where a
    float holds 15 digits: 9999999999999999.99 would become 10000000000000000.
    """
    return texts.where(texts.str.fullmatch(_PATTERN))


def parse_number_bound(bound: object) -> int | float | None:
    """Return the bound if it is a number, else None; a boolean, which Python counts as a number, is none."""
    return bound if isinstance(bound, (int, float)) and not isinstance(bound, bool) else None


def to_decimal(value: object) -> Decimal | None:
    """Return a number's digits as they are written; None for what is not a finite number."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def round_half_up(number: Decimal, scale: int) -> Decimal:
    """Return the number at the scale, halves away from zero, and never a negative zero.

    One with more than `MOST_DIGITS` digits comes back as it is: no field holds it.
    """
    if number.adjusted() > MOST_DIGITS:
        return number
    rounded = number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, _EXACT)
    return rounded or Decimal(0)


def to_json_number(number: Decimal) -> float | str:
    """Return a number that JSON and CSV carry without loss: a float, or its digits as text where a float has others.

    Salesforce accepts both. A float is written without exponent here, so that CSV has only digits.
    """
    if number.adjusted() > MOST_DIGITS:
        return str(number)
    whole, _, places = f"{number:f}".partition(".")
    digits = f"{whole}.{places.rstrip('0') or '0'}"
    near = float(number)
    return near if repr(near) == digits else digits.removesuffix(".0")


def is_same_number(ours: Series[Any], held: Series[Any]) -> Series[bool]:
    """Return true where both are one number to Salesforce's API, whose numbers are doubles, or both are missing.

    The org returns 90071992547409.94 where 90071992547409.93 was written: one double stands for both.
    """
    return ours.astype("float64").eq(held.astype("float64")) | (ours.isna() & held.isna())


def refuse_numbers(values: Series[Any], normal: Series[Any], org_field: OrgField) -> DataFrame:
    """Return the values that are no finite number, or have more digits before the point than the org's field."""
    digits = org_field.get("digits") or org_field.get("precision", 0) - org_field["scale"]
    unread = find_unread(values, normal, "a number")
    if digits <= 0:
        return unread
    too_large = normal[convert_values(normal, lambda value: abs(Decimal(str(value))) >= Decimal(10) ** digits).eq(True)]
    reason = f"has more than the {digits} digits before the point that the field holds"
    return pd.concat([unread, to_unfit(OUT_OF_RANGE, Series(reason, index=too_large.index, dtype=object))])


def _normal(values: Series[Any], org_field: OrgField) -> Series[Any]:
    scale, is_whole = org_field["scale"], org_field["type"] in WHOLE

    def to_sent(value: object) -> float | int | str | None:
        number = to_decimal(value)
        if number is None:
            return None
        rounded = round_half_up(number, scale)
        return int(rounded) if is_whole and rounded.adjusted() <= MOST_DIGITS else to_json_number(rounded)

    return convert_values(values, to_sent)


def _normal_held(values: Series[Any], _: OrgField) -> Series[Any]:
    """Return the org's numbers with all their digits: an org may hold more of them than its field shows."""
    return convert_values(values, lambda value: to_json_number(Decimal(str(value))))


NUMBER = Kind(
    name="number",
    org_types=NUMERIC,
    postgres_type="numeric",
    staged_type="numeric",
    parse=parse_number,
    normal=_normal,
    normal_held=_normal_held,
    refuse=refuse_numbers,
    is_same=is_same_number,
    expected="a number",
    is_numeric=True,
    parse_bound=parse_number_bound,
    bound_expected="a number of at most 15 digits",
    also_holds=frozenset({"integer"}),
)
