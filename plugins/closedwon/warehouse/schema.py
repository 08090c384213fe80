"""The tables of the warehouse, made from the mapping files and from what is declared in code.

Making is additive: what is missing is made, nothing is dropped, and a column whose type is not the mapping's is a
fault for a person to settle, because any cast that we chose could lose data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any

from psycopg2.errors import InvalidTableDefinition
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Numeric,
    Table,
    Text,
    false,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import CHAR
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.schema import (
    AddConstraint,
    CreateIndex,
    CreateSchema,
    SetColumnComment,
    SetTableComment,
)
from sqlalchemy.sql.schema import ColumnCollectionConstraint
from sqlalchemy.types import TypeEngine

from closedwon.errors import FatalError, MappingFault
from closedwon.mapping.model import Catalog, Field, FieldType, Mapping
from closedwon.warehouse import status_views
from closedwon.warehouse.ddl import AddColumn, CommentOn
from closedwon.warehouse.delivery import tables as delivery_tables
from closedwon.warehouse.state.sync_tables import METADATA, NAMING

TYPES: dict[FieldType, TypeEngine[Any]] = {
    "text": Text(),
    "picklist": Text(),
    "number": Numeric(),
    "integer": BigInteger(),
    "boolean": Boolean(),
    "date": Date(),
    "datetime": DateTime(timezone=True),
    "reference": BigInteger(),
}

_LOCK = int.from_bytes(b"closedwo")
"""Key of the advisory lock under which one process at a time prepares the warehouse."""


def table_of(mapping: Mapping) -> Table:
    """The warehouse table of a mapping: as declared in code where it is, else as the mapping's fields say.

    `salesforce_id` and `system_modstamp` are nullable: a row without them is the delivery side's own and not linked.
    """
    if mapping.table in METADATA.tables:
        return METADATA.tables[mapping.table]
    schema, name = mapping.table.split(".")
    return Table(
        name,
        MetaData(naming_convention=NAMING),
        Column("id", BigInteger, Identity(), primary_key=True, comment="Our own id."),
        Column("salesforce_id", CHAR(18), unique=True, comment="The record; null where the row is not linked."),
        *(_column(mapping, field) for field in mapping.fields),
        Column("system_modstamp", DateTime(timezone=True), comment="The record's SystemModstamp."),
        Column("is_deleted", Boolean, nullable=False, server_default=false(), comment="Deleted in Salesforce."),
        Column("loaded_at", DateTime(timezone=True), comment="When values of the record were last written here."),
        # For the probe. A b-tree costs a quarter of the load, and every update would have to write into it.
        Index(None, "system_modstamp", postgresql_using="brin", postgresql_with={"pages_per_range": 32}),
        schema=schema,
        comment=f"Salesforce {mapping.sobject}, one row per record; by the mapping {mapping.name}.",
    )


def prepare_warehouse(connection: Connection, catalog: Catalog) -> list[str]:
    """The names of the schemas, tables, columns and views that were missing and have been made.

    Where all is there, only the catalog of Postgres is read, so that every run can afford it and no lock stands in the
    way of people's queries. Whoever prepares at the same time waits until the caller's transaction ends.

    Raises:
        MappingFault: columns whose types differ from the mapping's; the message lists them all.
        FatalError: a view of an earlier version is in the way.
    """
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    metadata = _declare(catalog)
    schemas = sorted({str(table.schema) for table in metadata.tables.values()})
    made = _make_schemas(connection, schemas)
    held = _look(connection, schemas)
    _refuse_other_types(connection, catalog, held)
    missing = [table for name, table in metadata.tables.items() if name not in held.columns]
    metadata.create_all(connection, tables=missing, checkfirst=False)
    made += map(str, missing)
    for name in sorted(metadata.tables.keys() & held.columns.keys()):
        made += _add_columns(connection, metadata.tables[name], held)
        _renew_comments(connection, metadata.tables[name], held)
    return made + _make_views(connection, held)


@dataclass(frozen=True)
class _Held:
    """What Postgres holds already: columns by table, comments by table or view; names as `schema.name`."""

    columns: Dictionary[str, Dictionary[str, ReflectedColumn]]
    comments: Dictionary[str, str | None]


def _look(connection: Connection, schemas: Iterable[str]) -> _Held:
    inspector = inspect(connection)
    columns: dict[str, Dictionary[str, ReflectedColumn]] = {}
    comments: dict[str, str | None] = {}
    for schema in schemas:
        for (_, name), found in inspector.get_multi_columns(schema=schema).items():
            columns[f"{schema}.{name}"] = {column["name"]: column for column in found}
        for (_, name), comment in inspector.get_multi_table_comment(schema=schema, kind=ObjectKind.ANY).items():
            comments[f"{schema}.{name}"] = comment["text"]
    return _Held(columns, comments)


def _column(mapping: Mapping, field: Field) -> Column[Any]:
    comment = f"Salesforce {mapping.sobject}.{field.salesforce}. {field.note}".strip()
    if field.references is None:
        return Column(field.column, TYPES[field.type], comment=comment)
    parent = ForeignKey(f"{field.references}.id", ondelete="NO ACTION", deferrable=True)
    return Column(field.column, TYPES[field.type], parent, index=True, comment=comment)


def _declare(catalog: Catalog) -> MetaData:
    """All tables together, so that foreign keys find the tables that they name."""
    metadata = MetaData(naming_convention=NAMING)
    for table in [*METADATA.tables.values(), *map(table_of, catalog.inbound)]:
        table.to_metadata(metadata)
    return metadata


def _make_schemas(connection: Connection, schemas: Iterable[str]) -> list[str]:
    # CREATE SCHEMA IF NOT EXISTS wants the right to create schemas even where there is nothing to create.
    missing = sorted(set(schemas) - set(inspect(connection).get_schema_names()))
    for name in missing:
        connection.execute(CreateSchema(name))
    return missing


def _add_columns(connection: Connection, table: Table, held: _Held) -> list[str]:
    missing = [column for column in table.columns if column.name not in held.columns[str(table)]]
    for column in missing:
        connection.execute(AddColumn(column))
        connection.execute(SetColumnComment(column))
        for constraint in table.constraints:
            if isinstance(constraint, ColumnCollectionConstraint) and column in constraint.columns.values():
                connection.execute(AddConstraint(constraint))
        for index in table.indexes:
            if column in index.columns.values():
                connection.execute(CreateIndex(index))
    return [f"{table}.{column.name}" for column in missing]


def _renew_comments(connection: Connection, table: Table, held: _Held) -> None:
    if held.comments[str(table)] != table.comment:
        connection.execute(SetTableComment(table))
    for name, seen in held.columns[str(table)].items():
        if name in table.columns and seen.get("comment") != table.columns[name].comment:
            connection.execute(SetColumnComment(table.columns[name]))


def _refuse_other_types(connection: Connection, catalog: Catalog, held: _Held) -> None:
    def name_of(kind: TypeEngine[Any]) -> str:
        return kind.compile(connection.dialect).lower()

    faults = [
        f"{mapping.file}, line {field.line}: {field.salesforce} is of type '{field.type}', for which {mapping.table}."
        f"{field.column} must be '{name_of(TYPES[field.type])}', but in the warehouse it is '{name_of(seen['type'])}'. "
        "Closedwon casts no column, because that can lose data. Alter its type by hand, or name another column."
        for mapping in catalog.inbound
        for field in mapping.fields
        if (seen := held.columns.get(mapping.table, {}).get(field.column)) is not None
        and name_of(seen["type"]) != name_of(TYPES[field.type])
    ]
    if faults:
        raise MappingFault("\n".join(faults))


def _make_views(connection: Connection, held: _Held) -> list[str]:
    """The names of the views that were made or replaced.

    A view's comment ends with a digest of its text, because to replace a view waits for whoever reads it: one that is
    as it should be is left alone.
    """
    made = []
    for name, sql in {**delivery_tables.VIEWS, **status_views.VIEWS}.items():
        about = status_views.COMMENTS.get(name, "What follows from the tables of this schema.")
        comment = f"{about} (Text {hashlib.sha256(sql.encode()).hexdigest()[:8]}.)"
        if held.comments.get(name) != comment:
            _make_view(connection, name, sql)
            connection.execute(CommentOn("VIEW", name, comment))
            made.append(name)
    for name, comment in status_views.COMMENTS.items():
        if name not in status_views.VIEWS and name.rpartition(".")[0] in made:
            connection.execute(CommentOn("COLUMN", name, comment))
    return made


def _make_view(connection: Connection, name: str, sql: str) -> None:
    try:
        connection.execute(text(sql))
    except ProgrammingError as error:
        if not isinstance(error.orig, InvalidTableDefinition):
            raise
        raise FatalError(
            f"The view {name} that is there has other columns than this version of Closedwon gives it: '{error.orig}'. "
            "It is not dropped here, because the grants on it and people's views above it would go with it. "
            f"Run DROP VIEW {name}, clear the task, and give the grants again."
        ) from error
