"""Creation of mapped tables and their missing columns; of what exists, only comments are changed."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table
from sqlalchemy.schema import AddConstraint, CreateIndex, SetColumnComment, SetTableComment
from sqlalchemy.sql.schema import ColumnCollectionConstraint

from closedwon.mapping.model import Field, Mapping
from closedwon.warehouse.column_sources import find_new_columns, mark_ended_columns
from closedwon.warehouse.ddl import AddColumn, CreateTrigger
from closedwon.warehouse.mapped_tables import SAYS_WHAT_THE_ORG_HAS, table_of
from closedwon.warehouse.metadata import NAMING
from closedwon.warehouse.postgres_catalog import Held
from closedwon.warehouse.state.unfilled_column import await_full_read
from closedwon.warehouse.state.watermark import read_watermark


def grow_tables(connection: Connection, mappings: Sequence[Mapping], held: Held) -> list[str]:
    """Create the missing tables and columns of received mappings; return their names.

    A new column of an existing table is noted, so that the next import fills it in all rows; and all columns of a new
    table whose mapping has been read before, as when it names another one than before, or people dropped it.

    A reference to a table that does not exist is left out; `check_table` reports it in that mapping's own task.
    """
    tables = _declare(mappings, held)
    missing = [table for table in tables if str(table) not in held.columns]
    if missing:
        missing[0].metadata.create_all(connection, tables=missing, checkfirst=False)
    for table in tables:
        if str(table) not in held.keeping_unlinked:
            _add_link_triggers(connection, table, mappings)
    made = [str(table) for table in missing]
    for table in tables:
        if table not in missing:
            made += add_columns(connection, table, held)
            renew_comments(connection, table, held)
    for mapping in mappings:
        if columns := held.columns.get(mapping.table):
            await_full_read(connection, mapping.name, find_new_columns(mapping, columns))
            if not mapping.others_line:  # else this waits for the describe: `take_in_others`
                mark_ended_columns(connection, mapping, columns)
        elif read_watermark(connection, mapping.name):
            await_full_read(connection, mapping.name, [field.column for field in mapping.received])
    return made


def add_columns(connection: Connection, table: Table, held: Held) -> list[str]:
    """Add the columns of the table that are missing, with their constraints and indexes; return their names."""
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


def renew_comments(connection: Connection, table: Table, held: Held) -> None:
    """Write the comments of the table and of its columns that differ from those in the warehouse.

    That of a currency is left to `note_currency`, which knows the org.
    """
    if held.comments[str(table)] != table.comment:
        connection.execute(SetTableComment(table))
    for name, seen in held.columns[str(table)].items():
        column = table.columns.get(name)
        if column is not None and not column.info.get(SAYS_WHAT_THE_ORG_HAS) and seen.comment != column.comment:
            connection.execute(SetColumnComment(column))


def _declare(mappings: Sequence[Mapping], held: Held) -> list[Table]:
    """Return the tables in one `MetaData`, so that foreign keys find the tables that they refer to."""
    sound = [m for m in mappings if m.table not in held.other_names]
    names = list(dict.fromkeys(m.table for m in sound))
    there = {*names, *held.columns}
    metadata = MetaData(naming_convention=NAMING)
    for name in held.columns.keys() - set(names):
        schema, bare = name.split(".")
        Table(bare, metadata, Column("id", BigInteger), schema=schema)
    return [_merge([m for m in sound if m.table == name], there).to_metadata(metadata) for name in names]


def _merge(mappings: Sequence[Mapping], there: Set[str]) -> Table:
    """Return the table that several mappings share, with the columns that can be created."""
    fields: dict[str, Field] = {}
    for field in (field for mapping in mappings for field in mapping.received):
        fields.setdefault(field.column, field)
    merged = replace(mappings[0], fields=tuple(fields.values()))
    sound = (f for f in merged.fields if there >= set(f.references))
    return table_of(replace(merged, fields=tuple(sound)))


def _add_link_triggers(connection: Connection, table: Table, mappings: Sequence[Mapping]) -> None:
    """Have ids that people write brought to one form, and links that they clear kept; the load needs neither."""
    name = next(mapping.name for mapping in mappings if mapping.table == str(table))
    linked, changed = "BEFORE UPDATE OF salesforce_id", "OLD.salesforce_id IS DISTINCT FROM NEW.salesforce_id"
    by_hand = "NEW.system_modstamp IS NULL"
    connection.execute(CreateTrigger(table, "normalise_id", "BEFORE INSERT", "salesforce_id", when=by_hand))
    connection.execute(CreateTrigger(table, "normalise_id", linked, "salesforce_id", when=changed))
    connection.execute(CreateTrigger(table, "keep_unlinked", "AFTER UPDATE OF salesforce_id", name, when=changed))
