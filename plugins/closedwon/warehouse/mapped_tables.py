"""Tables that mappings define, one row per record of a Salesforce object."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Table,
    and_,
    column,
    false,
)
from sqlalchemy.dialects.postgresql import CHAR

from closedwon.kinds import KINDS
from closedwon.mapping.model import Field, Mapping
from closedwon.mapping.model.names import PEOPLE_TABLE, SCOPE_COLUMN
from closedwon.mapping.model.value_map import VALUE_MAPS_TABLE
from closedwon.warehouse.metadata import NAMING
from closedwon.warehouse.new_columns import to_new_columns
from closedwon.warehouse.postgres_type import PostgresType

WRITTEN_ONCE = "Written when the import makes the row, ours since then."
"""What the comment says of a column whose field has `write: once`."""

SAYS_WHAT_THE_ORG_HAS = "says what the org has"
"""Marks a column whose comment goes on with what the import has found in the org."""

SCOPE_COMMENT = (
    "True: the record does not meet the condition of its mapping any more, and the values are those from before:"
)
_FILLER = re.compile(r"; by the mapping ([A-Za-z0-9_-]+)\.$")


def table_of(mapping: Mapping) -> Table:
    """Return the table of a mapping that is received.

    `salesforce_id` and `system_modstamp` are nullable: a row without them was inserted by hand and is not linked.
    """
    schema, name = mapping.table.split(".")
    return Table(
        name,
        MetaData(naming_convention=NAMING),
        Column("id", BigInteger, Identity(), primary_key=True, comment="Our own id."),
        Column("salesforce_id", CHAR(18), unique=True, comment="The record; null where the row is not linked."),
        *(column for field in mapping.received for column in columns_of(mapping, field)),
        *to_new_columns(mapping),
        Column("system_modstamp", DateTime(timezone=True), comment="The record's SystemModstamp."),
        Column("is_deleted", Boolean, nullable=False, server_default=false(), comment="Deleted in Salesforce."),
        *scope_columns(mapping),
        Column("loaded_at", DateTime(timezone=True), comment="When values of the record were last written here."),
        # For the probe. A b-tree would take a quarter of the load time, and every update would write to it.
        Index(None, "system_modstamp", postgresql_using="brin", postgresql_with={"pages_per_range": 32}),
        *(_index_of_unlinked(field) for field in mapping.received if field.is_polymorphic),
        schema=schema,
        comment=f"Salesforce {mapping.sobject}, one row per record; by the mapping {mapping.name}.",
    )


def scope_columns(mapping: Mapping) -> list[Column[Any]]:
    """Return the column that marks the records which meet the mapping's condition no longer; none without condition.

    Its comment ends with the condition, by which an edit of it is noticed.
    """
    if mapping.where is None:
        return []
    comment = f"{SCOPE_COMMENT} {mapping.where}"
    return [Column(SCOPE_COLUMN, Boolean, nullable=False, server_default=false(), comment=comment)]


def find_filler(comment: str | None) -> str | None:
    """Return the mapping that fills a table, by the table's comment; None where that names none."""
    found = _FILLER.search(comment or "")
    return found[1] if found else None


def source_of(mapping: Mapping, field: Field) -> str:
    """Return what the comment of a field's column begins with: where its values come from."""
    if field.is_looked_up:
        default = " and ".join(f"{name} = '{value}'" for name, value in field.default.items())
        found = f"{field.salesforce} by {' and '.join(field.find_by)}{', else ' if default else ''}{default}"
        return f"Salesforce {mapping.sobject}.{found}."
    return f"Salesforce {mapping.sobject}.{', else '.join(field.sources)}."


def columns_of(mapping: Mapping, field: Field) -> list[Column[Any]]:
    """Return the column of a field and, for a polymorphic reference, a second one with the record's Salesforce id.

    A reference to one table has a foreign key. One to several tables has none, as Postgres has no such key; the
    Salesforce id tells which table it refers to. Nor has one to a table that is not ours, whose id may not be unique.
    """
    source = source_of(mapping, field)
    parent = f"The id of its row in {' or '.join(field.references)}." if field.references else ""
    codes = f"Codes of {field.values.file}, their labels in {VALUE_MAPS_TABLE}." if field.values else ""
    once = WRITTEN_ONCE if field.is_written_once else ""
    comment = " ".join(filter(None, (source, parent, once, codes, field.note)))
    kind = PostgresType(KINDS[field.type].postgres_type)
    if not field.references:
        return [Column(field.column, kind, comment=comment, info={SAYS_WHAT_THE_ORG_HAS: bool(field.currency)})]
    keys = [ForeignKey(f"{field.references[0]}.id", ondelete="NO ACTION", deferrable=True)]
    is_ours = bool(field.parents) or not field.is_looked_up or field.references[0] == PEOPLE_TABLE
    has_key = len(field.references) == 1 and is_ours
    link = Column(field.column, kind, *(keys if has_key else ()), index=True, comment=comment)
    if not field.is_polymorphic:
        return [link]
    kept = f"{source} Id of the record that {field.column} stands for; kept where that has no row here."
    return [link, Column(field.kept_id_column, CHAR(18), comment=kept)]


def _index_of_unlinked(field: Field) -> Index:
    """Return an index of the rows whose parent has not come: few, where most rows have no parent at all."""
    is_unlinked = and_(column(field.column).is_(None), column(field.kept_id_column).is_not(None))
    return Index(None, field.kept_id_column, postgresql_where=is_unlinked)
