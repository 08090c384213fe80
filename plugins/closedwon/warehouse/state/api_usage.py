"""Table `sync.api_usage`: API calls of each run and task."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import BigInteger, Column, Connection, Table, Text, func, select
from sqlalchemy.dialects.postgresql import insert

from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import count_column, run_id_column, time_column

API_USAGE = Table(
    "api_usage",
    METADATA,
    run_id_column("The run that made the calls.", primary_key=True),
    Column("task", Text, primary_key=True, comment="The task that made the calls."),
    count_column("calls", "API calls of the task, all of its tries together."),
    Column("used", BigInteger, comment="Calls of the whole org in the last 24 hours, as Salesforce last said."),
    Column("maximum", BigInteger, comment="Calls that the org may make in 24 hours, as Salesforce last said."),
    time_column("recorded_at", "When the task last reported.", now=True),
    schema="sync",
    comment="API calls of each run and task, beside the org's own count.",
)


USAGE_HOLDS = timedelta(seconds=30)
"""How long the last known usage of the org is relied on: tasks that start together ask once, and a task that a person
clears, since there is quota again, asks anew."""


def read_last_usage(connection: Connection) -> tuple[int, int] | None:
    """Return used and maximum API calls of the org as Salesforce last said, to any task; None if that is long ago."""
    last = (
        select(API_USAGE.c.used, API_USAGE.c.maximum)
        .where(API_USAGE.c.used.is_not(None), API_USAGE.c.maximum.is_not(None))
        .where(API_USAGE.c.recorded_at > func.now() - USAGE_HOLDS)
        .order_by(API_USAGE.c.recorded_at.desc())
        .limit(1)
    )
    row = connection.execute(last).one_or_none()
    return (row.used, row.maximum) if row else None


def record_usage(
    connection: Connection, run_id: str, task: str, calls: int, used: int | None, maximum: int | None
) -> None:
    """Add the API calls of one try to those of the task, since retries use the quota too; nothing if it made none.

    Args:
        calls: API calls of this try.
        used: API calls of the whole org in the last 24 hours, as Salesforce last reported; None if it did not.
        maximum: API calls that the org may make in 24 hours; None if Salesforce did not report it.
    """
    if not calls:
        return
    spent = insert(API_USAGE).values(run_id=run_id, task=task, calls=calls, used=used, maximum=maximum)
    connection.execute(
        spent.on_conflict_do_update(
            index_elements=[API_USAGE.c.run_id, API_USAGE.c.task],
            set_={
                "calls": API_USAGE.c.calls + spent.excluded.calls,
                "used": func.coalesce(spent.excluded.used, API_USAGE.c.used),
                "maximum": func.coalesce(spent.excluded.maximum, API_USAGE.c.maximum),
                "recorded_at": func.now(),
            },
        )
    )
