"""Keys by which records and rows are compared for `receive.match`: equal where all columns of a list agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Table,
    and_,
    case,
    column,
    exists,
    func,
    or_,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from closedwon.kinds import KINDS
from closedwon.mapping.model import Field, Mapping
from closedwon.warehouse.folding import fold
from closedwon.warehouse.load.parents import linked_rows


@dataclass(frozen=True)
class Keys:
    """The rows of one side, with the key of each by one list."""

    rows: FromClause
    key: ColumnElement[Any]
    is_filled: ColumnElement[bool]
    """Whether any of the values is not empty."""
    sieve: ColumnElement[str]
    """One of the values that is a text, never null: equal where the keys are, and cheap to compute."""

    @property
    def labelled(self) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """Return both as columns of a query."""
        return self.key.label("key"), self.sieve.label("sieve")


def are_parents_known(mapping: Mapping, staging: Table) -> ColumnElement[bool]:
    """Return whether a staged record's parents are there whose columns `match` names, so that it can be compared.

    Where one is not, the record is going to wait for it.
    """
    known = []
    for field in _fields_of_parents(mapping):
        parent, coming = linked_rows(field.references[0]).alias(), staging.alias()
        reference = staging.c[field.column]
        known.append(or_(reference.is_(None), exists().where(parent.c.salesforce_id == reference)))
        if mapping.table in field.references:
            known[-1] = or_(known[-1], exists().where(coming.c.salesforce_id == reference))
    return and_(true(), *known)


def staged_keys(mapping: Mapping, columns: tuple[str, ...], rows: FromClause, staging: Table, collation: str) -> Keys:
    """Return the keys of staged records; a parent that is staged too has the values that it has there.

    Args:
        rows: a join that holds the staging table.
    """
    fields = {field.column: field for field in mapping.received}
    values = []
    for path in columns:
        name, _, of_parent = path.partition(".")
        value: ColumnElement[Any] = staging.c[name]
        if of_parent:
            parent, coming = _parent_table(fields[name], of_parent), staging.alias()
            rows = rows.outerjoin(parent, parent.c.salesforce_id == staging.c[name])
            value = parent.c[of_parent]
            if mapping.table in fields[name].references:
                is_coming = and_(coming.c.salesforce_id == staging.c[name], ~coming.c.is_deleted)
                rows = rows.outerjoin(coming, is_coming)
                value = case((coming.c.salesforce_id.is_not(None), coming.c[of_parent]), else_=value)
        values.append(_to_compared(value, _type_of(mapping, path), collation))
    return _to_keys(rows, values, _own_texts(mapping, columns, values))


def held_keys(mapping: Mapping, columns: tuple[str, ...], target: Table, collation: str) -> Keys:
    """Return the keys of the rows in the mapping's table."""
    fields = {field.column: field for field in mapping.received}
    rows: FromClause = target
    values = []
    for path in columns:
        name, _, of_parent = path.partition(".")
        value: ColumnElement[Any] = target.c[name]
        if of_parent:
            parent = _parent_table(fields[name], of_parent)
            rows, value = rows.outerjoin(parent, parent.c.id == target.c[name]), parent.c[of_parent]
        values.append(_to_compared(value, _type_of(mapping, path), collation))
    return _to_keys(rows, values, _own_texts(mapping, columns, values))


def _to_keys(rows: FromClause, values: list[ColumnElement[Any]], texts: list[ColumnElement[Any]]) -> Keys:
    # As JSON, since IS NOT DISTINCT FROM, by which empty agrees with empty, has no hash join.
    key = func.jsonb_build_array(*values, type_=JSONB)
    return Keys(rows, key, func.num_nonnulls(*values) > 0, func.coalesce(*texts[:1], ""))


def _own_texts(
    mapping: Mapping, columns: tuple[str, ...], values: list[ColumnElement[Any]]
) -> list[ColumnElement[Any]]:
    return [
        value
        for path, value in zip(columns, values, strict=True)
        if "." not in path and KINDS[_type_of(mapping, path)].postgres_type == "text"
    ]


def _fields_of_parents(mapping: Mapping) -> list[Field]:
    lists = mapping.receive.match if mapping.receive else ()
    named = {path.partition(".")[0] for columns in lists for path in columns if "." in path}
    return [field for field in mapping.received if field.column in named]


def _type_of(mapping: Mapping, path: str) -> str:
    of_parents = mapping.receive.parent_types if mapping.receive else {}
    own = {field.column: field.type for field in mapping.received}
    return {**own, **of_parents}[path]


def _parent_table(field: Field, of_parent: str) -> FromClause:
    schema, name = field.references[0].split(".")
    return table(name, column("id"), column("salesforce_id"), column(of_parent), schema=schema).alias()


def _to_compared(value: ColumnElement[Any], type_: str, collation: str) -> ColumnElement[Any]:
    """Return a text trimmed and in small letters, null where nothing is left; another value unchanged."""
    if KINDS[type_].postgres_type != "text":
        return value
    return fold(value, collation)
