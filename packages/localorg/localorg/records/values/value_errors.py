"""Errors for values that a field cannot hold, as JSON clients and bulk jobs see them."""

from __future__ import annotations

from typing import Any

from localorg.errors import OrgError, WrongType
from localorg.schema.model import Field

_BRACKETS: dict[type, str] = {dict: "{", list: "["}
_JSON_NAMES: dict[type, str] = {
    str: "VALUE_STRING",
    int: "VALUE_NUMBER_INT",
    float: "VALUE_NUMBER_FLOAT",
    dict: "START_OBJECT",
    list: "START_ARRAY",
}


def wrong_id(field: Field, value: Any) -> OrgError:
    """Return the error for a text that is no id, or an id of another object."""
    return OrgError(400, "MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", [field.name])


def bad_json(field: Field, value: Any) -> WrongType:
    """Return the error for a JSON value of a wrong type; the caller adds where it stands in the body."""
    seen = "VALUE_TRUE" if value is True else "VALUE_FALSE" if value is False else _JSON_NAMES.get(type(value), "value")
    shown = {True: "true", False: "false"}.get(value) if isinstance(value, bool) else _BRACKETS.get(type(value))
    shown = f" value {_legible(value) if shown is None else shown}"
    message = (
        f"Cannot deserialize instance of {field.type} from {seen}{shown} or request may be missing a required field"
    )
    return WrongType(message, field.name, f"{field.label}: value not of required type: {_legible(value)}")


def _legible(value: Any) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()
