"""Preparation of the warehouse in the first task of a run, and the check of a mapping's table.

Schemas `sync` and `delivery`, and `crm.value_maps`, change by revisions (`migrations/`), views by their files
(`views/`), and mapped tables by addition only: missing tables and columns are created, nothing is dropped, and no
column is cast.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, func, inspect, select
from sqlalchemy.schema import CreateSchema

from closedwon.errors import MappingFault
from closedwon.mapping.model import Catalog, Mapping
from closedwon.mapping.model.project_columns import PROJECT_COLUMNS, custom_columns
from closedwon.warehouse.delivery.projects import custom_columns_table
from closedwon.warehouse.grow_tables import add_columns, grow_tables, renew_comments
from closedwon.warehouse.mapped_tables import table_of
from closedwon.warehouse.migrations.upgrade import upgrade_tables
from closedwon.warehouse.postgres_catalog import read_held
from closedwon.warehouse.state.mapping_names import record_mappings
from closedwon.warehouse.state.value_maps import record_value_maps
from closedwon.warehouse.table_findings import find_missing_columns, find_type_findings
from closedwon.warehouse.views.remake import drop_stale_views, make_views
from closedwon.warehouse.views.view_file import read_views

__all__ = ["check_table", "prepare_warehouse", "table_of"]

_SCHEMAS = ("crm", "delivery", "sync")
"""Schemas of the tables that revisions make; mapping files may name others for theirs."""

_LOCK = int.from_bytes(b"closedwo")
"""Key of the advisory lock under which one process at a time prepares the warehouse."""


def prepare_warehouse(connection: Connection, catalog: Catalog) -> list[str]:
    """Create what the warehouse lacks; return the names of the revisions, schemas, tables, columns and views created.

    If nothing is missing, only Postgres's catalog and the revision are read, which is cheap and blocks no queries.
    Another process that prepares at the same time waits until the caller's transaction ends. A table or column that
    cannot be created is left out and stops no other mapping; `check_table` reports it in that mapping's own task.

    Raises:
        FatalError: views made by hand depend on a view or table that must change, or a newer version of Closedwon
            upgraded the warehouse.
    """
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    custom = custom_columns(catalog.mappings)
    stale = drop_stale_views(connection, read_views((*PROJECT_COLUMNS, *custom)))
    schemas = sorted({*_SCHEMAS, *(mapping.table.split(".")[0] for mapping in catalog.inbound)})
    made = _make_schemas(connection, schemas) + upgrade_tables(connection)
    held = read_held(connection, schemas)
    made += grow_tables(connection, catalog.inbound, held)
    table = custom_columns_table(custom)
    made += add_columns(connection, table, held)
    renew_comments(connection, table, held)
    record_mappings(connection, catalog)
    record_value_maps(connection, catalog)
    return made + make_views(connection, stale)


def check_table(connection: Connection, mapping: Mapping) -> None:
    """Compare a mapping that is received with its table in the warehouse, before its records are read.

    Raises:
        MappingFault: a column is missing or of another type; the message lists every finding.
    """
    if findings := find_table_findings(connection, [mapping])[mapping.name]:
        raise MappingFault(
            "\n".join(findings),
            remedy="Correct what the message names, then clear the task `probe` and those after it: it makes what is "
            "missing.",
        )


def find_table_findings(connection: Connection, mappings: Sequence[Mapping]) -> dict[str, list[str]]:
    """Return by mapping what is missing in its table or of another type; Postgres's catalog is read once for all."""
    held = read_held(connection, sorted({mapping.table.split(".")[0] for mapping in mappings})).columns
    findings = {}
    for mapping in mappings:
        columns = held.get(mapping.table, {})
        findings[mapping.name] = [*find_missing_columns(mapping, columns), *find_type_findings(mapping, columns)]
    return findings


def _make_schemas(connection: Connection, schemas: Iterable[str]) -> list[str]:
    # CREATE SCHEMA IF NOT EXISTS needs the privilege to create schemas even if all exist.
    missing = sorted(set(schemas) - set(inspect(connection).get_schema_names()))
    for name in missing:
        connection.execute(CreateSchema(name))
    return missing
