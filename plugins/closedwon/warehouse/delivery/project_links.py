"""Which record a project comes from: looked up and changed under locks, so that no run links the record meanwhile."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, inspect, select, update

from closedwon.errors import SetupFault
from closedwon.mapping.model import Mapping
from closedwon.warehouse.delivery.projects import PROJECTS
from closedwon.warehouse.mapped_tables import table_of

ProjectRow = Row[Any, Any, Any, Any]
"""`id`, `code`, `source_sobject` and `source_salesforce_id` of a project."""


def lock_project(connection: Connection, code: str) -> ProjectRow | None:
    """Return the project with a code; None where none has it.

    Raises:
        SetupFault: no run has prepared the warehouse.
    """
    if not inspect(connection).has_table(PROJECTS.name, PROJECTS.schema):
        raise SetupFault(
            f"The warehouse has no table {PROJECTS}, so that there is no project '{code}': no run has prepared it.",
            remedy="Run the DAG `salesforce_import` once, or correct the Connection `warehouse`.",
        )
    found = select(PROJECTS.c.id, PROJECTS.c.code, PROJECTS.c.source_sobject, PROJECTS.c.source_salesforce_id)
    return connection.execute(found.where(PROJECTS.c.code == code.strip().upper()).with_for_update()).one_or_none()


def lock_record(connection: Connection, mapping: Mapping, salesforce_id: str) -> Row[Any] | None:
    """Return `is_deleted` of a record in the mapping's table; None where it has no row there, or there is none yet."""
    table = table_of(mapping)
    if not inspect(connection).has_table(table.name, table.schema):
        return None
    return connection.execute(
        select(table.c.is_deleted).where(table.c.salesforce_id == salesforce_id).with_for_update()
    ).one_or_none()


def find_codes(connection: Connection, salesforce_id: str) -> list[str]:
    """Return the codes of the projects that come from a record."""
    codes = select(PROJECTS.c.code).where(PROJECTS.c.source_salesforce_id == salesforce_id).order_by(PROJECTS.c.id)
    return list(connection.scalars(codes))


def set_source(connection: Connection, project_id: int, sobject: str | None, salesforce_id: str | None) -> None:
    """Write which record a project comes from, or that it comes from none."""
    source = {"source_sobject": sobject, "source_salesforce_id": salesforce_id}
    connection.execute(update(PROJECTS).where(PROJECTS.c.id == project_id).values(source))
