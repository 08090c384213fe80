"""Table `delivery.phases`: the phases of each project, and how they are inserted."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Column, Connection, ForeignKey, Integer, Table, Text, UniqueConstraint, func, insert, select

from closedwon.warehouse.delivery.projects import PROJECTS, id_column
from closedwon.warehouse.json_table import as_table
from closedwon.warehouse.metadata import METADATA

PHASES = Table(
    "phases",
    METADATA,
    id_column(),
    Column(
        "project_id",
        ForeignKey(PROJECTS.c.id, onupdate="CASCADE", ondelete="CASCADE"),
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


def insert_phases(connection: Connection, project_ids: list[int], phases: pd.DataFrame) -> None:
    """Insert the phases of its template for each of the projects.

    Args:
        phases: as returned by `rules.templates.expand_templates`.
    """
    phase = as_table("phase", phases, PROJECTS.c.template, PHASES.c.position, PHASES.c.name)
    connection.execute(
        insert(PHASES).from_select(
            ["project_id", "position", "name"],
            select(PROJECTS.c.id, phase.c.position, phase.c.name)
            .join_from(PROJECTS, phase, phase.c.template == PROJECTS.c.template)
            .where(PROJECTS.c.id == func.any(project_ids))
            .order_by(PROJECTS.c.id, phase.c.position),
        )
    )
