"""What an org makes of a value that it is sent, by its describe of the field; nothing of the pipeline's code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

OrgField = Mapping[str, Any]


def to_stored(value: Any, field: OrgField) -> Any:
    """Return a value of the warehouse as the org holds it once it was sent.

    Texts lose the blanks around them, those in text areas only the ones at their end; e-mail addresses are in small
    letters, numbers have the field's scale, and times whole seconds.
    """
    if isinstance(value, str):
        text = value.replace("\r\n", "\n")
        if field["type"] == "textarea":
            return text.rstrip()
        return text.strip().lower() if field["type"] == "email" else text.strip()
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    if isinstance(value, (int, float, Decimal)) and field["type"] in ("double", "currency", "percent", "int"):
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-field["scale"]), ROUND_HALF_UP)
    return value


def to_external_id(value: Any, field: OrgField) -> Any:
    """Return a key so that those which the org takes for the same are equal; None for a blank one."""
    if not isinstance(value, str):
        return value
    return (value.strip() if field["caseSensitive"] else value.strip().casefold()) or None
