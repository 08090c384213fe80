"""The SQLite table of an object: one column per stored field, typed, with the indexes that queries need."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Column, Dialect, Float, Index, Integer, MetaData, String, Table
from sqlalchemy.schema import CreateIndex, CreateTable

from localorg.schema.model import TEXT_TYPES, Field, SObject

ROW = "_row"
"""The table's own key, in order of creation; no field can be called so, as API names begin with a letter."""

_ORIGIN_FIELDS = frozenset({"CreatedById", "LastModifiedById"})


@lru_cache(maxsize=512)
def to_table(sobject: SObject) -> Table:
    """Return the table of an object, with its indexes; cached for all orgs of one schema."""
    columns = [Column(f.name, _to_type(f), unique=f.type == "id") for f in sobject.stored]
    table = Table(sobject.name, MetaData(), Column(ROW, Integer, primary_key=True), *columns)
    matched = {rule.match[0] for rule in sobject.duplicate_rules}
    for field in sobject.stored:
        if _is_indexed(field) or field.name in matched:
            # No query looks for nulls by an index, and most references are null.
            Index(f"{sobject.name}.{field.name}", column := table.c[field.name], sqlite_where=column.is_not(None))
    return table


@lru_cache(maxsize=512)
def to_statements(table: Table, dialect: Dialect) -> tuple[str, ...]:
    """Return the statements that create the table and its indexes; cached, as building them takes longer than running
    them.
    """
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    made: list[CreateTable | CreateIndex] = [CreateTable(table), *(CreateIndex(index) for index in indexes)]
    return tuple(str(statement.compile(dialect=dialect)) for statement in made)


def _to_type(field: Field) -> Integer | Float[float] | String:
    """Return the column type. Dates and datetimes are stored as text in the format of bulk results, which sorts by
    time; booleans as 0 and 1.
    """
    if field.type in ("boolean", "int"):
        return Integer()
    if field.type in ("double", "currency", "percent"):
        return Float()
    is_folded = field.type in TEXT_TYPES and not field.case_sensitive
    return String(collation="NOCASE") if is_folded else String()


def _is_indexed(field: Field) -> bool:
    if field.name in _ORIGIN_FIELDS:
        return False
    return field.type == "reference" or field.external_id or field.unique or field.name == "SystemModstamp"
