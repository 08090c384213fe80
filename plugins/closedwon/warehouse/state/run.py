"""Table `sync.run`: counts of the records of each object in each run."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects.postgresql import insert

from closedwon.counts import Counts
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import count_column, mapping_column, run_id_column, time_column
from closedwon.warehouse.state.window import WINDOW

RUN = Table(
    "run",
    METADATA,
    run_id_column("The run.", primary_key=True),
    mapping_column(primary_key=True),
    count_column("read", "Records read: written + unchanged + rejected."),
    count_column("written", "Rows made or changed."),
    count_column("unchanged", "Records that the warehouse held as they are."),
    count_column("rejected", "Records set apart in sync.quarantine."),
    time_column("started_at", "When the run pinned its window.", now=True),
    time_column("finished_at", "When the rows were committed.", now=True),
    schema="sync",
    comment="What became of the records of each object in each run.",
)


def record_counts(connection: Connection, run_id: str, mapping_name: str, counts: Counts) -> None:
    """Record the counts of a run; they replace those of an earlier try of the same run."""
    pinned_at = select(WINDOW.c.pinned_at).where(WINDOW.c.run_id == run_id, WINDOW.c.mapping == mapping_name)
    seen = {**asdict(counts), "finished_at": func.now()}
    recorded = insert(RUN).values(
        run_id=run_id,
        mapping=mapping_name,
        started_at=func.coalesce(pinned_at.scalar_subquery(), func.now()),
        **seen,
    )
    connection.execute(recorded.on_conflict_do_update(index_elements=[RUN.c.run_id, RUN.c.mapping], set_=seen))
