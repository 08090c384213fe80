"""Schema `delivery`: the projects, their phases and tasks, and the view that derives status and progress.

These tables are an open contract: delivery teams read and write them by plain SQL, with any tool. Closedwon adds
projects and neither changes nor deletes a row that is there; only `salesforce_id` is filled once the org has it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import CHAR

from closedwon.mapping.model import FieldType
from closedwon.warehouse.state.sync_tables import METADATA

TEXTS: frozenset[FieldType] = frozenset({"text", "picklist"})
NUMBERS: frozenset[FieldType] = frozenset({"number", "integer"})
DATES: frozenset[FieldType] = frozenset({"date"})


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Our own id.")


def _flag(name: str, comment: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text("false"), comment=comment)


def _by_the_team(name: str, kind: Any, comment: str) -> Column[Any]:
    return Column(name, kind, comment=comment)


PROJECTS = Table(
    "projects",
    METADATA,
    _id(),
    Column(
        "code",
        Text,
        # lpad alone would cut the seventh digit off and give two projects one code.
        Computed("'P-' || lpad(id::text, greatest(6, length(id::text)), '0')", persisted=True),
        unique=True,
        comment="The project's id as people and Salesforce see it, for example P-000042.",
    ),
    Column("salesforce_id", CHAR(18), unique=True, comment="The Delivery_Project__c record; null until it is made."),
    Column("rule", Text, comment="The rule that made the project; null where the team made it by hand."),
    Column("source_sobject", Text, comment="Object of the record that the project comes from, as Opportunity."),
    Column("source_salesforce_id", CHAR(18), comment="Id of the record that the project comes from."),
    # No foreign key: crm.accounts exists only if a mapping file says so, and mapping files come and go.
    Column("account_id", BigInteger, comment="The client: crm.accounts.id. An account may have many projects."),
    Column("name", Text, nullable=False, comment="The project's title."),
    _by_the_team("client_name", Text, "The client's name as it was when the project was made."),
    Column("lead_email", Text, nullable=False, comment="E-mail address of the internal project lead."),
    Column("template", Text, comment="The template that phases and tasks were made from; null for none."),
    _flag("is_setup_complete", "The initial setup page is completed: the project is being planned."),
    _flag("is_active", "The project was set active: work is in progress."),
    _flag("is_archived", "The team put the project away."),
    _by_the_team("start_on", Date, "Day on which the work is planned to start."),
    _by_the_team("due_on", Date, "Day by which the project is promised."),
    _by_the_team("started_on", Date, "Day on which the work did start."),
    _by_the_team("completed_on", Date, "Day on which the work was completed."),
    _by_the_team("risk_status", Text, "Risk, in the team's words."),
    _by_the_team("health", Text, "Health, in the team's words."),
    _by_the_team("health_note", Text, "What stands behind the health."),
    _by_the_team("description", Text, "What the project is about."),
    _by_the_team("private_notes", Text, "Notes that the client does not see."),
    _by_the_team("contract_value", Numeric(18, 2), "What was sold, in the currency of the source record."),
    _by_the_team("implementation_budget", Numeric(18, 2), "What may be spent, in the currency of the source record."),
    _by_the_team(
        "estimated_hours", Numeric(12, 2), "Estimated effort; where null, the view takes the hours of the tasks."
    ),
    Column(
        "created_at", DateTime(timezone=True), nullable=False, server_default=func.now(), comment="When it was made."
    ),
    UniqueConstraint("source_salesforce_id", "rule"),
    schema="delivery",
    comment="One row per delivery project. Written by rules (once) and by delivery teams (any time).",
)

PHASES = Table(
    "phases",
    METADATA,
    _id(),
    Column(
        "project_id",
        ForeignKey(PROJECTS.c.id, ondelete="CASCADE"),
        nullable=False,
        index=True,
        comment="The project: delivery.projects.id.",
    ),
    Column("position", Integer, nullable=False, comment="Order within the project, from 1."),
    Column("name", Text, nullable=False, comment="The phase's title."),
    UniqueConstraint("id", "project_id"),
    schema="delivery",
    comment="The phases of each project, in order.",
)

TASKS = Table(
    "tasks",
    METADATA,
    _id(),
    Column("phase_id", BigInteger, nullable=False, index=True, comment="The phase: delivery.phases.id."),
    Column("project_id", BigInteger, nullable=False, index=True, comment="The phase's project: delivery.projects.id."),
    Column("position", Integer, nullable=False, comment="Order within the phase, from 1."),
    Column("name", Text, nullable=False, comment="What is to be done."),
    Column("hours", Numeric(12, 2), nullable=False, server_default=text("0"), comment="Planned effort in hours."),
    Column("hours_used", Numeric(12, 2), nullable=False, server_default=text("0"), comment="Effort so far in hours."),
    Column("due_on", Date, comment="Day by which it is to be done."),
    _flag("is_done", "The task is complete."),
    ForeignKeyConstraint(["phase_id", "project_id"], [PHASES.c.id, PHASES.c.project_id], ondelete="CASCADE"),
    schema="delivery",
    comment="The tasks of each phase, in order.",
)

ONCE: dict[str, frozenset[FieldType]] = {
    "name": TEXTS,
    "client_name": TEXTS,
    "description": TEXTS,
    "private_notes": TEXTS,
    "risk_status": TEXTS,
    "health": TEXTS,
    "health_note": TEXTS,
    "start_on": DATES,
    "due_on": DATES,
    "contract_value": NUMBERS,
    "implementation_budget": NUMBERS,
    "estimated_hours": NUMBERS,
}
"""The project columns that a rule may fill, and the types of Salesforce fields that fit each."""

VIEWS: dict[str, str] = {
    "delivery.projects_current": """
        CREATE OR REPLACE VIEW delivery.projects_current AS
        SELECT p.id, p.code, p.salesforce_id, p.rule, p.source_sobject, p.source_salesforce_id,
               CASE WHEN p.source_sobject = 'Opportunity' THEN p.source_salesforce_id END::char(18)
                    AS opportunity_salesforce_id,
               p.account_id, p.name, p.client_name, p.lead_email, p.template,
               CASE WHEN t.done = t.total THEN 'complete'
                    WHEN p.is_active THEN 'in_progress'
                    WHEN p.is_setup_complete THEN 'planning'
                    ELSE 'draft' END AS status,
               (SELECT h.name FROM delivery.phases h
                 WHERE h.project_id = p.id
                   AND EXISTS (SELECT FROM delivery.tasks o WHERE o.phase_id = h.id AND NOT o.is_done)
                 ORDER BY h.position, h.id LIMIT 1) AS current_phase,
               coalesce(100 * t.done / t.total, 0)::integer AS tasks_complete_pct,
               round(100 * t.hours_used / nullif(coalesce(p.estimated_hours, t.hours), 0))::integer AS hours_used_pct,
               p.is_setup_complete, p.is_active, p.is_archived,
               p.start_on, p.due_on, t.projected_due_on, p.started_on, p.completed_on,
               p.risk_status, p.health, p.health_note, p.description, p.private_notes,
               p.contract_value, p.implementation_budget,
               coalesce(p.estimated_hours, t.hours) AS estimated_hours,
               p.created_at
          FROM delivery.projects p
          LEFT JOIN (SELECT project_id, count(*) AS total, count(*) FILTER (WHERE is_done) AS done,
                            sum(hours) AS hours, sum(hours_used) AS hours_used, max(due_on) AS projected_due_on
                       FROM delivery.tasks GROUP BY project_id) t ON t.project_id = p.id
    """,
}
"""What follows from the tables: status (complete is derived, never clicked), progress, current phase."""
