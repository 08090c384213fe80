"""The fields that `receive.others` takes in: those of the org's describe that the file has no line for. Pure."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from typing import Any

from closedwon.kinds.text import TEXT
from closedwon.mapping.model import Field, Mapping
from closedwon.mapping.suggest.column_names import ColumnNames
from closedwon.mapping.suggest.field_lines import choose_kind, is_always_read, why_left_out

Described = Dictionary[str, Any]


def find_others(
    mapping: Mapping, describe: Described, filled: Dictionary[tuple[str, str], str], taken: set[str]
) -> tuple[Field, ...]:
    """Return the fields without a line, each with its column and its kind; a lookup keeps the record's id as text.

    A field that has a column keeps it, whatever comes into the org after it; but for one whose type has changed to one
    that the column cannot hold.

    Args:
        filled: column by Salesforce field and the column's type, of the fields that have filled a column of the table.
        taken: the columns that the table has.
    """
    own = {*mapping.new_values, *(name for field in mapping.received for name in field.columns)}
    names = ColumnNames({*taken, *own})
    kept = {source: column for source, column in filled.items() if column not in own}
    others = []
    for seen in _without_line(mapping, describe):
        if not why_left_out(seen):
            name, kind = seen["name"], TEXT if seen["type"] == "reference" else choose_kind(seen)
            column = kept.get((name, kind.postgres_type)) or names.choose(name, seen["type"])
            others.append(Field(name, column, kind.name, "receive", line=mapping.others_line))
    return tuple(others)


def say_left_out(mapping: Mapping, describe: Described) -> list[str]:
    """Return each field that is not taken in with the reason, such as "BillingAddress (a compound field, ...)"."""
    return [f"{seen['name']} ({why})" for seen in _without_line(mapping, describe) if (why := why_left_out(seen))]


def _without_line(mapping: Mapping, describe: Described) -> list[Described]:
    """Return the described fields that no line names; a line with `direction: none` keeps its field out."""
    named = {name.casefold() for field in mapping.fields for name in field.sources}
    return [seen for seen in describe["fields"] if not is_always_read(seen) and seen["name"].casefold() not in named]
