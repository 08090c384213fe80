"""Source rows of a rule, joined with the parent rows that it reads project values from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Table, Text, case, cast, false, func, null, or_, select

from closedwon.mapping.model import Field
from closedwon.mapping.model.names import SCOPE_COLUMN
from closedwon.mapping.resolve.rules import ResolvedRule
from closedwon.mapping.resolve.source_fields import Parent, SourceField
from closedwon.warehouse.load.parents import linked_rows
from closedwon.warehouse.mapped_tables import table_of


class SourceRows:
    """The source's table joined with the parents that a rule reads from."""

    def __init__(self, source: ResolvedRule) -> None:
        self.table = table_of(source.mapping)
        self.joined: FromClause = self.table
        self._parents: dict[tuple[str, str], FromClause] = {}
        for read in source.read:
            if read.parent is not None and (key := _key(read.parent)) not in self._parents:
                self._parents[key] = row = table_of(read.parent.mapping).alias()
                self.joined = self.joined.outerjoin(row, leads_to(self.table, read.parent.reference, row))

    def value(self, read: SourceField) -> ColumnElement[Any]:
        """Return the column of a field that the rule reads; of a reference to several objects, the one with the id."""
        row = self.table if read.parent is None else self._parents[_key(read.parent)]
        return row.c[read.field.columns[-1]]

    def text(self, field: Field) -> ColumnElement[str]:
        """Return the source's value as text, "" where empty; null for a record that is not there.

        That is one that is deleted, is out of scope, or has not come in.
        """
        value = func.coalesce(cast(self.table.c[field.column], Text), "")
        return case((or_(self.table.c.is_deleted.is_not(False), self.is_out_of_scope), null()), else_=value)

    @property
    def is_out_of_scope(self) -> ColumnElement[bool]:
        """Return whether the source's record meets the condition of its mapping no longer; null where it has no row."""
        marks = self.table.c.get(SCOPE_COLUMN)
        return case((self.table.c.id.is_not(None), false())) if marks is None else marks


def find_client(table: Table, source: ResolvedRule) -> ColumnElement[int]:
    """Return the id of the client's row; null for a source without account, or with another parent."""
    if source.client is None:
        return cast(null(), BigInteger)
    field = next((field for field in source.mapping.received if field.column == source.client), None)
    if field is None or len(field.references) == 1:
        return table.c[source.client]
    account = linked_rows(field.parents["Account"]).alias()
    return select(account.c.id).where(leads_to(table, field, account)).scalar_subquery()


def _key(parent: Parent) -> tuple[str, str]:
    return parent.reference.column, parent.mapping.table


def leads_to(table: Table, reference: Field, parent: FromClause) -> ColumnElement[bool]:
    """Return whether a row refers to the parent: by Salesforce id if it may be in several tables, else by row id."""
    if len(reference.references) > 1:
        return parent.c.salesforce_id == table.c[reference.kept_id_column]
    return parent.c.id == table.c[reference.column]
