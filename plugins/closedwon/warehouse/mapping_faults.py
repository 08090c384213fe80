"""What is wrong with one mapping's table: names that Postgres or we ourselves need, and columns of another type."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from collections.abc import Mapping as Dictionary

from closedwon.kinds import KINDS
from closedwon.mapping.model import Field, Mapping
from closedwon.mapping.model.names import OWN_COLUMNS, SYSTEM_COLUMNS
from closedwon.warehouse.held import HeldColumn
from closedwon.warehouse.mapped_tables import table_of

MOST_LETTERS = 63
"""Postgres cuts longer names off without a word."""

OWN_TABLES = frozenset(
    {"delivery.projects", "delivery.phases", "delivery.tasks", "delivery.projects_current"}
)  # beside all of schema sync


def find_table_faults(mapping: Mapping) -> Iterator[str]:
    """Yield why the mapping's records cannot have this table, where they cannot."""
    schema, name = mapping.table.split(".")
    if schema == "sync" or mapping.table in OWN_TABLES:
        whose = "is Closedwon's own"
    elif schema.startswith("pg_") or schema == "information_schema":
        whose = "lies in a schema that is Postgres's own"
    elif name == "excluded":
        whose = "has the name that Postgres gives to the rows of an upsert"
    else:
        return
    yield (
        f"{mapping.file}: the table {mapping.table} {whose}, so that no records can be received into it. Nothing of "
        f"{mapping.sobject} was read. Name another table, such as crm.{mapping.sobject.lower()}."
    )


def find_name_faults(mapping: Mapping) -> Iterator[str]:
    """Yield a message for each field whose column cannot have its name."""
    for field in mapping.fields:
        if why := find_name_fault(mapping, field):
            yield f"{_where(mapping, field)}: {why} Name another column."


def find_name_fault(mapping: Mapping, field: Field) -> str | None:
    """Return why the field's column cannot have its name, None where it can."""
    called = f"the column of {field.salesforce} is called `{field.column}`"
    if field.column in SYSTEM_COLUMNS or field.column in OWN_COLUMNS:
        whose = "Postgres itself" if field.column in SYSTEM_COLUMNS else "Closedwon"
        return f"{called}, which is the name of a column that {whose} gives to {mapping.table}."
    if not field.is_polymorphic:
        return None
    kept, others = field.kept_id_column, {other.column for other in mapping.fields}
    if kept in others or len(kept) > MOST_LETTERS:
        why = "another field has that name" if kept in others else f"Postgres takes {MOST_LETTERS} letters at most"
        return f"{called}. It refers to several objects, so `{kept}` must keep the record's id, but {why}."
    return None


def find_type_faults(mapping: Mapping, held: Dictionary[str, HeldColumn]) -> Iterator[str]:
    """Yield a message for each field whose column has another type in the warehouse."""
    for field in mapping.fields:
        seen, must_be = held.get(field.column), KINDS[field.type].postgres_type
        if seen is not None and seen.type != must_be:
            yield (
                f"{_where(mapping, field)}: {field.salesforce} is of type '{field.type}', for which {mapping.table}."
                f"{field.column} must be '{must_be}', but in the warehouse it is '{seen.type}'. Closedwon casts no "
                "column, because that can lose data. Alter its type by hand, or name another column."
            )


def find_missing(mapping: Mapping, held: Collection[str]) -> Iterator[str]:
    """Yield a message for each column that could not be made, as where the table that it refers to is not there."""
    own = {field.column: field for field in mapping.fields}
    for name in sorted({column.name for column in table_of(mapping).columns} - {*held, *SYSTEM_COLUMNS}):
        field = own.get(name)
        where = _where(mapping, field) if field else mapping.file
        tables = " and ".join(field.references) if field else ""
        yield (
            f"{where}: {mapping.table} has no column `{name}`, so that nothing of {mapping.sobject} can be written."
            f"{f' It refers to {tables}, which has to be there first.' if tables else ''} The first task of each run "
            "makes what is missing: clear it, or see what stops it there."
        )


def _where(mapping: Mapping, field: Field) -> str:
    return f"{mapping.file}, line {field.line}"
