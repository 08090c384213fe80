"""The values that a query writes, as SQLite holds them, and what is said of one that does not fit its field."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from localorg.errors import OrgError
from localorg.ids import to_id18
from localorg.schema.model import ID_TYPES, NUMBER_TYPES, TEXT_TYPES
from localorg.soql import syntax
from localorg.soql.operands import Operand
from localorg.soql.texts import BadEscape, to_text
from localorg.soql.world import World
from localorg.stamps import to_stamp

_SOAP_NAMES = {"datetime": "dateTime"}


def to_plain(world: World, operand: Operand, value: syntax.Value) -> Any:
    """The value as SQLite holds it; None for null and for the empty text, which a box takes as unchecked.

    Raises:
        OrgError: INVALID_FIELD where the value's type is not the field's, INVALID_QUERY_FILTER_OPERATOR where it is no
            id.
    """
    kind = operand.kind
    plain: Any = None
    match value:
        case syntax.Null():
            plain = 0 if kind == "boolean" else None
        case syntax.Text() if kind in TEXT_TYPES:
            plain = unescape(world, value, to_text) or None
        case syntax.Text() if kind in ID_TYPES:
            plain = _to_id(world, operand, value)
        case syntax.Number(number) if kind in NUMBER_TYPES:
            plain = number
        case syntax.Boolean(truth) if kind == "boolean":
            plain = int(truth)
        case syntax.Date(day) if kind == "date":
            plain = day.isoformat()
        case syntax.DateTime(moment) if kind == "datetime":
            plain = to_stamp(moment)
        case _:
            raise bad_type(world, operand)
    return plain


def unescape(world: World, value: syntax.Text, convert: Callable[[str], str]) -> str:
    """What a quoted text stands for; MALFORMED_QUERY for a bad escape."""
    try:
        return convert(value.raw)
    except BadEscape as fault:
        raise world.faults.malformed(str(fault), value.at) from fault


def bad_type(world: World, operand: Operand) -> OrgError:
    """A value of another type than the field's."""
    quotes = "should be" if operand.kind in TEXT_TYPES | ID_TYPES else "should not be"
    kind = "string" if operand.kind in TEXT_TYPES else _SOAP_NAMES.get(operand.kind, operand.kind)
    message = (
        f"value of filter criterion for field '{operand.name}' must be of type {kind} and {quotes} enclosed in quotes"
    )
    return world.faults.at(operand.at, "INVALID_FIELD", message)


def bad_operator(world: World, operand: Operand) -> OrgError:
    """An operator that is not for fields of that type."""
    return world.faults.at(operand.at, "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {operand.kind} field")


ID_FORM = re.compile(r"[0-9A-Za-z]{18}")
"""An id whose checksum is wrong belongs to no record, and is no mistake."""


def _to_id(world: World, operand: Operand, value: syntax.Text) -> str | None:
    if not value.raw:
        return None
    record_id = to_id18(value.raw) or (value.raw if ID_FORM.fullmatch(value.raw) else None)
    if record_id is None:
        raise world.faults.at(operand.at, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value.raw}")
    return record_id
