"""What the rows of a batch would write, found with one look at the database per column.

A draft is only quick, and never the judge: a row that is not plainly good is left to a single write, which refuses it
with its own words or finds that it is good after all. Values and parents are the exception, as they are judged by the
functions that single writes use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table

from localorg.errors import OrgError
from localorg.records.changes import check_target, find_parent
from localorg.records.columns import ABSENT, Column, Columns, Parent, Row, to_parent
from localorg.records.lookups import holders, living
from localorg.schema.model import Field, Schema, SObject


@dataclass
class Drafts:
    """By the number of the row: the columns it sets, or why not; `single` are those that only single writes judge."""

    changes: list[dict[str, Any]]
    refused: dict[int, OrgError] = field(default_factory=dict)
    single: set[int] = field(default_factory=set)

    def is_good(self, number: int) -> bool:
        return number not in self.refused and number not in self.single


class Drafter:
    """Drafts rows of one object, inside one transaction."""

    def __init__(
        self, connection: Connection, table_of: Callable[[SObject], Table], schema: Schema, sobject: SObject
    ) -> None:
        self._connection = connection
        self._table_of = table_of
        self._schema = schema
        self._sobject = sobject

    def draft(self, columns: Columns, rows: Sequence[Row]) -> Drafts:
        """The drafts of rows, without a look at values that must be unique."""
        drafts = Drafts([])
        values = [list(self._values(column, rows, drafts.refused)) for column in columns.usual]
        names = [column.field.name for column in columns.usual]
        drafts.changes = [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)] or [{} for _ in rows]
        for name, column_values in zip(names, values, strict=True):
            if ABSENT in column_values:
                _drop_absent(drafts.changes, name)
        for position in columns.unusual:
            drafts.single.update(number for number, row in enumerate(rows) if row[position] != "")
        for column in columns.usual:
            if column.field.type == "reference" and column.parent is None:
                self._check_references(column.field, drafts)
        return drafts

    def check_unique(self, drafts: Drafts, own_ids: Sequence[str | None]) -> None:
        """Leaves rows to single writes whose unique values another record has, or another row."""
        for unique in (found for found in self._sobject.stored if found.unique):
            given = [(n, value) for n, row in enumerate(drafts.changes) if (value := row.get(unique.name)) is not None]
            if not given:
                continue
            times = Counter(folded(unique, value) for _, value in given)
            held = holders(self._connection, self._table_of(self._sobject), unique, {value for _, value in given})
            for number, value in given:
                others = [found for found in held.get(value, ()) if found != own_ids[number]]
                if others or times[folded(unique, value)] > 1:
                    drafts.single.add(number)

    def _values(self, column: Column, rows: Sequence[Row], refused: dict[int, OrgError]) -> Iterable[Any]:
        values = column.read(rows, refused)
        if column.parent is None:
            return values
        table, key = self._table_of(column.parent.sobject), column.parent.key
        found = holders(self._connection, table, key, {v for v in values if v is not ABSENT and v is not None})
        only: dict[Any, Any] = {value: ids[0] for value, ids in found.items() if len(ids) == 1}
        only |= {ABSENT: ABSENT, None: None}
        return [
            only[value] if value in only else self._no_parent(column, column.parent, rows[number], refused, number)
            for number, value in enumerate(values)
        ]

    def _no_parent(self, column: Column, parent: Parent, row: Row, refused: dict[int, OrgError], number: int) -> Any:
        """Rows of one batch cannot be each other's parents: all parents are looked for before anything is written."""
        given = to_parent(parent.key.name, row[column.position], parent.sobject.name)
        try:
            return find_parent(self._connection, self._table_of, self._schema, column.field, given)
        except OrgError as error:
            refused.setdefault(number, error)
            return ABSENT

    def _check_references(self, reference: Field, drafts: Drafts) -> None:
        name = reference.name
        wanted: dict[str, set[str]] = {}
        for value in {row[name] for row in drafts.changes if row.get(name) is not None}:
            target = self._schema.of_id(value)
            if target is not None and target.name in reference.reference_to:
                wanted.setdefault(target.name, set()).add(value)
        good: set[Any] = {None}
        for target_name, ids in wanted.items():
            target = self._schema.find(target_name)
            if target is not None:
                there = living(self._connection, self._table_of(target), ids)
                good |= {record_id for record_id in there if self._may_be(target, name, record_id)}
        drafts.single.update(n for n, row in enumerate(drafts.changes) if row.get(name) not in good)

    def _may_be(self, target: SObject, name: str, record_id: str) -> bool:
        try:
            check_target(self._connection, self._table_of, target, self._sobject, name, record_id)
        except OrgError:
            return False
        return True


def _drop_absent(changes: Iterable[dict[str, Any]], name: str) -> None:
    for row in changes:
        if row[name] is ABSENT:
            del row[name]


def folded(unique: Field, value: Any) -> Any:
    """The value without the difference of upper and lower case, where that makes none."""
    return value.casefold() if isinstance(value, str) and not unique.case_sensitive else value
