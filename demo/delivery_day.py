"""A day's work of the delivery team, in plain SQL: the tables of schema `delivery` are an open contract."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

NEXT_DRAFTS = text("""
    SELECT id FROM delivery.projects_current WHERE status = 'draft' AND NOT is_archived ORDER BY id LIMIT :most
""")
SET_UP = text("""
    UPDATE delivery.projects
       SET is_setup_complete = true, start_on = CURRENT_DATE, due_on = CURRENT_DATE + 60,
           health = 'Green', health_note = 'Kick-off is booked.'
     WHERE id = ANY(:projects)
""")
START = text("""
    UPDATE delivery.projects
       SET is_setup_complete = true, is_active = true, start_on = CURRENT_DATE - 14, started_on = CURRENT_DATE - 12,
           due_on = CURRENT_DATE + 45, health = 'Yellow', risk_status = 'Medium',
           health_note = 'Waiting for the customer''s data: "soon".'
     WHERE id = ANY(:projects)
""")
FINISH = text("""
    UPDATE delivery.projects
       SET is_setup_complete = true, is_active = true, start_on = CURRENT_DATE - 70, started_on = CURRENT_DATE - 70,
           due_on = CURRENT_DATE, completed_on = CURRENT_DATE, health = 'Green', health_note = 'Handed over. 🎉'
     WHERE id = ANY(:projects)
""")
DO_FIRST_TASKS = text("""
    UPDATE delivery.tasks SET is_done = true, hours_used = hours
     WHERE project_id = ANY(:projects) AND position <= :tasks
""")
ALL_TASKS = 1_000


@dataclass(frozen=True)
class DayOfWork:
    """How many projects the team moved to each status."""

    set_up: int
    started: int
    finished: int


def work_a_day(warehouse: Engine, *, set_up: int = 12, started: int = 9, finished: int = 4) -> DayOfWork:
    """Do a day of the team's work: set up some drafts, start some projects with a first step done, finish some."""
    with warehouse.begin() as connection:
        ended = _take_drafts(connection, finished)
        connection.execute(FINISH, {"projects": ended})
        connection.execute(DO_FIRST_TASKS, {"projects": ended, "tasks": ALL_TASKS})
        begun = _take_drafts(connection, started)
        connection.execute(START, {"projects": begun})
        connection.execute(DO_FIRST_TASKS, {"projects": begun, "tasks": 1})
        prepared = _take_drafts(connection, set_up)
        connection.execute(SET_UP, {"projects": prepared})
    return DayOfWork(set_up=len(prepared), started=len(begun), finished=len(ended))


def _take_drafts(connection: Connection, most: int) -> list[int]:
    return list(connection.scalars(NEXT_DRAFTS, {"most": most}))
