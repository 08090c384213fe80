"""The section `receive` of a mapping file: what only receiving can mean."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import field
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field as Schema
from pydantic import PlainValidator, WithJsonSchema
from pydantic.dataclasses import dataclass
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from closedwon.mapping.model.currency import Currency
from closedwon.mapping.model.names import STRICT, ColumnName, ColumnPath
from closedwon.mapping.model.soql_condition import SoqlCondition

Announce: TypeAlias = bool | Literal["after_first_import"]
"""Whether rows that an import makes have an asset event, or whether they have it after the first import."""

NewValue: TypeAlias = str | bool | int | float
"""What a new row can get in a column that no field fills."""

MatchList = Annotated[tuple[ColumnPath, ...], Schema(min_length=1)]
"""Columns that must all agree, of the row itself or, as `reference.column`, of its parent."""


def _to_new_value(seen: Any) -> NewValue:
    if isinstance(seen, str | bool | int | float):
        return seen
    raise PydanticCustomError(
        "finding", "what a new row gets is a text, a number, true or false: write that, a date in quotes"
    )


def _to_announce(seen: Any) -> Announce:
    if isinstance(seen, bool):
        return seen
    if seen == "after_first_import":
        return "after_first_import"
    raise PydanticCustomError("unfit", "is not one of true, after_first_import, false")


_Announce = Annotated[
    Announce, PlainValidator(_to_announce), WithJsonSchema({"enum": [True, "after_first_import", False]})
]
_NewValue = Annotated[
    NewValue, PlainValidator(_to_new_value), WithJsonSchema({"type": ["string", "number", "boolean"]})
]


@dataclass(frozen=True, config=STRICT)
class Receive:
    """Which records are received, and what becomes of them; only in a mapping with `direction: receive`."""

    where: SoqlCondition | None = None
    """Condition in SOQL: only the records that meet it are received; default: all. A record that meets it no longer
    keeps its row and its values and gets `is_out_of_scope`; it is current again when it comes back. A condition over a
    parent's field (`Account.Type` of a contact) can change without the record itself: only a full run sees that."""
    new: Dictionary[ColumnName, _NewValue] = field(default_factory=dict)
    """Values of columns that no field fills, for rows that the import makes: texts, numbers, true or false. They are
    the team's from then on. The column is made; rows that are there, linked by hand or matched get none."""
    announce: _Announce = True
    """Whether an import that makes rows adds an event with their number to the Airflow asset `<table>.new`, for DAGs
    that have to act on new rows. `after_first_import`: not for those of the first import. Default: true."""
    match: Annotated[tuple[MatchList, ...], Schema(min_length=1)] = ()
    """Lists of columns by which a new record finds the row that people have made for it, the first list first. All
    columns of a list must agree, texts without regard to case and outer blanks; `account_id.name` is a column of the
    parent. One row of one record is linked; anything else waits in `sync.match_candidate` for a person. Default: no row
    is matched."""
    parent_types: SkipJsonSchema[Dictionary[str, str]] = field(default_factory=dict)
    """The type of each parent's column that `match` names, by the path to it."""
    currency: Currency | None = None
    """In which currency the amounts are."""
    others: Literal["receive"] | None = None
    """`receive`: every other field that our user can read comes in, in a column of its name in snake case. A lookup is
    the record's id as text. A line with `direction: none` keeps its field out. Default: only fields with a line."""
