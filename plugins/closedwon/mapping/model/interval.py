"""An interval in words, such as `20 minutes`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_FORM = r"([1-9]\d{0,3}) (minute|hour)s?"


def _to_interval(seen: Any) -> timedelta:
    if isinstance(seen, timedelta):
        return seen
    found = re.fullmatch(_FORM, seen) if isinstance(seen, str) else None
    if found is None:
        raise PydanticCustomError("unfit", "is no interval: write a whole number and a unit, 20 minutes or 2 hours")
    return timedelta(**{f"{found[2]}s": int(found[1])})


Interval = Annotated[
    timedelta, PlainValidator(_to_interval), WithJsonSchema({"type": "string", "pattern": f"^{_FORM}$"})
]
