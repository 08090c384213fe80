"""Preparation of the warehouse in the first task of a run and before an object is read; check of a mapping's table.

Schemas `sync` and `delivery`, and `crm.value_maps`, change by revisions (`migrations/`), views by their files
(`views/`), and mapped tables by addition only: missing tables and columns are created, nothing is dropped, and no
column is cast.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, func, inspect, select
from sqlalchemy.schema import CreateSchema

from closedwon.errors import MappingFault
from closedwon.mapping.model import Catalog, Mapping
from closedwon.mapping.model.project_columns import PROJECT_COLUMNS, custom_columns
from closedwon.mapping.renamed import ask_for_id
from closedwon.warehouse.delivery.projects import custom_columns_table
from closedwon.warehouse.grow_tables import add_columns, grow_tables, renew_comments
from closedwon.warehouse.lookups import find_lookup_findings, reference_schemas
from closedwon.warehouse.mapped_tables import table_of
from closedwon.warehouse.migrations.upgrade import upgrade_tables
from closedwon.warehouse.postgres_catalog import Held, read_held
from closedwon.warehouse.state.mapping_names import read_names, record_mappings
from closedwon.warehouse.state.value_maps import record_value_maps
from closedwon.warehouse.table_findings import find_former, find_missing_columns, find_type_findings
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
    lock_preparation(connection)
    custom = custom_columns(catalog.mappings)
    stale = drop_stale_views(connection, read_views((*PROJECT_COLUMNS, *custom)))
    schemas = sorted({*_SCHEMAS, *(mapping.table.split(".")[0] for mapping in catalog.inbound)})
    made = _make_schemas(connection, schemas) + upgrade_tables(connection)
    record_value_maps(connection, catalog)
    record_mappings(connection, catalog)
    names = read_names(connection, "import")
    held = read_held(connection, sorted({*schemas, *reference_schemas(catalog.inbound)}))
    # What may have been renamed waits for a person: as a new mapping it would take new columns for filled.
    known = [one for one in catalog.inbound if not find_former(one, held.comments.get(one.table), names)]
    made += grow_tables(connection, known, held)
    table = custom_columns_table(custom)
    made += add_columns(connection, table, held)
    renew_comments(connection, table, held)
    return made + make_views(connection, stale)


def lock_preparation(connection: Connection) -> None:
    """Wait until no other process changes tables, and keep all others from it until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def check_table(connection: Connection, mapping: Mapping) -> None:
    """Compare a mapping that is received with its table in the warehouse, before its records are read.

    Raises:
        MappingFault: a column is missing or of another type, rows cannot be looked up in another table, or the table
            may be that of a mapping that was renamed; the message lists every finding.
    """
    if fault := find_table_faults(connection, [mapping]).get(mapping.name):
        raise fault


def find_table_faults(connection: Connection, mappings: Sequence[Mapping]) -> dict[str, MappingFault]:
    """Return by mapping what does not fit its table, of those that it does not fit.

    Postgres's catalog is read once for all.
    """
    schemas = {mapping.table.split(".")[0] for mapping in mappings}
    held = read_held(connection, sorted(schemas | reference_schemas(mappings)))
    names = read_names(connection, "import")
    faults = {mapping.name: _find_fault(connection, mapping, held, names) for mapping in mappings}
    return {name: fault for name, fault in faults.items() if fault is not None}


def _find_fault(connection: Connection, mapping: Mapping, held: Held, names: Collection[str]) -> MappingFault | None:
    columns = held.columns.get(mapping.table, {})
    if former := find_former(mapping, held.comments.get(mapping.table), names):
        goes_on, begins = "it goes on where it stopped", f"it reads all records of {mapping.sobject}"
        return MappingFault(
            f"{mapping.file}: {mapping.table} was filled by the mapping '{former}', which no file receives any more. "
            "If the file was renamed, all records would be read anew, and those in quarantine be left there for ever: "
            "none was read.",
            remedy=ask_for_id(mapping, former, goes_on=goes_on, begins=begins),
        )
    unfit = (*find_missing_columns(mapping, columns), *find_type_findings(mapping, columns))
    if findings := [*unfit, *find_lookup_findings(connection, mapping, held)]:
        return MappingFault(
            "\n".join(findings),
            remedy="Correct what the message names, then clear the task `probe` and those after it: it makes what is "
            "missing.",
        )
    return None


def _make_schemas(connection: Connection, schemas: Iterable[str]) -> list[str]:
    # CREATE SCHEMA IF NOT EXISTS needs the privilege to create schemas even if all exist.
    missing = sorted(set(schemas) - set(inspect(connection).get_schema_names()))
    for name in missing:
        connection.execute(CreateSchema(name))
    return missing
