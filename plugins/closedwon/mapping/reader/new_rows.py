"""Check of what a mapping file says about new rows: `receive.new`, and `write` of a field."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from closedwon.mapping.model import Field, Mapping
from closedwon.mapping.model.names import OWN_COLUMNS, SYSTEM_COLUMNS

Place = tuple[str, ...]
"""The keys that lead to a place in the file."""


def check_new_values(mapping: Mapping, keys: Collection[str]) -> Iterator[tuple[Place, str]]:
    """Yield findings on the columns of `receive.new`, each with its place: something else fills them, or none is named.

    Args:
        keys: those that the file has in the section `receive`.
    """
    if "new" in keys and not mapping.new_values:
        yield ("receive", "new"), "`new` names no column: give it `column: value`, or take it out"
    filled = {name: field for field in mapping.received for name in field.columns}
    for column in mapping.new_values:
        place = ("receive", "new", column)
        if column in filled:
            field = filled[column]
            yield (
                place,
                f"the column '{column}' is filled from {field.salesforce} on line {field.line}, in new rows too: "
                "take one of them out",
            )
        elif column in OWN_COLUMNS:
            yield place, f"the column '{column}' is filled by the load itself: choose another name"
        elif column in SYSTEM_COLUMNS:
            yield place, f"'{column}' is a column that Postgres itself gives every table: choose another name"


def check_write(field: Field, keys: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the finding for a field that has `write` and is sent.

    Args:
        keys: those that the file has in the field's line.
    """
    if "write" in keys and field.is_sent:
        yield "write", f"`write` is for fields that are received, but {field.salesforce} is sent: take it out"
