"""Table `sync.failure`: tasks that failed, what they said, and whether they have succeeded since."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Boolean, Column, ColumnElement, Connection, Table, Text, and_, func, or_, update
from sqlalchemy.dialects.postgresql import insert

from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import flow_column, run_id_column, time_column

FAILURE = Table(
    "failure",
    METADATA,
    flow_column(primary_key=True),
    run_id_column("The run whose task failed.", primary_key=True),
    Column("task", Text, primary_key=True, comment="The task, as Airflow calls it."),
    Column("mapping", Text, comment="The task's group: a mapping or rule; null for a task of the whole run."),
    Column("error", Text, nullable=False, comment="Class of the error, as in closedwon/errors.py, or unknown error."),
    Column("message", Text, nullable=False, comment="What was seen, where, why it matters and what to do."),
    Column("remedy", Text, nullable=False, comment="What to do; it ends the message, or refers to it."),
    Column("will_retry", Boolean, nullable=False, comment="Whether Airflow tries the task again by itself."),
    time_column("failed_at", "When the last try failed.", now=True),
    time_column("healed_at", "When the object, or the next run, succeeded; null while it has not.", nullable=True),
    schema="sync",
    comment="Tasks that failed, one row per run and task.",
)


@dataclass(frozen=True)
class TaskFailure:
    """A task that failed, and what it said."""

    flow: str
    run_id: str
    task: str
    mapping: str | None
    error: str
    message: str
    remedy: str
    will_retry: bool


def record_failure(connection: Connection, failure: TaskFailure) -> None:
    """Record the failure of a task; it replaces that of an earlier try."""
    seen = {**asdict(failure), "failed_at": func.now(), "healed_at": None}
    key = [FAILURE.c.flow, FAILURE.c.run_id, FAILURE.c.task]
    connection.execute(insert(FAILURE).values(seen).on_conflict_do_update(index_elements=key, set_=seen))


def heal_failures(connection: Connection, flow: str, mapping: str) -> None:
    """Mark the failures of a mapping or rule as healed, since all of its tasks have succeeded."""
    _heal(connection, flow, FAILURE.c.mapping == mapping)


def heal_earlier_runs(connection: Connection, flow: str, run_id: str, task: str) -> None:
    """Mark failures that concern whole runs as healed: those of earlier runs, and those of this task in this run.

    A run that begins replaces the earlier ones: what still fails in it is recorded again.
    """
    _heal(
        connection,
        flow,
        or_(
            and_(FAILURE.c.run_id != run_id, FAILURE.c.mapping.is_(None)),
            and_(FAILURE.c.run_id == run_id, FAILURE.c.task == task),
        ),
    )


def _heal(connection: Connection, flow: str, condition: ColumnElement[bool]) -> None:
    stands = FAILURE.c.healed_at.is_(None)
    connection.execute(update(FAILURE).where(FAILURE.c.flow == flow, stands, condition).values(healed_at=func.now()))
