"""Values as clients send them, as JSON or as text from CSV, to values as SQLite holds them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from localorg.errors import OrgError
from localorg.ids import to_id18
from localorg.schema.model import Field
from localorg.stamps import to_stamp

_EMAIL = re.compile(r"[^@\s\"<>(),:;\[\]\\]+@[A-Za-z0-9](?:[A-Za-z0-9-]*)(?:\.[A-Za-z0-9-]+)+")
_DASHED = re.compile(r"\d{4}-\d\d-\d\d(T|$)", re.IGNORECASE)
_JSON_NAMES: dict[type, str] = {
    str: "VALUE_STRING",
    int: "VALUE_NUMBER_INT",
    float: "VALUE_NUMBER_FLOAT",
    dict: "START_OBJECT",
    list: "START_ARRAY",
}


def to_stored(field: Field, value: Any) -> Any:
    """The value as the field's column holds it; None for null and for the empty text, which are the same.

    Raises:
        OrgError: the value is not of the field's type, too long, out of range, no e-mail address, no id, or not in a
            restricted picklist. STRING_TOO_LONG is known from a sighting; the other wordings are not recorded.
    """
    return converter_of(field)(value)


def converter_of(field: Field) -> Callable[[Any], Any]:
    """`to_stored` for one field, for many values."""
    convert: Callable[[Field, Any], Any] = _CONVERTERS.get(field.type, _to_text)
    is_area = field.type == "textarea"
    empty = False if field.type == "boolean" else None

    def to_stored(value: Any) -> Any:
        if isinstance(value, str):
            value = value.rstrip() if is_area else value.strip()
        return empty if value is None or value == "" else convert(field, value)

    return to_stored


def _to_text(field: Field, value: Any) -> str:
    if not isinstance(value, str) or not _is_unicode(value):
        raise bad_json(field, value)
    if len(value) > field.length:
        message = f"{field.label}: data value too large: {value} (max length={field.length})"
        raise OrgError(400, "STRING_TOO_LONG", message, [field.name])
    return value


def _is_unicode(text: str) -> bool:
    """False for half a surrogate pair, which JSON can hold and UTF-8 cannot."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def _to_email(field: Field, value: Any) -> str:
    text = _to_text(field, value)
    if not _EMAIL.fullmatch(text):
        message = f"{field.label}: invalid email address: {text}"
        raise OrgError(400, "INVALID_EMAIL_ADDRESS", message, [field.name])
    return text


def _to_picklist(field: Field, value: Any) -> str:
    text = _to_text(field, value)
    entry = field.value_of(text)
    if entry is not None:
        return entry.value
    if field.restricted_picklist:
        raise _bad_picklist(field, text)
    return text


def _to_multipicklist(field: Field, value: Any) -> str:
    chosen = [_to_picklist(field, part.strip()) for part in _to_text(field, value).split(";") if part.strip()]
    return ";".join(dict.fromkeys(chosen))


def _bad_picklist(field: Field, text: str) -> OrgError:
    message = f"{field.label}: bad value for restricted picklist field: {text}"
    return OrgError(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [field.name])


def _to_boolean(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false", "1", "0"):
        return value.lower() in ("true", "1")
    raise bad_json(field, value)


def _to_integer(field: Field, value: Any) -> int:
    number = _to_decimal(field, value)
    if number != number.to_integral_value():
        raise bad_json(field, value)
    if len(str(abs(int(number)))) > field.digits:
        raise _out_of_range(field, value)
    return int(number)


def _to_double(field: Field, value: Any) -> float:
    number = _to_decimal(field, value)
    if abs(number) >= Decimal(10) ** (field.precision - field.scale):
        raise _out_of_range(field, value)
    return float(number.quantize(Decimal(1).scaleb(-field.scale), rounding=ROUND_HALF_UP))


def _to_decimal(field: Field, value: Any) -> Decimal:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number and not (
        isinstance(value, str) and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", value, re.I)
    ):
        raise bad_json(field, value)
    return Decimal(str(value))


def _out_of_range(field: Field, value: Any) -> OrgError:
    message = f"{field.label}: value outside of valid range on numeric field: {value}"
    return OrgError(400, "NUMBER_OUTSIDE_VALID_RANGE", message, [field.name])


def _to_date(field: Field, value: Any) -> str:
    """A date; of a date and time, its day as written, as dates have no zone."""
    if isinstance(value, str):
        try:
            return _parse_iso(value).date().isoformat()
        except ValueError:
            pass
    raise bad_json(field, value)


def _parse_iso(text: str) -> datetime:
    """Of the forms of ISO 8601, only those with dashes, which are the ones that Salesforce takes."""
    if not _DASHED.match(text):
        raise ValueError(text)
    return datetime.fromisoformat(text.upper())


def _to_datetime(field: Field, value: Any) -> str:
    """A point in time in UTC, in whole seconds, which is what Salesforce keeps."""
    if isinstance(value, datetime):
        return to_stamp(value.replace(microsecond=0))
    if isinstance(value, str):
        try:
            return to_stamp(_parse_iso(value).replace(microsecond=0))
        except ValueError:
            pass
    raise bad_json(field, value)


def _to_reference(field: Field, value: Any) -> str:
    record_id = to_id18(value) if isinstance(value, str) else None
    if record_id is None:
        raise wrong_id(field, value)
    return record_id


def wrong_id(field: Field, value: Any) -> OrgError:
    """A text that is no id, or the id of a record of another kind."""
    return OrgError(400, "MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", [field.name])


def bad_json(field: Field, value: Any) -> OrgError:
    """A JSON value of another kind than the field's; where it stands in the body is not told, unlike in Salesforce."""
    seen = "VALUE_TRUE" if value is True else "VALUE_FALSE" if value is False else _JSON_NAMES.get(type(value), "value")
    is_shown = isinstance(value, str | int | float) and not isinstance(value, bool)
    shown = " value " + str(value).encode("utf-8", "backslashreplace").decode() if is_shown else ""
    message = (
        f"Cannot deserialize instance of {field.type} from {seen}{shown} or request may be missing a required field"
    )
    return OrgError(400, "JSON_PARSER_ERROR", message, [field.name])


_CONVERTERS: dict[str, Callable[[Field, Any], Any]] = {
    "boolean": _to_boolean,
    "int": _to_integer,
    "double": _to_double,
    "currency": _to_double,
    "percent": _to_double,
    "date": _to_date,
    "datetime": _to_datetime,
    "id": _to_reference,
    "reference": _to_reference,
    "email": _to_email,
    "picklist": _to_picklist,
    "multipicklist": _to_multipicklist,
}
