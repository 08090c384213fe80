"""Links between projects and records that a person makes and ends: `closedwon link` and `closedwon unlink`.

A link by hand fills no field of the project: it is the team's. What it changes could be changed by SQL as well; here it
is checked first, and waits for a run of a rule that is making a project of the same record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from closedwon.errors import LinkRefused
from closedwon.ids import to_id18
from closedwon.mapping.model import Catalog
from closedwon.mapping.model.rule import is_source
from closedwon.warehouse.delivery.project_links import ProjectRow, find_codes, lock_project, lock_record, set_source
from closedwon.warehouse.delivery.projects import lock_rule
from closedwon.warehouse.transaction import transaction


@dataclass(frozen=True)
class ProjectLink:
    """A project and the record that it comes from, or came from."""

    code: str
    sobject: str
    salesforce_id: str


def link_project(engine: Engine, catalog: Catalog, code: str, record_id: str) -> ProjectLink:
    """Make a record the source of a project; one that is so already stays.

    Raises:
        LinkRefused: one of them is not there or is linked already, or the record is deleted; nothing was changed.
        SetupFault: no run has prepared the warehouse.
    """
    with transaction(engine) as connection:
        # As a rule's run does: first the rules, then rows.
        for rule in sorted(rule.name for rule in catalog.rules):
            lock_rule(connection, rule)
        project = _demand_project(connection, code)
        sobject, salesforce_id = _demand_record(connection, catalog, _to_id(record_id))
        if project.source_salesforce_id != salesforce_id:
            _refuse_linked(project, sobject, salesforce_id, find_codes(connection, salesforce_id))
            set_source(connection, project.id, sobject, salesforce_id)
    return ProjectLink(project.code, sobject, salesforce_id)


def unlink_project(engine: Engine, code: str) -> ProjectLink:
    """End the link between a project and the record that it comes from; return what it was. Both stay.

    Raises:
        LinkRefused: there is no such project, or it comes from no record.
        SetupFault: no run has prepared the warehouse.
    """
    with transaction(engine) as connection:
        project = _demand_project(connection, code)
        if project.source_salesforce_id is None:
            raise LinkRefused(f"The project {project.code} is linked to no record: there is nothing to end.")
        set_source(connection, project.id, None, None)
    return ProjectLink(project.code, project.source_sobject, project.source_salesforce_id)


def _to_id(record_id: str) -> str:
    try:
        return to_id18(record_id.strip())
    except ValueError as error:
        raise LinkRefused(str(error), remedy="Copy the id again from the record's address in Salesforce.") from None


def _demand_project(connection: Connection, code: str) -> ProjectRow:
    project = lock_project(connection, code)
    if project is None:
        raise LinkRefused(
            f"There is no project '{code}'.",
            remedy="Take the code from delivery.projects, for example P-000042.",
        )
    return project


def _demand_record(connection: Connection, catalog: Catalog, salesforce_id: str) -> tuple[str, str]:
    """Return the object and the id of a record that can be a project's source."""
    sources = [mapping for mapping in catalog.inbound if is_source(mapping.sobject)]
    for mapping in sources:
        record = lock_record(connection, mapping, salesforce_id)
        if record is not None and record.is_deleted:
            raise LinkRefused(
                f"{mapping.sobject} {salesforce_id} is deleted in Salesforce: a project of it would follow nothing.",
                remedy="Restore it there and let the next import bring it, or link another record.",
            )
        if record is not None:
            return mapping.sobject, salesforce_id
    tables = ", ".join(mapping.table for mapping in sources)
    raise LinkRefused(
        f"No row of {tables} has the Salesforce id {salesforce_id}: the record has not come in.",
        remedy="Look for it in sync.quarantine, or let the next import bring it.",
    )


def _refuse_linked(project: ProjectRow, sobject: str, salesforce_id: str, others: Iterable[str]) -> None:
    if project.source_salesforce_id is not None:
        raise LinkRefused(
            f"The project {project.code} is linked to {project.source_sobject} {project.source_salesforce_id} already.",
            remedy=f"End that link first: closedwon unlink {project.code}",
        )
    for code in others:
        raise LinkRefused(
            f"{sobject} {salesforce_id} has the project {code} already, and a second one would be sent to it as well.",
            remedy=f"End that link first: closedwon unlink {code}",
        )
