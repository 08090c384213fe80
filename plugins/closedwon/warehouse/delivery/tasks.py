"""Table `delivery.tasks`: the tasks of each phase, and how they are inserted."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    ForeignKeyConstraint,
    Integer,
    Numeric,
    Table,
    Text,
    and_,
    column,
    insert,
    select,
    text,
)

from closedwon.warehouse.delivery.phases import PHASES
from closedwon.warehouse.delivery.projects import PROJECTS, flag_column, id_column
from closedwon.warehouse.json_table import as_table
from closedwon.warehouse.metadata import METADATA

TASKS = Table(
    "tasks",
    METADATA,
    id_column(),
    Column("phase_id", BigInteger, nullable=False, index=True, comment="The phase: delivery.phases.id."),
    Column("project_id", BigInteger, nullable=False, index=True, comment="The phase's project: delivery.projects.id."),
    Column("position", Integer, nullable=False, comment="Order within the phase, from 1."),
    Column("name", Text, nullable=False, comment="What is to be done."),
    Column("hours", Numeric(12, 2), nullable=False, server_default=text("0"), comment="Planned effort in hours."),
    Column("hours_used", Numeric(12, 2), nullable=False, server_default=text("0"), comment="Effort so far in hours."),
    Column("due_on", Date, comment="Day by which it is to be done."),
    flag_column("is_done", "The task is complete."),
    ForeignKeyConstraint(
        ["phase_id", "project_id"], [PHASES.c.id, PHASES.c.project_id], onupdate="CASCADE", ondelete="CASCADE"
    ),
    schema="delivery",
    comment="The tasks of each phase, in order.",
)


def insert_tasks(connection: Connection, begins: pd.DataFrame, tasks: pd.DataFrame) -> None:
    """Insert the tasks of its template for each phase of the projects.

    Args:
        begins: `project_id` and `begins_on`, the day from which the project's due dates count.
        tasks: as returned by `rules.templates.expand_templates`.
    """
    copied = ("position", "name", "hours")
    template, phase_position = PROJECTS.c.template, PHASES.c.position.label("phase_position")
    due_after_days, begins_on = column("due_after_days", Integer), column("begins_on", Date)
    begin = as_table("begin", begins, TASKS.c.project_id, begins_on)
    task = as_table("task", tasks, template, phase_position, due_after_days, *(TASKS.c[name] for name in copied))
    values = [*(task.c[name] for name in copied), begin.c.begins_on + task.c.due_after_days]
    connection.execute(
        insert(TASKS).from_select(
            ["phase_id", "project_id", *copied, "due_on"],
            select(PHASES.c.id, PROJECTS.c.id, *values)
            .join_from(PROJECTS, begin, begin.c.project_id == PROJECTS.c.id)
            .join(PHASES, PHASES.c.project_id == PROJECTS.c.id)
            .join(task, and_(task.c.template == PROJECTS.c.template, task.c.phase_position == PHASES.c.position))
            .order_by(PHASES.c.id, task.c.position),
        )
    )
