"""What became of the records of each object in each run."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from closedwon.counts import Counts
from closedwon.warehouse.state.sync_tables import RUN, WINDOW


def record_counts(connection: Connection, run_id: str, mapping_name: str, counts: Counts) -> None:
    """Keeps the counts of a run; those of an earlier try of the same run are replaced."""
    pinned_at = select(WINDOW.c.pinned_at).where(WINDOW.c.run_id == run_id, WINDOW.c.mapping == mapping_name)
    seen = {**asdict(counts), "finished_at": func.now()}
    recorded = insert(RUN).values(
        run_id=run_id,
        mapping=mapping_name,
        started_at=func.coalesce(pinned_at.scalar_subquery(), func.now()),
        **seen,
    )
    connection.execute(recorded.on_conflict_do_update(index_elements=[RUN.c.run_id, RUN.c.mapping], set_=seen))
