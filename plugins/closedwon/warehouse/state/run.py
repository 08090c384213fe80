"""Table `sync.run`: counts of the records of each object in each run that succeeded."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from sqlalchemy import Connection, Table, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from closedwon.counts import Counts
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import count_column, flow_column, mapping_column, run_id_column, time_column
from closedwon.warehouse.state.failure import heal_failures
from closedwon.warehouse.state.window import WINDOW

Flow = Literal["import", "projects", "export"]

RUN = Table(
    "run",
    METADATA,
    run_id_column("The run.", primary_key=True),
    flow_column(primary_key=True),
    mapping_column(primary_key=True),
    count_column("read", "Records read, rows planned or records looked at: written + unchanged + rejected."),
    count_column("written", "Rows made or changed; in an export, records."),
    count_column("unchanged", "Those that needed no write."),
    count_column("rejected", "Records set apart in sync.quarantine; in an export, rows that were not written."),
    time_column("started_at", "When the run pinned its window; else as finished_at.", now=True),
    time_column("finished_at", "When the rows were committed.", now=True),
    schema="sync",
    comment="What became of the records of each object in each run that succeeded.",
)


def record_counts(connection: Connection, run_id: str, mapping_name: str, counts: Counts, *, flow: Flow) -> None:
    """Record the counts of a run that succeeded, and mark the mapping's failures as healed.

    The counts replace those of an earlier try of the same run.
    """
    heal_failures(connection, flow, mapping_name)
    pinned_at = select(WINDOW.c.pinned_at).where(WINDOW.c.run_id == run_id, WINDOW.c.mapping == mapping_name)
    seen = {**asdict(counts), "finished_at": func.now()}
    recorded = insert(RUN).values(
        run_id=run_id,
        flow=flow,
        mapping=mapping_name,
        started_at=func.coalesce(pinned_at.scalar_subquery(), func.now()),
        **seen,
    )
    connection.execute(
        recorded.on_conflict_do_update(index_elements=[RUN.c.run_id, RUN.c.flow, RUN.c.mapping], set_=seen)
    )


def find_being_read(connection: Connection, run_id: str) -> list[str]:
    """Return the names of the mappings that an import reads and has not yet loaded: pinned, and without counts."""
    is_loaded = exists().where(RUN.c.run_id == run_id, RUN.c.flow == "import", RUN.c.mapping == WINDOW.c.mapping)
    return list(connection.scalars(select(WINDOW.c.mapping).where(WINDOW.c.run_id == run_id, ~is_loaded)))
