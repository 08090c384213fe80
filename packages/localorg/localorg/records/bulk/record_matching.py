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
    there = existing_ids(connection, table, {record_id for record_id in matches.ids if record_id is not None})
    times = Counter(matches.ids)
    for number, (cell, record_id) in enumerate(zip(cells, matches.ids, strict=True)):
        if cell is None and missing is not None:
            matches.refused[number] = missing
        elif cell is not None and (record_id not in there or times[record_id] > 1):
            matches.single.add(number)
    return matches


def find_by_key(connection: Connection, table: Table, key: Field, cells: Sequence[Any]) -> RecordMatches:
    """Return the records with these external ids; the second row with the same one is refused."""
    matches = RecordMatches([None] * len(cells))
    values = _converted(key, cells, matches)
    found = ids_by_value(connection, table, key, {value for value in values if value is not None})
    seen = set()
    for number, value in enumerate(values):
        if number in matches.refused:
            continue
        if value is None or len(found.get(value, ())) > 1:
            matches.single.add(number)
        elif fold_case(key, value) in seen:
            message = f"Duplicate external id specified: {cells[number]}"
            matches.refused[number] = OrgError(400, "DUPLICATE_VALUE", message, [key.name])
        elif value in found:
            (matches.ids[number],) = found[value]
        else:
            matches.keys[number] = (key, value)
        seen.add(fold_case(key, value))
    return matches


def _converted(key: Field, cells: Sequence[Any], matches: RecordMatches) -> list[Any]:
    convert = converter_of(key)
    values = []
    for number, cell in enumerate(cells):
        try:
            values.append(convert(cell))
        except OrgError as error:
            values.append(None)
            matches.refused[number] = error
    return values
