"""Validate the rows of a batch, with one database query per column.

This pass is fast and never refuses a row by rules of its own: a row that is not clearly valid is left to a single
write, which refuses it with its own error or writes it. Values and parents are the exception, as they are checked by
the functions that single writes use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localorg.errors import OrgError
from localorg.records.bulk.bulk_reads import existing_ids, ids_by_value
from localorg.records.bulk.upload_columns import ABSENT, Column, Columns, Parent, Row, to_parent
from localorg.records.record_context import RecordContext
from localorg.records.single.changes import check_target
from localorg.records.single.external_ids import find_parent
from localorg.records.single.hierarchies import PARENT, has_hierarchy
from localorg.schema.model import Field, SObject


@dataclass
class ValidatedRows:
    """The values that rows set, or their errors by row number; `single` are rows that are left to single writes."""

    columns: dict[str, list[Any]]
    """By the name of a field, its values row by row; ABSENT where a row does not set it."""
    refused: dict[int, OrgError] = field(default_factory=dict)
    single: set[int] = field(default_factory=set)

    def is_good(self, number: int) -> bool:
        return number not in self.refused and number not in self.single

    def changes(self, number: int) -> dict[str, Any]:
        """Return the values that one row sets."""
        return {name: values[number] for name, values in self.columns.items() if values[number] is not ABSENT}

    def of(self, numbers: Sequence[int]) -> dict[str, list[Any]]:
        """Return the columns of some rows."""
        return picked(self.columns, numbers)


def picked(columns: Mapping[str, Sequence[Any]], positions: Sequence[int]) -> dict[str, list[Any]]:
    """Return the same columns with only the values at these positions."""
    return {name: list(map(values.__getitem__, positions)) for name, values in columns.items()}


class BulkValidator:
    """Validates rows of one object, inside one transaction."""

    def __init__(self, context: RecordContext) -> None:
        self._context = context

    def validate(self, columns: Columns, rows: Sequence[Row]) -> ValidatedRows:
        """Validate rows, except for unique values."""
        validated = ValidatedRows({})
        cells = list(zip(*rows, strict=True))
        for column in columns.usual:
            validated.columns[column.field.name] = self._values(column, cells[column.position], validated.refused)
        for position in columns.unusual:
            validated.single.update(number for number, cell in enumerate(cells[position]) if cell != "")
        for column in columns.usual:
            if column.field.type == "reference" and column.parent is None:
                self._check_references(column.field, validated)
        return validated

    def check_unique(self, validated: ValidatedRows, own_ids: Sequence[str | None]) -> None:
        """Leave rows to single writes whose unique values are taken by another record or row."""
        for unique in (
            found for found in self._context.sobject.stored if found.unique and found.name in validated.columns
        ):
            values = validated.columns[unique.name]
            given = {n: value for n, value in enumerate(values) if value is not ABSENT and value is not None}
            if not given:
                continue
            folds = {number: fold_case(unique, value) for number, value in given.items()}
            times = Counter(folds.values())
            held = ids_by_value(self._context.connection, self._context.table, unique, set(given.values()))
            for number, value in given.items():
                others = [found for found in held.get(value, ()) if found != own_ids[number]]
                if others or times[folds[number]] > 1:
                    validated.single.add(number)

    def check_hierarchy(self, validated: ValidatedRows, own_ids: Sequence[str | None]) -> None:
        """Leave rows to single writes that give an existing record a parent of its own object."""
        if has_hierarchy(self._context.sobject) and (parents := validated.columns.get(PARENT)):
            changed = (number for number, own_id in enumerate(own_ids) if own_id is not None)
            validated.single.update(number for number in changed if parents[number] not in (ABSENT, None))

    def _values(self, column: Column, cells: Sequence[Any], refused: dict[int, OrgError]) -> list[Any]:
        values = column.read(cells, refused)
        if column.parent is None:
            return values
        table, key = self._context.table_of(column.parent.sobject), column.parent.key
        found = ids_by_value(
            self._context.connection, table, key, {v for v in values if v is not ABSENT and v is not None}
        )
        only: dict[Any, Any] = {value: ids[0] for value, ids in found.items() if len(ids) == 1}
        only |= {ABSENT: ABSENT, None: None}
        return [
            only[value] if value in only else self._no_parent(column, column.parent, cells[number], refused, number)
            for number, value in enumerate(values)
        ]

    def _no_parent(self, column: Column, parent: Parent, cell: Any, refused: dict[int, OrgError], number: int) -> Any:
        """Return the parent that a cell names. Rows of one batch cannot be parents of each other, as parents are looked
        up first.
        """
        given = to_parent(parent.key.name, cell, parent.sobject.name)
        try:
            return find_parent(self._context, column.field, given)
        except OrgError as error:
            refused.setdefault(number, error)
            return ABSENT

    def _check_references(self, reference: Field, validated: ValidatedRows) -> None:
        values = validated.columns[reference.name]
        wanted: dict[str, set[str]] = {}
        for value in set(values) - {ABSENT, None}:
            target = self._context.schema.of_id(value)
            if target is not None and target.name in reference.reference_to:
                wanted.setdefault(target.name, set()).add(value)
        good: set[Any] = {ABSENT, None}
        for target_name, ids in wanted.items():
            target = self._context.schema.find(target_name)
            if target is not None:
                there = existing_ids(self._context.connection, self._context.table_of(target), ids)
                good |= {record_id for record_id in there if self._may_be(target, reference.name, record_id)}
        validated.single.update(n for n, value in enumerate(values) if value not in good)

    def _may_be(self, target: SObject, name: str, record_id: str) -> bool:
        try:
            check_target(self._context, target, name, record_id)
        except OrgError:
            return False
        return True


def fold_case(unique: Field, value: Any) -> Any:
    """Return the value in one case, unless the field is case-sensitive or an exact key."""
    is_exact = unique.case_sensitive or unique.is_exact_key
    return value.casefold() if isinstance(value, str) and not is_exact else value
