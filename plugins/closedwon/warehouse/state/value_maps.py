"""Table `crm.value_maps`: the labels and codes of the value maps, for analysts to join with the columns of codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import Column, Connection, Table, Text, UniqueConstraint, delete, insert, select

from closedwon.mapping.model import Catalog, Mapping, Quarantine
from closedwon.mapping.model.value_map import VALUE_MAPS_TABLE
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import mapping_column
from closedwon.warehouse.state.mapping_names import read_names
from closedwon.warehouse.state.unfilled_column import await_full_read

_SCHEMA, _NAME = VALUE_MAPS_TABLE.split(".")

VALUE_MAPS = Table(
    _NAME,
    METADATA,
    mapping_column(),
    Column("table_name", Text, nullable=False, comment="Table or view that holds the codes, as schema.table."),
    Column("column_name", Text, nullable=False, comment="Its column that holds the codes."),
    Column("sobject", Text, nullable=False, comment="Salesforce object of the labels."),
    Column("field", Text, nullable=False, comment="Its field that holds the labels."),
    Column(
        "label",
        Text,
        comment="Label, as the value map has it: the API value of a choice. Null: any label that the value map lacks.",
    ),
    Column("code", Text, nullable=False, comment="Our code for the label; several labels may have the same."),
    Column("file", Text, nullable=False, comment="File that says so; for the null label the mapping file's fallback."),
    UniqueConstraint("mapping", "field", "label", postgresql_nulls_not_distinct=True),
    schema=_SCHEMA,
    comment="Labels and codes of each field with a value map; each run writes them anew from the mapping files.",
)

_Entry = tuple[str | None, ...]


def record_value_maps(connection: Connection, catalog: Catalog) -> None:
    """Record the value maps as the mappings use them, and have the mappings read in full whose codes have changed.

    Else the rows of records that do not change would keep the old codes. A mapping whose entries are unchanged is not
    written. The entries of a broken mapping file stay: its column still holds their codes.

    Call it before `record_mappings`: of a mapping that the last run did not have, nothing is known to have changed.
    """
    wanted = {mapping.name: set(_entries(mapping)) for mapping in catalog.mappings}
    held: dict[str, set[_Entry]] = defaultdict(set)
    for row in connection.execute(select(VALUE_MAPS)):
        held[row.mapping].add(tuple(row))
    broken = {file.name for file in catalog.broken if file.kind == "mapping"}
    changed = {name for name in {*held, *wanted} - broken if held[name] != wanted.get(name, set())}
    if not changed:
        return
    connection.execute(delete(VALUE_MAPS).where(VALUE_MAPS.c.mapping.in_(changed)))
    names = VALUE_MAPS.c.keys()
    if rows := [dict(zip(names, entry, strict=True)) for name in sorted(changed) for entry in wanted.get(name, ())]:
        connection.execute(insert(VALUE_MAPS), rows)
    known = changed & read_names(connection, "import")
    for mapping in catalog.inbound:
        if mapping.name in known:
            await_full_read(connection, mapping.name, _find_recoded(mapping, held[mapping.name], wanted[mapping.name]))


def _find_recoded(mapping: Mapping, held: set[_Entry], wanted: set[_Entry]) -> list[str]:
    """Return the received columns in which rows hold other codes than the value maps say, in whatever file these are.

    A label that is new is in no row, if what the value map lacks goes to quarantine: that is tried again by itself.
    """
    codes_held, codes_wanted = ({entry[:-1] for entry in entries} for entries in (held, wanted))
    recoded, extended = _columns(codes_held - codes_wanted), _columns(codes_wanted - codes_held)
    quarantines = {field.column for field in mapping.received if isinstance(field.fallback, Quarantine)}
    recoded |= extended - (quarantines & _columns(codes_held))
    return [f.column for f in mapping.received if f.column in recoded and not f.is_written_once]


def _columns(entries: set[_Entry]) -> set[str | None]:
    return {column for _, _, column, *_ in entries}


def _entries(mapping: Mapping) -> Iterator[_Entry]:
    """Yield the entries of the fields with a value map, each as a row of the table."""
    for field in (*mapping.received, *mapping.sent):
        if field.values is None:
            continue
        table = mapping.table if field.is_received else mapping.sent_from
        of_field = (mapping.name, table, field.column, mapping.sobject, field.salesforce)
        for label, code in field.values.codes.items():
            yield (*of_field, label, code, field.values.file)
        if isinstance(field.fallback, str):
            yield (*of_field, None, field.fallback, mapping.file)
