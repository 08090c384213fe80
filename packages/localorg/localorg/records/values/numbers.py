"""Convert numbers in JSON or text to the form that SQLite stores."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from localorg.errors import OrgError
from localorg.records.values.value_errors import bad_json
from localorg.schema.model import Field

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_LARGEST_EXPONENT = 30
"""No field holds as many digits; beyond it only the magnitude is looked at, as 1e999999999 would fill the memory."""


def to_integer(field: Field, value: Any) -> int:
    """Return a whole number; as a text, without a decimal point."""
    number = _to_decimal(field, value)
    if number != number.to_integral_value() or (isinstance(value, str) and "." in value):
        raise bad_json(field, value)
    if abs(number) >= 10**field.digits:
        raise _out_of_range(field, value)
    return int(number)


def to_double(field: Field, value: Any) -> float:
    """Return a number with all its places: only people who type one in have it rounded to those of the field."""
    number = _to_decimal(field, value)
    if abs(number) >= Decimal(10) ** (field.precision - field.scale):
        raise _out_of_range(field, value)
    return float(number)


def _to_decimal(field: Field, value: Any) -> Decimal:
    is_number = isinstance(value, int | float | str) and not isinstance(value, bool)
    if not is_number or not _NUMBER.fullmatch(text := str(value)):
        raise bad_json(field, value)
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise _out_of_range(field, value) from error
    if number and number.adjusted() > _LARGEST_EXPONENT:
        raise _out_of_range(field, value)
    return number if number.adjusted() > -_LARGEST_EXPONENT else Decimal(0)


def _out_of_range(field: Field, value: Any) -> OrgError:
    message = f"{field.label}: value outside of valid range on numeric field: {value}"
    return OrgError(400, "NUMBER_OUTSIDE_VALID_RANGE", message, [field.name])
