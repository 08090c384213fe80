"""What does not fit of a table in the warehouse: it is of another mapping, or columns differ or are missing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from collections.abc import Mapping as Dictionary

from closedwon.kinds import KINDS
from closedwon.mapping.model import Field, Mapping
from closedwon.warehouse.mapped_tables import find_filler, table_of
from closedwon.warehouse.new_columns import type_of
from closedwon.warehouse.postgres_catalog import HeldColumn


def find_former(mapping: Mapping, comment: str | None, names: Collection[str]) -> str | None:
    """Return the mapping that has filled the table so far, if this one may be it under a new name; else None.

    Args:
        comment: the table's, which says which mapping has filled it.
        names: those of all mappings that are received.
    """
    filler = find_filler(comment)
    may_be_renamed = mapping.id is None and filler not in {*names, mapping.name}
    return filler if may_be_renamed else None


def find_type_findings(mapping: Mapping, held: Dictionary[str, HeldColumn]) -> Iterator[str]:
    """Yield a message for each field, and each value of new rows, whose column has another type in the warehouse."""
    for field in mapping.received:
        seen, must_be = held.get(field.column), KINDS[field.type].postgres_type
        if seen is not None and seen.type != must_be:
            yield (
                f"{_where(mapping, field)}: {field.salesforce} is of type '{field.type}', for which {mapping.table}."
                f"{field.column} must be '{must_be}', but in the warehouse it is '{seen.type}'. Closedwon casts no "
                "column, because that can lose data. Alter its type by hand, or name another column."
            )
    for name, value in mapping.new_values.items():
        if name in held and held[name].type != type_of(value):
            yield (
                f"{mapping.file}: new rows get {value!r} in {mapping.table}.{name}, which must be '{type_of(value)}' "
                f"for that, but in the warehouse it is '{held[name].type}'. Closedwon casts no column, because that "
                "can lose data. Alter its type by hand, or name another column in `receive.new`."
            )


def find_missing_columns(mapping: Mapping, held: Collection[str]) -> Iterator[str]:
    """Yield a message for each missing column, such as one whose referenced table does not exist."""
    own = {field.column: field for field in mapping.received}
    for name in sorted({column.name for column in table_of(mapping).columns} - {*held}):
        field = own.get(name)
        where = _where(mapping, field) if field else mapping.file
        tables = " and ".join(field.references) if field else ""
        yield (
            f"{where}: {mapping.table} has no column `{name}`, so that nothing of {mapping.sobject} can be written."
            f"{f' It refers to {tables}, which has to be there first.' if tables else ''} The first task of each run "
            "makes what is missing."
        )


def _where(mapping: Mapping, field: Field) -> str:
    return f"{mapping.file}, line {field.line}"
