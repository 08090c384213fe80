"""Check of the keys `find_by` and `default`: references to rows that are found by their values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from closedwon.mapping.model import Field, Mapping


def check_find_by(field: Field, keys: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield findings about the look-up of one line, each with its key.

    Args:
        keys: those that the file has in the line.
    """
    name = field.salesforce
    if "default" in keys and "find_by" not in keys:
        yield "default", "`default` is for references with `find_by`"
    elif "default" in keys and not field.default:
        yield "default", "`default` names no column: give it `column: value`, or take it out"
    if "find_by" not in keys:
        return
    if not field.find_by:
        yield "find_by", "`find_by` names no Salesforce field: give it `field: column`, or take it out"
    if not field.kind.is_reference:
        yield "find_by", f"`find_by` is for fields of type reference, but {name} is {field.type}"
    if field.is_polymorphic:
        yield "references", f"{name} is found by `find_by` in one table: name it without a list"
    if field.required:
        yield "required", f"{name} is found when rows are loaded, after `required` is checked: give it a `default`"


def check_lookups(mapping: Mapping) -> Iterator[tuple[Field, str]]:
    """Yield findings about the look-ups of a mapping, each with its field: its own table, names in two spellings."""
    spelled: dict[str, str] = {}
    for name in (name for field in _looked_up_last(mapping.received) for name in field.sources):
        spelled.setdefault(name.casefold(), name)
    for field in (field for field in mapping.received if field.is_looked_up):
        if mapping.table in field.references:
            yield field, f"`find_by` looks among the rows of another table, but {mapping.table} is the mapping's own"
        for path in field.find_by:
            if path != spelled[path.casefold()]:
                yield field, f"{path} stands as {spelled[path.casefold()]} elsewhere in the file: write it in one way"


def _looked_up_last(fields: Iterable[Field]) -> list[Field]:
    return sorted(fields, key=lambda field: field.is_looked_up)
