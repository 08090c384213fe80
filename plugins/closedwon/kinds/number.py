"""Kind `number`: numbers with decimals, such as amounts and percentages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas import Series

from closedwon.kinds.json_values import to_json
from closedwon.kinds.kind import Kind, OrgField

NUMERIC = frozenset({"double", "currency", "percent", "int", "long"})
"""The org's types that hold a number."""

_PATTERN = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?(?:[0-2]?[0-9]{1,2}|3[0-2][0-9]))?"
"""A number with at most the exponent of a double; Postgres refuses a whole batch for one that is far greater."""


def parse_number(texts: Series[Any]) -> Series[Any]:
    """Return the same texts where they are numbers: `12`, `12.50` and `1.6147805824397E13` alike.

    The last is how Salesforce writes numbers of eight and more digits. Postgres reads all of them without loss, where a
    float holds 15 digits: 9999999999999999.99 would become 10000000000000000.
    """
    return texts.where(texts.str.fullmatch(_PATTERN))


def round_half_up(values: Series[Any], org_field: OrgField) -> Series[Any]:
    """Return floats rounded to the field's scale, halves away from zero, as Salesforce does and numpy does not."""
    numbers = pd.to_numeric(values).astype("float64")
    factor = 10.0 ** org_field["scale"]
    # Adding 0.0 turns the -0.0 of a small negative number into 0.0.
    rounded: Series[Any] = np.trunc(numbers * factor + np.copysign(0.5, numbers)) / factor + 0.0
    return rounded


def parse_number_bound(bound: object) -> int | float | None:
    """Return the bound if it is a number, else None; a boolean, which Python counts as a number, is none."""
    return bound if isinstance(bound, (int, float)) and not isinstance(bound, bool) else None


def _normal(values: Series[Any], org_field: OrgField) -> Series[Any]:
    return to_json(round_half_up(values, org_field))


NUMBER = Kind(
    name="number",
    org_types=NUMERIC,
    postgres_type="numeric",
    staged_type="numeric",
    parse=parse_number,
    normal=_normal,
    expected="a number",
    is_numeric=True,
    parse_bound=parse_number_bound,
    bound_expected="a number",
    also_holds=frozenset({"integer"}),
)
