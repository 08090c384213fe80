"""Check of the key `otherwise`: the further Salesforce fields that fill a column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from closedwon.mapping.model import Field
from closedwon.mapping.model.names import ALWAYS_READ


def check_otherwise(field: Field, keys: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield findings about the further fields of one line, each with its key."""
    if "otherwise" not in keys:
        return
    if not field.otherwise:
        yield "otherwise", "`otherwise` is an empty list: name at least one"
    if field.is_sent:
        yield "otherwise", f"{field.salesforce} is sent, and to one field: take it out"
    if field.kind.is_reference:
        yield "otherwise", f"{field.salesforce} is a reference: give each field that refers to a parent its own column"
    if field.type == "boolean":
        yield "otherwise", f"{field.salesforce} is boolean, and a checkbox is never empty: take it out"
    counts = Counter(name.casefold() for name in field.sources)
    for name in field.otherwise:
        if counts[name.casefold()] > 1:
            yield "otherwise", f"the column is filled from {name} already: name another field"
        if name.casefold() in ALWAYS_READ:
            yield "otherwise", f"{name} is always read and never empty: take it out"
