"""Source rows of a rule, joined with the parent rows that it reads project values from."""

from __future__ import annotations

from sqlalchemy import BigInteger, ColumnElement, FromClause, Table, cast, null, select

from closedwon.mapping.model import Field
from closedwon.mapping.resolve.rules import Filling, ResolvedRule
from closedwon.warehouse.load.parents import linked_rows
from closedwon.warehouse.mapped_tables import table_of


def join_parents(table: Table, source: ResolvedRule) -> tuple[FromClause, dict[str, ColumnElement[object]]]:
    """Return the source's table joined with the parents that the rule reads from, and each project column's value."""
    joined: FromClause = table
    parents: dict[str, FromClause] = {}
    for filling in source.fillings:
        if filling.parent and (reference := filling.parent.reference.column) not in parents:
            parents[reference] = table_of(filling.parent.mapping).alias()
            joined = joined.outerjoin(parents[reference], leads_to(table, filling.parent.reference, parents[reference]))
    return joined, {
        filling.column: _place(table, parents, filling).c[filling.field.column] for filling in source.fillings
    }


def find_client(table: Table, source: ResolvedRule) -> ColumnElement[int]:
    """Return the id of the client's row; null for a source without account, or with another parent."""
    if source.client is None:
        return cast(null(), BigInteger)
    field = next((field for field in source.mapping.received if field.column == source.client), None)
    if field is None or len(field.references) == 1:
        return table.c[source.client]
    account = linked_rows(field.parents["Account"]).alias()
    return select(account.c.id).where(leads_to(table, field, account)).scalar_subquery()


def _place(table: Table, parents: dict[str, FromClause], filling: Filling) -> FromClause:
    return parents[filling.parent.reference.column] if filling.parent else table


def leads_to(table: Table, reference: Field, parent: FromClause) -> ColumnElement[bool]:
    """Return whether a row refers to the parent: by Salesforce id if it may be in several tables, else by row id."""
    if len(reference.references) > 1:
        return parent.c.salesforce_id == table.c[reference.kept_id_column]
    return parent.c.id == table.c[reference.column]
