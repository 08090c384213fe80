"""The section `receive` of a mapping file: what only receiving can mean."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import field
from typing import Annotated, Any, TypeAlias

from pydantic import PlainValidator, WithJsonSchema
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from closedwon.mapping.model.names import STRICT, ColumnName

NewValue: TypeAlias = str | bool | int | float
"""What a new row can get in a column that no field fills."""


def _to_new_value(seen: Any) -> NewValue:
    if isinstance(seen, str | bool | int | float):
        return seen
    raise PydanticCustomError(
        "finding", "what a new row gets is a text, a number, true or false: write that, a date in quotes"
    )


_NewValue = Annotated[
    NewValue, PlainValidator(_to_new_value), WithJsonSchema({"type": ["string", "number", "boolean"]})
]


@dataclass(frozen=True, config=STRICT)
class Receive:
    """Which records are received, and what becomes of them; only in a mapping with `direction: receive`."""

    new: Dictionary[ColumnName, _NewValue] = field(default_factory=dict)
    """Values of columns that no field fills, for rows that the import makes: texts, numbers, true or false. They are
    the team's from then on. The column is made; rows that are there, linked by hand or matched get none."""
