"""Table `sync.mapping`: the mappings and rules of the mapping files, by which the views leave out what was removed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Boolean, Column, Connection, Interval, Table, delete, select, true, tuple_
from sqlalchemy.dialects.postgresql import insert

from closedwon.mapping.model import Catalog
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import flow_column, mapping_column

MAPPING = Table(
    "mapping",
    METADATA,
    flow_column(primary_key=True),
    mapping_column(primary_key=True),
    Column("is_active", Boolean, nullable=False, server_default=true(), comment="False: no run touches it."),
    Column("every", Interval, comment="How often scheduled runs read it at most; null: each time."),
    schema="sync",
    comment="Mappings and rules of the mapping files as the last run read them, broken ones included.",
)


def read_names(connection: Connection, flow: str) -> set[str]:
    """Return the names of a flow's mappings or rules, as the last run read them."""
    return set(connection.scalars(select(MAPPING.c.mapping).where(MAPPING.c.flow == flow)))


def record_mappings(connection: Connection, catalog: Catalog) -> None:
    """Record the names of the catalog's mappings and rules and when they run, and remove those whose files are gone."""
    named: dict[tuple[str, str], tuple[bool, timedelta | None]] = {
        **{("import", one.name): (one.active, one.every) for one in catalog.inbound},
        **{("export", one.name): (one.active, None) for one in catalog.outbound},
        **{("projects", rule.name): (True, None) for rule in catalog.rules},
    }
    broken = {file.name for file in catalog.broken}
    held = {(row.flow, row.mapping): (row.is_active, row.every) for row in connection.execute(select(MAPPING))}
    # What a broken file was before stays: it is to be corrected, not forgotten.
    if gone := {key for key in held.keys() - named.keys() if key[1] not in broken}:
        connection.execute(delete(MAPPING).where(tuple_(MAPPING.c.flow, MAPPING.c.mapping).in_(gone)))
    for (flow, name), (is_active, every) in sorted(named.items()):
        if held.get((flow, name)) != (is_active, every):
            said = insert(MAPPING).values(flow=flow, mapping=name, is_active=is_active, every=every)
            changed = {"is_active": is_active, "every": every}
            connection.execute(said.on_conflict_do_update(constraint=MAPPING.primary_key, set_=changed))
