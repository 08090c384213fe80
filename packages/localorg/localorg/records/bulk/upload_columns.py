"""Columns of an upload: the field that each one sets, and its cells in stored form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from localorg.errors import OrgError
from localorg.records.values.fast_parsers import CachedParser, fast_number_parser
from localorg.records.values.stored_values import is_text, is_unicode, writing_converter_of
from localorg.schema.model import Field, Schema, SObject

ABSENT: Final = object()
"""Stands for a cell that sets nothing."""
NULL = "#N/A"
"""The cell that empties a field. An empty cell leaves it as it is."""

Cell = Any
Row = Sequence[Cell]


@dataclass(frozen=True, eq=False)
class Parent:
    """Parents as a column names them: by an external id field of their object."""

    sobject: SObject
    key: Field


class Column:
    """One column of cells, which are values of a field, or external ids of the parents that it points to."""

    def __init__(self, position: int, field: Field, parent: Parent | None = None) -> None:
        self.position = position
        self.field = field
        self.parent = parent
        holder = parent.key if parent else field
        self._convert = writing_converter_of(holder)
        self._known = CachedParser(self._convert, {"": ABSENT} | ({} if holder.type == "boolean" else {NULL: None}))
        self._read_numbers = fast_number_parser(holder)
        self._trim = str.rstrip if holder.type == "textarea" else str.strip
        self._longest = holder.length if is_text(holder) else None

    def read(self, cells: Sequence[Cell], refused: dict[int, OrgError]) -> list[Any]:
        """Return the values, row by row; `refused` takes the rows whose cell is wrong and that were not refused
        before.
        """
        try:
            if set(map(type, cells)) == {str}:
                return self._read_texts(cells)
        except OrgError:
            pass
        return [self._read(cell, refused, number) for number, cell in enumerate(cells)]

    def _read_texts(self, cells: Sequence[str]) -> list[Any]:
        """Return all values at once, which is many times faster than one by one."""
        if self._longest is None:
            numbers = self._read_numbers(cells) if self._read_numbers else None
            return numbers or list(map(self._known.__getitem__, cells))
        if max(map(len, cells)) <= self._longest and is_unicode("".join(cells)) and NULL not in cells:
            trimmed = list(map(self._trim, cells))
            if all(trimmed):
                return trimmed
            return [text or None if cell else ABSENT for cell, text in zip(cells, trimmed, strict=True)]
        return [ABSENT if cell == "" else self._convert(None if cell == NULL else cell) for cell in cells]

    def _read(self, cell: Cell, refused: dict[int, OrgError], number: int) -> Any:
        try:
            return ABSENT if cell == "" else self._convert(None if cell == NULL else cell)
        except OrgError as error:
            refused.setdefault(number, error)
            return ABSENT


@dataclass(frozen=True, eq=False)
class Columns:
    """The columns of a header: those that batches write, and the positions of those that are left to single writes."""

    usual: tuple[Column, ...]
    unusual: tuple[int, ...]


def columns_of(
    schema: Schema, sobject: SObject, header: Sequence[str], aside: int | None, is_writable: Callable[[Field], bool]
) -> Columns:
    """Return the columns of a header, except the one that identifies the record."""
    found = [_column(schema, sobject, name, n, is_writable) for n, name in enumerate(header) if n != aside]
    times = Counter(column.field.name for column in found if column is not None)
    usual = [column for column in found if column is not None and times[column.field.name] == 1]
    known = {column.position for column in usual}
    return Columns(tuple(usual), tuple(n for n in range(len(header)) if n != aside and n not in known))


def _column(
    schema: Schema, sobject: SObject, name: str, position: int, is_writable: Callable[[Field], bool]
) -> Column | None:
    relationship, type_name, key_name = parts_of(name)
    field = sobject.relationship(relationship) if relationship else sobject.find(name)
    if field is None or not field.is_stored or not is_writable(field):
        return None
    if not relationship:
        return Column(position, field)
    parent = schema.find(type_name or field.reference_to[0]) if field.reference_to else None
    key = parent.find(key_name) if parent else None
    if parent is None or key is None or not key.id_lookup or parent.name not in field.reference_to:
        return None
    return Column(position, field, Parent(parent, key))


def parts_of(name: str) -> tuple[str, str, str]:
    """Split `User:Owner.Username` into the relationship Owner, the type User, and the field Username."""
    before, _, field = name.rpartition(".")
    type_name, _, relationship = before.rpartition(":")
    return relationship, type_name, field


def to_fields(header: Sequence[str], row: Row) -> dict[str, Any]:
    """Return the fields that a row sets, as a single write takes them: `{"Account": {"Key__c": "A-1"}}` for
    `Account.Key__c`.

    Raises:
        OrgError: INVALID_FIELD, if the row has more or fewer cells than the header.
    """
    if len(row) != len(header):
        raise wrong_width(header, row)
    fields: dict[str, Any] = {}
    for name, cell in zip(header, row, strict=True):
        if cell == "":
            continue
        value = None if cell == NULL else cell
        relationship, type_name, key = parts_of(name)
        fields[relationship or name] = to_parent(key, value, type_name) if relationship else value
    return fields


def wrong_width(header: Sequence[str], row: Row) -> OrgError:
    return OrgError(400, "INVALID_FIELD", f"The row has {len(row)} cells, the header has {len(header)}")


def to_cells(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[Row]]:
    """Return a header, and a row of cells for each of these rows, which are what `to_fields` gives."""
    flat = [_flattened(row) for row in rows]
    header = list(dict.fromkeys(name for row in flat for name in row))
    return header, [[row.get(name, "") for name in header] for row in flat]


def _flattened(row: Mapping[str, Any]) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for name, value in row.items():
        keys = {k: v for k, v in value.items() if k.lower() != "attributes"} if isinstance(value, Mapping) else {}
        if name.lower() == "attributes":
            continue
        if len(keys) == 1 and not isinstance(value.get("attributes", {}).get("type"), Mapping):
            ((key, value_of_key),) = keys.items()
            type_name = value.get("attributes", {}).get("type")
            cells[f"{type_name}:{name}.{key}" if type_name else f"{name}.{key}"] = _cell(value_of_key)
        else:
            cells[name] = _cell(value)
    return cells


def _cell(value: Any) -> Cell:
    return NULL if value is None or value == "" else value


def to_parent(key: str, value: Any, type_name: str) -> Mapping[str, Any]:
    """Return a parent as a single write takes it."""
    return {"attributes": {"type": type_name}, key: value} if type_name else {key: value}
