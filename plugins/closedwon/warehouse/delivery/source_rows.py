"""The rows that projects are made from: the source of a rule beside the parents that the rule reads from."""

from __future__ import annotations

from sqlalchemy import ColumnElement, FromClause, Table

from closedwon.mapping.resolve.rules import Filling, ResolvedRule
from closedwon.warehouse.mapped_tables import table_of


def join_parents(table: Table, source: ResolvedRule) -> tuple[FromClause, dict[str, ColumnElement[object]]]:
    """Return the source's table joined with the parents that the rule reads from, and each project column's value."""
    joined: FromClause = table
    parents: dict[str, FromClause] = {}
    for filling in source.fillings:
        if filling.parent and (reference := filling.parent.reference.column) not in parents:
            parents[reference] = table_of(filling.parent.mapping).alias()
            joined = joined.outerjoin(parents[reference], parents[reference].c.id == table.c[reference])
    return joined, {
        filling.column: _place(table, parents, filling).c[filling.field.column] for filling in source.fillings
    }


def _place(table: Table, parents: dict[str, FromClause], filling: Filling) -> FromClause:
    return parents[filling.parent.reference.column] if filling.parent else table
