"""Table `sync.bulk_job`: Bulk API 2.0 jobs of each run, so that a retried task resumes a running job."""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, Connection, Table, Text, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import mapping_column, run_id_column, time_column

INGEST = "ingest"
"""The kind of the job that writes a run's plan to the org."""

BULK_JOB = Table(
    "bulk_job",
    METADATA,
    run_id_column("The run that started the job.", primary_key=True),
    mapping_column(primary_key=True),
    Column("kind", Text, primary_key=True, comment="What the job does for the run, for example query."),
    Column("job_id", Text, nullable=False, comment="The job's id in the org."),
    Column("query", Text, comment="The query whose records the job reads; null for a job that writes."),
    time_column("started_at", "When the job was started.", now=True),
    schema="sync",
    comment="Bulk API 2.0 jobs, so that a task that is retried takes up the job that is running. A query job whose "
    "records have been read is deleted here.",
)


def find_job(connection: Connection, run_id: str, mapping_name: str, kind: str, query: str | None = None) -> str | None:
    """Return the id of the job that an earlier try of the run has started; None where there is none.

    Args:
        query: of a job that reads. A job of another query is not found, because it has other fields or records.
    """
    is_same = BULK_JOB.c.query.is_not_distinct_from(query)
    return connection.scalar(select(BULK_JOB.c.job_id).where(_is_of(run_id, mapping_name, kind), is_same))


def remember_job(
    connection: Connection, run_id: str, mapping_name: str, kind: str, job_id: str, query: str | None = None
) -> None:
    """Record the id of a job, and the query of one that reads; it replaces an earlier job of the same kind."""
    started = insert(BULK_JOB).values(run_id=run_id, mapping=mapping_name, kind=kind, job_id=job_id, query=query)
    connection.execute(
        started.on_conflict_do_update(
            index_elements=[BULK_JOB.c.run_id, BULK_JOB.c.mapping, BULK_JOB.c.kind],
            set_={"job_id": job_id, "query": query, "started_at": func.now()},
        )
    )


def forget_job(connection: Connection, run_id: str, mapping_name: str, kind: str) -> None:
    """Delete the id of a job that has no results, so that the next try starts a new one."""
    connection.execute(delete(BULK_JOB).where(_is_of(run_id, mapping_name, kind)))


def forget_query_jobs(connection: Connection, run_id: str, mapping_name: str) -> None:
    """Delete the jobs whose records have been read, so that a cleared task reads the org anew."""
    jobs = delete(BULK_JOB).where(BULK_JOB.c.run_id == run_id, BULK_JOB.c.mapping == mapping_name)
    connection.execute(jobs.where(BULK_JOB.c.query.is_not(None)))


def _is_of(run_id: str, mapping_name: str, kind: str) -> ColumnElement[bool]:
    return (BULK_JOB.c.run_id == run_id) & (BULK_JOB.c.mapping == mapping_name) & (BULK_JOB.c.kind == kind)
