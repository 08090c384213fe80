"""Parents of staged rows: resolution of the Salesforce ids that records refer to into row ids."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Table,
    TableClause,
    case,
    cast,
    column,
    delete,
    exists,
    false,
    func,
    select,
    table,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import REGCLASS

from closedwon.mapping.model import Field, Mapping
from closedwon.rejects import REJECT_COLUMNS
from closedwon.warehouse.load.reject_frames import join_frames, to_rejects
from closedwon.warehouse.load.staging import NEW_ID, ROW
from closedwon.warehouse.mapped_tables import scope_columns

_STAMPED = ("salesforce_id", "system_modstamp", "is_deleted")


@dataclass(frozen=True)
class Resolved:
    """The staged rows, joined with the existing rows of the same records, and the value for each column."""

    rows: FromClause
    held: FromClause
    values: dict[str, ColumnElement[Any]]
    """By column of the target; a reference is the parent's row id, null where the parent is missing."""
    unfound: Dictionary[str, ColumnElement[bool]]
    """By column of a reference that is looked up: whether a row names somebody who is no row there, or several."""
    kept: Set[str] = frozenset()
    """Columns that are written in new rows alone."""
    filled: Set[str] = frozenset()
    """Columns that are written in existing rows where these are empty."""


def linked_rows(name: str) -> TableClause:
    """Return a mapped table by its name, `schema.table`, with the columns `id` and `salesforce_id`."""
    schema, name = name.split(".")
    return table(name, column("id"), column("salesforce_id"), schema=schema)


def resolve_parents(connection: Connection, mapping: Mapping, target: Table, staging: Table) -> Resolved:
    """Return the staged rows with the row ids of their parents.

    A parent is in the warehouse or, where the object refers to itself, staged too. Staged parents get their row ids
    here, so that one statement can write parents and children in any order.
    """
    held = target.alias()
    rows = staging.outerjoin(held, held.c.salesforce_id == staging.c.salesforce_id)
    values: dict[str, ColumnElement[Any]] = {name: staging.c[name] for name in _STAMPED}
    values |= {column.name: false() for column in scope_columns(mapping)}
    values |= {field.column: staging.c[field.column] for field in mapping.converted}
    for field in (field for field in mapping.converted if field.references):
        parents: list[ColumnElement[int]] = []
        for name in field.references:
            parent = linked_rows(name).alias()
            rows = rows.outerjoin(parent, parent.c.salesforce_id == staging.c[field.column])
            parents.append(parent.c.id)
        values[field.column] = func.coalesce(*parents) if parents[1:] else parents[0]
        if field.is_polymorphic:
            values[field.kept_id_column] = staging.c[field.column]
    own = [field for field in mapping.converted if mapping.table in field.references]
    if own:
        values["id"] = _give_ids(connection, own, target, staging)
    for field in own:
        coming = staging.alias()
        rows = rows.outerjoin(coming, coming.c.salesforce_id == staging.c[field.column])
        values[field.column] = func.coalesce(values[field.column], coming.c[NEW_ID])
    return Resolved(rows, held, values, unfound={})


def link_late_parents(connection: Connection, mapping: Mapping, target: Table) -> int:
    """Fill polymorphic references whose parent was loaded after the row, and return their number.

    A row does not wait for the parent of such a reference, because a late parent cannot be told from one whose object
    has no table. A partial index of `table_of` makes the empty ones cheap to find.
    """
    linked = 0
    for field in (field for field in mapping.received if field.is_polymorphic):
        link, kept = target.c[field.column], target.c[field.kept_id_column]
        for parent in (linked_rows(name).alias() for name in field.references):
            found = update(target).where(link.is_(None), kept.is_not(None), kept == parent.c.salesforce_id)
            linked += connection.execute(found.values({link: parent.c.id})).rowcount
    return linked


def set_orphans_apart(connection: Connection, mapping: Mapping, staging: Table, resolved: Resolved) -> pd.DataFrame:
    """Delete rows without their parent from staging, and return rejects, one per row and missing parent.

    A deleted row may itself be the parent of others, which then are orphans too: hence the loop. A deletion of an
    existing row writes no reference and needs no parent, nor does an existing row whose reference is written once.
    Polymorphic references do not wait for a parent: see `link_late_parents`.
    """
    references = [field for field in mapping.converted if field.references and not field.is_polymorphic]
    rejects = [pd.DataFrame(columns=list(REJECT_COLUMNS))]
    if not references:
        return rejects[0]
    held = resolved.held.c
    missing = [
        case(
            (held.id.is_not(None) if field.is_written_once else false(), None),
            (resolved.values[field.column].is_(None), staging.c[field.column]),
        ).label(field.column)
        for field in references
    ]
    needs_none = held.id.is_not(None) & staging.c.is_deleted
    orphans = (
        select(staging.c[ROW].label(ROW), *missing)
        .select_from(resolved.rows)
        .where(func.num_nonnulls(*(value.element for value in missing)) > 0, needs_none.is_not(True))
        .cte("#orphans")
    )
    set_apart = (
        delete(staging)
        .where(staging.c[ROW] == orphans.c[ROW])
        .returning(
            staging.c.salesforce_id, staging.c.system_modstamp, *(orphans.c[field.column] for field in references)
        )
    )
    while found := connection.execute(set_apart).all():
        rejects += [_explain_orphans(mapping, field, pd.DataFrame(found)) for field in references]
    return join_frames(rejects)


def _give_ids(connection: Connection, own: list[Field], target: Table, staging: Table) -> ColumnElement[int]:
    """Return the id of each new staged row; those that other staged rows refer to get theirs in staging first."""
    name = connection.dialect.identifier_preparer.format_table(target)
    sequence = connection.execute(select(func.pg_get_serial_sequence(name, "id"))).scalar_one()
    next_id = func.nextval(cast(sequence, REGCLASS))
    child = staging.alias()
    is_parent = staging.c.salesforce_id.in_(union(*(select(child.c[field.column]) for field in own)))
    is_held = exists().where(target.c.salesforce_id == staging.c.salesforce_id)
    connection.execute(update(staging).values({NEW_ID: next_id}).where(is_parent, ~is_held))
    return func.coalesce(staging.c[NEW_ID], next_id)


def _explain_orphans(mapping: Mapping, field: Field, orphans: pd.DataFrame) -> pd.DataFrame:
    rows = orphans[orphans[field.column].notna()]
    parent = rows[field.column].astype("str")
    what = f"{mapping.sobject}.{field.salesforce} = '"
    why = (
        f"' is no record that {field.references[0]} holds, so that the row could not say where it belongs. It comes in "
        "with its parent: see whether that waits in sync.quarantine itself, was not imported yet, or is hidden from "
        "the integration user in Salesforce."
    )
    return to_rejects(
        rows,
        "waits_for_parent",
        what + parent + why,
        field=field.salesforce,
        waits_for_table=field.references[0],
        waits_for_id=parent,
    )
