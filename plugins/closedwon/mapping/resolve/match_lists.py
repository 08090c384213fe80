"""Check and resolution of `receive.match`: each column is one of the mapping, or of the parent that it names. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from closedwon.mapping.model import Field, Mapping
from closedwon.mapping.spelling import did_you_mean

Place = tuple[str | int, ...]


def check_match(mapping: Mapping, mappings: Sequence[Mapping]) -> Iterator[tuple[Place, str]]:
    """Yield findings about the lists of a mapping, each with its place in the file.

    Args:
        mappings: all sound ones. Columns of a parent that none of them receives cannot be checked.
    """
    lists = mapping.receive.match if mapping.receive else ()
    for number, columns in enumerate(lists):
        here: Place = ("receive", "match", number)
        if set(columns) in map(set, lists[:number]):
            yield here, f"`match` names the columns {', '.join(columns)} twice: keep one of the two lists"
        for place, path in enumerate(columns):
            if path in columns[:place]:
                yield (*here, place), f"the list names '{path}' twice: keep one"
            elif finding := _find_fault(mapping, path, mappings):
                yield (*here, place), finding


def resolve_match(mapping: Mapping, mappings: Sequence[Mapping]) -> Mapping:
    """Return the mapping with the types of the parents' columns that its lists name."""
    if mapping.receive is None or not mapping.receive.match:
        return mapping
    found = {path: _find_parent_field(mapping, path, mappings) for columns in mapping.receive.match for path in columns}
    types = {path: field.type for path, field in found.items() if field is not None}
    return replace(mapping, receive=replace(mapping.receive, parent_types=types))


def _find_fault(mapping: Mapping, path: str, mappings: Sequence[Mapping]) -> str | None:
    column, _, of_parent = path.partition(".")
    field = _find_column(mapping, column)
    if field is None:
        hint = did_you_mean(column, [field.column for field in mapping.received])
        return f"no received field has the column '{column}'{hint}, so that no record has a value to compare"
    if field.is_looked_up:
        return f"'{path}': {column} is found by `find_by` after records are matched; name a column that records have"
    if of_parent:
        return _find_parent_fault(field, path, mappings)
    if field.references:
        return f"'{column}' is a reference: name a column of its parent, such as {column}.name"
    return None


def _find_parent_fault(field: Field, path: str, mappings: Sequence[Mapping]) -> str | None:
    column, _, of_parent = path.partition(".")
    if not field.references:
        return f"'{path}' is no column of a parent, as {column} is {field.type}, and no reference"
    if field.is_polymorphic:
        return f"'{path}': {column} refers to a list of tables, or to records that may be hidden; name its own columns"
    parent = _find_filler(field.references[0], mappings)
    found = _find_column(parent, of_parent) if parent else None
    if parent and found is None:
        hint = did_you_mean(of_parent, [field.column for field in parent.received])
        return f"'{path}': {parent.file} receives no field into the column '{of_parent}' of {parent.table}{hint}"
    if found and found.references:
        return f"'{path}' is a reference itself: name a column of {field.references[0]} that holds a value"
    return None


def _find_parent_field(mapping: Mapping, path: str, mappings: Sequence[Mapping]) -> Field | None:
    column, _, of_parent = path.partition(".")
    field = _find_column(mapping, column)
    parent = _find_filler(field.references[0], mappings) if of_parent and field else None
    return _find_column(parent, of_parent) if parent else None


def _find_filler(table: str, mappings: Sequence[Mapping]) -> Mapping | None:
    return next((mapping for mapping in mappings if mapping.received and mapping.table == table), None)


def _find_column(mapping: Mapping, column: str) -> Field | None:
    return next((field for field in mapping.received if field.column == column), None)
