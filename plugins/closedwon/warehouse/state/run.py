"""Table `sync.run`: counts of the records of each object in each run that succeeded."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Literal

from sqlalchemy import Column, ColumnElement, Connection, Integer, Table, exists, func, select, update
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
    count_column("read", "Records read, rows planned or records looked at: written + unchanged + rejected + skipped."),
    count_column("written", "Rows made or changed, by all tries of the run; in an export, records."),
    count_column("unchanged", "Those that needed no write."),
    count_column("rejected", "Records set apart in sync.quarantine; in an export, rows that were not written."),
    count_column("skipped", "Records that the mapping leaves out, by `without: skip`; of imports."),
    time_column("started_at", "When the run pinned its window; else as finished_at.", now=True),
    time_column("finished_at", "When the rows were committed.", now=True),
    Column("new_rows", Integer, comment="Rows that the import made, by all tries of the run; null for other flows."),
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


def last_reads(connection: Connection) -> dict[str, datetime]:
    """Return by mapping when the last import of it that succeeded began, with or without a change."""
    began = select(RUN.c.mapping, func.max(RUN.c.started_at).label("at")).where(RUN.c.flow == "import")
    return {row.mapping: row.at for row in connection.execute(began.group_by(RUN.c.mapping))}


def read_counts(connection: Connection, run_id: str, mapping_name: str, *, flow: Flow) -> Counts | None:
    """Return the counts that an earlier try of the run has recorded; None where there are none."""
    columns = select(RUN.c.read, RUN.c.written, RUN.c.unchanged, RUN.c.rejected, RUN.c.skipped)
    of_run = (RUN.c.run_id == run_id) & (RUN.c.flow == flow) & (RUN.c.mapping == mapping_name)
    row = connection.execute(columns.where(of_run)).one_or_none()
    return Counts(*row) if row else None


def add_new_rows(connection: Connection, run_id: str, mapping_name: str, new_rows: int) -> None:
    """Add rows that an import has made to those of earlier tries of the run, whose counts are recorded."""
    made = func.coalesce(RUN.c.new_rows, 0) + new_rows
    connection.execute(update(RUN).where(*_is_import(run_id, mapping_name)).values(new_rows=made))


def read_new_rows(connection: Connection, run_id: str, mapping_name: str) -> int:
    """Return how many rows all tries of an import have made."""
    return connection.scalar(select(RUN.c.new_rows).where(*_is_import(run_id, mapping_name))) or 0


def _is_import(run_id: str, mapping_name: str) -> tuple[ColumnElement[bool], ...]:
    return RUN.c.run_id == run_id, RUN.c.flow == "import", RUN.c.mapping == mapping_name


def claim_load(connection: Connection, mapping_name: str) -> None:
    """Keep other loads of the mapping away until the end of the transaction.

    Otherwise a worker that was frozen in its load, while a later run loaded, would go on as the latest.
    """
    key = func.hashtextextended(f"load {mapping_name}", 0)
    connection.execute(select(func.pg_advisory_xact_lock(key)))


def is_latest_reading(connection: Connection, run_id: str, mapping_name: str, read_at: datetime | None) -> bool:
    """Return whether no other run has loaded records of the mapping since this time; False if it is None.

    Whatever the warehouse holds was then read earlier than what this run has read.
    """
    if read_at is None:
        return False
    is_import = (RUN.c.flow == "import") & (RUN.c.mapping == mapping_name) & (RUN.c.run_id != run_id)
    later = select(RUN.c.run_id).where(is_import, RUN.c.read > 0, RUN.c.finished_at > read_at)
    return connection.execute(later.limit(1)).one_or_none() is None
