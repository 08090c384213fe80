"""Which records the rows of a batch are about: found by id, or by an external id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table

from localorg.errors import OrgError
from localorg.ids import to_id18
from localorg.records.drafts import folded
from localorg.records.lookups import holders, living
from localorg.records.values import converter_of
from localorg.schema.model import Field


@dataclass
class Targets:
    """By the number of the row: the record it changes, or None if it makes one."""

    ids: list[str | None]
    keys: dict[int, tuple[Field, Any]] = field(default_factory=dict)
    """What the external id sets in a record that is made."""
    refused: dict[int, OrgError] = field(default_factory=dict)
    single: set[int] = field(default_factory=set)
    """Rows that only single writes judge."""


def find_by_id(connection: Connection, table: Table, cells: Sequence[Any], missing: OrgError | None) -> Targets:
    """The records with these ids. An empty cell brings its row the error `missing`, or else makes a record."""
    targets = Targets([to_id18(cell) if isinstance(cell, str) else None for cell in cells])
    there = living(connection, table, {record_id for record_id in targets.ids if record_id is not None})
    times = Counter(targets.ids)
    for number, (cell, record_id) in enumerate(zip(cells, targets.ids, strict=True)):
        if cell is None and missing is not None:
            targets.refused[number] = missing
        elif cell is not None and (record_id not in there or times[record_id] > 1):
            targets.single.add(number)
    return targets


def find_by_key(connection: Connection, table: Table, key: Field, cells: Sequence[Any]) -> Targets:
    """The records with these external ids; the second row with the same one is refused."""
    targets = Targets([None] * len(cells))
    values = _converted(key, cells, targets)
    found = holders(connection, table, key, {value for value in values if value is not None})
    seen = set()
    for number, value in enumerate(values):
        if number in targets.refused:
            continue
        if value is None or len(found.get(value, ())) > 1:
            targets.single.add(number)
        elif folded(key, value) in seen:
            message = f"Duplicate external id specified: {cells[number]}"
            targets.refused[number] = OrgError(400, "DUPLICATE_VALUE", message, [key.name])
        elif value in found:
            (targets.ids[number],) = found[value]
        else:
            targets.keys[number] = (key, value)
        seen.add(folded(key, value))
    return targets


def _converted(key: Field, cells: Sequence[Any], targets: Targets) -> list[Any]:
    convert = converter_of(key)
    values = []
    for number, cell in enumerate(cells):
        try:
            values.append(convert(cell))
        except OrgError as error:
            values.append(None)
            targets.refused[number] = error
    return values
