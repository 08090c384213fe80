"""Convert values in JSON or CSV to the form that SQLite stores."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from localorg.errors import OrgError
from localorg.files.blobs import Blob
from localorg.ids import to_id18
from localorg.records.values.fast_parsers import YEARS, fast_parser, fast_text_parser
from localorg.records.values.numbers import to_double, to_integer
from localorg.records.values.value_errors import bad_json, wrong_id
from localorg.schema.model import Field
from localorg.timestamps import to_stamp

_EMAIL = re.compile(r"[^@\s\"<>(),:;\[\]\\]+@[A-Za-z0-9](?:[A-Za-z0-9-]*)(?:\.[A-Za-z0-9-]+)+")
_NEVER_BLANK = frozenset({"boolean", "int", "double", "currency", "percent", "date", "datetime", "time"})
_TIME = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,9}))?Z?", re.ASCII)
_DASHED = re.compile(r"\d{4}-\d\d-\d\d(T|$)", re.IGNORECASE)


def to_stored(field: Field, value: Any) -> Any:
    """Return the value as the field's column holds it; None for null and, in fields for text, for the empty text.

    Raises:
        OrgError: the value is not of the field's type, too long, out of range, no e-mail address, no id, or not in a
            restricted picklist.
    """
    return writing_converter_of(field)(value)


def writing_converter_of(field: Field) -> Callable[[Any], Any]:
    """Return `to_stored` for one field, to convert many values."""
    return _converter(field, _refuse_blank) if field.type in _NEVER_BLANK else converter_of(field)


def _refuse_blank(field: Field, value: Any) -> None:
    """Refuse blanks: a checkbox cannot be null, and numbers and dates cannot be an empty text; loaded data may be
    both.
    """
    if value is None and field.type == "boolean":
        raise bad_json(field, "").of_record()
    if value is not None:
        raise bad_json(field, value)


def converter_of(field: Field) -> Callable[[Any], Any]:
    """Return the converter of a field for loaded data, where a checkbox that is null becomes false."""
    return _converter(field, lambda field, _value: False if field.type == "boolean" else None)


def _converter(field: Field, read_blank: Callable[[Field, Any], Any]) -> Callable[[Any], Any]:
    convert: Callable[[Field, Any], Any] = _CONVERTERS.get(field.type, _to_text)
    trim = str.rstrip if field.type == "textarea" else str.strip
    read = fast_text_parser(field, trim) if convert is _to_text else fast_parser(field)

    def to_stored(value: Any) -> Any:
        if isinstance(value, str):
            if read is not None and (found := read(value)) is not None:
                return found
            if not (text := trim(value)):
                return read_blank(field, value)
            return convert(field, text)
        return read_blank(field, None) if value is None else convert(field, value)

    return to_stored


def is_text(field: Field) -> bool:
    """Return whether any text that is not too long may be a value of the field."""
    return field.type not in _CONVERTERS


def _to_text(field: Field, value: Any) -> str:
    if not isinstance(value, str) or not is_unicode(value):
        raise bad_json(field, value)
    if len(value) > field.length:
        message = f"{field.label}: data value too large: {value} (max length={field.length})"
        raise OrgError(400, "STRING_TOO_LONG", message, [field.name])
    return value


def is_unicode(text: str) -> bool:
    """Return False for half a surrogate pair, which JSON can hold and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _to_email(field: Field, value: Any) -> str:
    text = _to_text(field, value)
    if not _EMAIL.fullmatch(text):
        message = f"{field.label}: invalid email address: {text}"
        raise OrgError(400, "INVALID_EMAIL_ADDRESS", message, [field.name])
    return text.lower()


def _to_picklist(field: Field, value: Any) -> str:
    text = _to_text(field, value)
    entry = field.value_of(text)
    if entry is not None and (entry.is_active or not field.restricted_picklist):
        return entry.value
    if field.restricted_picklist:
        raise _bad_picklist(field, text)
    return text


def _to_multipicklist(field: Field, value: Any) -> str:
    """Return the choices in the picklist's order, and what is none of its entries behind them."""
    chosen = [_to_picklist(field, part.strip()) for part in _to_text(field, value).split(";") if part.strip()]
    places = {entry.value: place for place, entry in enumerate(field.values)}
    return ";".join(sorted(dict.fromkeys(chosen), key=lambda choice: places.get(choice, len(places))))


def _bad_picklist(field: Field, text: str) -> OrgError:
    message = f"{field.label}: bad value for restricted picklist field: {text}"
    return OrgError(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [field.name])


def _to_boolean(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false", "1", "0"):
        return value.lower() in ("true", "1")
    raise bad_json(field, value)


def _to_date(field: Field, value: Any) -> str:
    """Return a date; of a date and time, its day as written, as dates have no zone."""
    if isinstance(value, str):
        try:
            return _in_range(field, value, _parse_iso(value)).date().isoformat()
        except ValueError:
            pass
    raise bad_json(field, value)


def _in_range(field: Field, value: Any, moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise OrgError(400, "FIELD_INTEGRITY_EXCEPTION", f"{field.label}: invalid date: {value}", [field.name])
    return moment


def _parse_iso(text: str) -> datetime:
    """Parse the forms of ISO 8601 with dashes, the only ones that Salesforce accepts."""
    if not _DASHED.match(text):
        raise ValueError(text)
    return datetime.fromisoformat(text.upper())


def _to_datetime(field: Field, value: Any) -> str:
    """Return a point in time in UTC, in whole seconds, which is what Salesforce keeps."""
    if isinstance(value, datetime):
        return to_stamp(value.replace(microsecond=0))
    if isinstance(value, str):
        try:
            return to_stamp(_in_range(field, value, _parse_iso(value)).replace(microsecond=0))
        except ValueError:
            pass
    raise bad_json(field, value)


def _to_time(field: Field, value: Any) -> str:
    """Return a time of day in UTC, to the millisecond."""
    if isinstance(value, str) and (found := _TIME.fullmatch(value)):
        clock, fraction = found.groups()
        return f"{clock}.{(fraction or '').ljust(3, '0')[:3]}Z"
    raise bad_json(field, value)


def _to_reference(field: Field, value: Any) -> str:
    record_id = to_id18(value) if isinstance(value, str) else None
    if record_id is None:
        raise wrong_id(field, value)
    return record_id


def _to_blob_key(field: Field, value: Any) -> str:
    """Return the key of stored bytes; refuse a value that is not stored, as it came by a call that accepts no files."""
    if not isinstance(value, Blob):
        raise bad_json(field, str(value)[:40])
    return value.key


_CONVERTERS: dict[str, Callable[[Field, Any], Any]] = {
    "base64": _to_blob_key,
    "boolean": _to_boolean,
    "int": to_integer,
    "double": to_double,
    "currency": to_double,
    "percent": to_double,
    "date": _to_date,
    "datetime": _to_datetime,
    "time": _to_time,
    "id": _to_reference,
    "reference": _to_reference,
    "email": _to_email,
    "picklist": _to_picklist,
    "multipicklist": _to_multipicklist,
}
