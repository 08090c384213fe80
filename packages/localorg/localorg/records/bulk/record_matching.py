"""Match the rows of a batch to existing records, by id or external id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table

from localorg.errors import OrgError
from localorg.ids import to_id18
from localorg.records.bulk.bulk_reads import existing_ids, ids_by_value
from localorg.records.bulk.bulk_validation import fold_case
from localorg.records.values.stored_values import converter_of
from localorg.schema.model import Field


@dataclass
class RecordMatches:
    """By the number of the row: the record it changes, or None if it makes one."""

    ids: list[str | None]
    keys: dict[int, tuple[Field, Any]] = field(default_factory=dict)
    """What the external id sets in a record that is made."""
    refused: dict[int, OrgError] = field(default_factory=dict)
    single: set[int] = field(default_factory=set)
    """Rows that are left to single writes."""


def find_by_id(connection: Connection, table: Table, cells: Sequence[Any], missing: OrgError | None) -> RecordMatches:
    """Return the records with these ids. An empty cell brings its row the error `missing`, or else makes a record."""
    matches = RecordMatches([to_id18(cell) if isinstance(cell, str) else None for cell in cells])
    matches.refused |= repeated_ids(cells)
    there = existing_ids(connection, table, {record_id for record_id in matches.ids if record_id is not None})
    for number, (cell, record_id) in enumerate(zip(cells, matches.ids, strict=True)):
        if cell is None and missing is not None:
            matches.refused[number] = missing
        elif cell is not None and record_id not in there:
            matches.single.add(number)
    return matches


def find_by_key(connection: Connection, table: Table, key: Field, cells: Sequence[Any]) -> RecordMatches:
    """Return the records with these external ids; all rows are refused whose key comes twice."""
    matches = RecordMatches([None] * len(cells))
    values = _converted(key, cells, matches.refused)
    matches.refused |= _repeated_keys(key, values, cells)
    found = ids_by_value(connection, table, key, {value for value in values if value is not None})
    for number, value in enumerate(values):
        if number in matches.refused:
            continue
        if value is None or len(found.get(value, ())) > 1:
            matches.single.add(number)
        elif value in found:
            (matches.ids[number],) = found[value]
        else:
            matches.keys[number] = (key, value)
    return matches


def repeated_ids(cells: Sequence[Any]) -> dict[int, OrgError]:
    """Return the errors of all records whose id comes twice in one call, by their positions."""
    ids = [to_id18(cell) if isinstance(cell, str) else None for cell in cells]
    times = Counter(ids)
    return {
        position: OrgError(400, "DUPLICATE_VALUE", f"duplicate id in list: {record_id}", ["Id"])
        for position, record_id in enumerate(ids)
        if record_id is not None and times[record_id] > 1
    }


def repeated_keys(key: Field, cells: Sequence[Any]) -> dict[int, OrgError]:
    """Return the errors of all records whose external id comes twice in one call, by their positions."""
    return repeated_ids(cells) if key.type == "id" else _repeated_keys(key, _converted(key, cells, {}), cells)


def _repeated_keys(key: Field, values: Sequence[Any], cells: Sequence[Any]) -> dict[int, OrgError]:
    folded = [fold_case(key, value) for value in values]
    times = Counter(folded)
    return {
        position: OrgError(400, "DUPLICATE_VALUE", f"Duplicate external id specified: {cells[position]}", [key.name])
        for position, value in enumerate(folded)
        if value is not None and times[value] > 1
    }


def _converted(key: Field, cells: Sequence[Any], refused: dict[int, OrgError]) -> list[Any]:
    convert = converter_of(key)
    values = []
    for number, cell in enumerate(cells):
        try:
            values.append(convert(cell))
        except OrgError as error:
            values.append(None)
            refused[number] = error
    return values
