"""Table `sync.mapping`: the mappings and rules of the mapping files, by which the views leave out what was removed."""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, insert, select, tuple_

from closedwon.mapping.model import Catalog
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import flow_column, mapping_column

MAPPING = Table(
    "mapping",
    METADATA,
    flow_column(primary_key=True),
    mapping_column(primary_key=True),
    schema="sync",
    comment="Mappings and rules of the mapping files as the last run read them, broken ones included.",
)


def read_names(connection: Connection, flow: str) -> set[str]:
    """Return the names of a flow's mappings or rules, as the last run read them."""
    return set(connection.scalars(select(MAPPING.c.mapping).where(MAPPING.c.flow == flow)))


def record_mappings(connection: Connection, catalog: Catalog) -> None:
    """Record the names of the catalog's mappings and rules, and remove those whose files are gone."""
    named = {("import", mapping.name) for mapping in catalog.inbound}
    named |= {("export", mapping.name) for mapping in catalog.outbound}
    named |= {("projects", rule.name) for rule in catalog.rules}
    broken = {file.name for file in catalog.broken}
    held = {(row.flow, row.mapping) for row in connection.execute(select(MAPPING))}
    # What a broken file was before stays: it is to be corrected, not forgotten.
    if gone := {key for key in held - named if key[1] not in broken}:
        connection.execute(delete(MAPPING).where(tuple_(MAPPING.c.flow, MAPPING.c.mapping).in_(gone)))
    if new := [{"flow": flow, "mapping": name} for flow, name in sorted(named - held)]:
        connection.execute(insert(MAPPING), new)
