"""Rows that references are looked up in by values: the one in which all agree, else the default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, Table, and_, func, literal, or_, select

from closedwon.errors import MappingFault
from closedwon.mapping.model import Field, Mapping
from closedwon.warehouse.folding import find_collation, fold
from closedwon.warehouse.load.parents import Resolved
from closedwon.warehouse.lookups import find_defaults, find_lookup_findings, foundable_rows, reference_schemas
from closedwon.warehouse.postgres_catalog import Held, read_held


def resolve_lookups(connection: Connection, mapping: Mapping, staging: Table, resolved: Resolved) -> Resolved:
    """Return the staged rows with the row ids that `find_by` finds, or those of the defaults.

    Raises:
        MappingFault: a table lacks columns, or a default is no row or several; it was sound when the task `extract`
            looked.
    """
    fields = [field for field in mapping.received if field.is_looked_up]
    if not fields:
        return resolved
    held = read_held(connection, sorted(reference_schemas([mapping])))
    if findings := list(find_lookup_findings(connection, mapping, held)):
        raise MappingFault("\n".join(findings), remedy="Correct that, then clear this task.")
    collation = find_collation(connection)
    rows, values, unfound = resolved.rows, dict(resolved.values), {}
    for field in fields:
        found = _single_rows(field, held, collation)
        sought = [fold(staging.c[mapping.sought_by[path]], collation) for path in field.find_by]
        agree = [text == found.c[f"key{number}"] for number, text in enumerate(sought)]
        rows = rows.outerjoin(found, and_(*agree))
        default = find_defaults(connection, field, held) if field.default else []
        values[field.column] = func.coalesce(found.c.id, literal(default[0])) if default else found.c.id
        unfound[field.column] = found.c.id.is_(None) & or_(*(text.is_not(None) for text in sought))
    return replace(resolved, rows=rows, values=values, unfound=unfound)


def count_unfound(connection: Connection, staging: Table, resolved: Resolved) -> dict[str, int]:
    """Return, by column, how many living records name somebody who is no row, or several."""
    if not resolved.unfound:
        return {}
    counts: Sequence[ColumnElement[Any]] = [
        func.count().filter(condition).label(name) for name, condition in resolved.unfound.items()
    ]
    counted = connection.execute(select(*counts).select_from(resolved.rows).where(~staging.c.is_deleted)).mappings()
    return {name: count for name, count in counted.one().items() if count}


def _single_rows(field: Field, held: Held, collation: str) -> Subquery:
    """Return `id` and the compared texts of the rows that no other row is equal to, so that a join doubles none."""
    rows, conditions = foundable_rows(field, held)
    keys = [fold(rows.c[name], collation) for name in field.find_by.values()]
    named = [key.label(f"key{number}") for number, key in enumerate(keys)]
    alone = select(func.min(rows.c.id).label("id"), *named).where(*conditions).group_by(*keys)
    return alone.having(func.count() == 1).subquery()
