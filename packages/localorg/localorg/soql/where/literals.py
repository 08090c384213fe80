"""Convert the values in a query to the form that SQLite stores; errors for values that do not fit their field."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from localorg.errors import OrgError
from localorg.ids import to_id18
from localorg.schema.model import ID_TYPES, NUMBER_TYPES, TEXT_TYPES
from localorg.soql.plan.operands import Operand
from localorg.soql.plan.query_context import QueryContext
from localorg.soql.syntax import tree
from localorg.soql.syntax.string_literals import InvalidEscape, to_text
from localorg.timestamps import to_stamp

_SOAP_NAMES = {"datetime": "dateTime"}


def to_plain(context: QueryContext, operand: Operand, value: tree.Value) -> Any:
    """Return the value as SQLite stores it; None for null and the empty text, which a checkbox takes as unchecked.

    Raises:
        OrgError: INVALID_FIELD where the value's type is not the field's, INVALID_QUERY_FILTER_OPERATOR where it is no
            id.
    """
    kind = operand.kind
    plain: Any = None
    match value:
        case tree.Null():
            plain = 0 if kind == "boolean" else None
        case tree.Text() if kind in TEXT_TYPES:
            plain = unescape(context, value, to_text) or None
        case tree.Text() if kind in ID_TYPES:
            plain = _to_id(context, operand, value)
        case tree.Number(number) if kind in NUMBER_TYPES:
            plain = number
        case tree.Boolean(truth) if kind == "boolean":
            plain = int(truth)
        case tree.Date(day) if kind == "date":
            plain = day.isoformat()
        case tree.DateTime(moment) if kind == "datetime":
            plain = to_stamp(moment)
        case tree.Time(clock) if kind == "time":
            plain = f"{clock.isoformat('milliseconds').removesuffix('+00:00')}Z"
        case _:
            raise bad_type(context, operand)
    return plain


def unescape(context: QueryContext, value: tree.Text, convert: Callable[[str], str]) -> str:
    """Return the text of a literal; MALFORMED_QUERY for a bad escape."""
    try:
        return convert(value.raw)
    except InvalidEscape as fault:
        raise context.errors.malformed(str(fault), value.at) from fault


def bad_type(context: QueryContext, operand: Operand) -> OrgError:
    """Return the error for a value of another type than the field's."""
    quotes = "should be" if operand.kind in TEXT_TYPES | ID_TYPES else "should not be"
    kind = "string" if operand.kind in TEXT_TYPES else _SOAP_NAMES.get(operand.kind, operand.kind)
    message = (
        f"value of filter criterion for field '{operand.name}' must be of type {kind} and {quotes} enclosed in quotes"
    )
    return context.errors.at(operand.at, "INVALID_FIELD", message)


def bad_operator(context: QueryContext, operand: Operand) -> OrgError:
    """Return the error for an operator that fields of that type do not take."""
    return context.errors.at(operand.at, "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {operand.kind} field")


ID_FORM = re.compile(r"[0-9A-Za-z]{18}")
"""An id whose checksum is wrong belongs to no record, and is no mistake."""


def _to_id(context: QueryContext, operand: Operand, value: tree.Text) -> str | None:
    if not value.raw:
        return None
    record_id = to_id18(value.raw) or (value.raw if ID_FORM.fullmatch(value.raw) else None)
    if record_id is None:
        raise context.errors.at(operand.at, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value.raw}")
    return record_id
