"""The bulk job of one purpose in one run, kept in the warehouse so that a retried task resumes it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from closedwon.mapping.model import Mapping
from closedwon.warehouse.state.bulk_job import find_job, forget_job, remember_job
from closedwon.warehouse.transaction import transaction


@dataclass(frozen=True)
class RememberedJob:
    """Find, remember and forget the id of a job, each in a transaction of its own."""

    engine: Engine
    run_id: str
    mapping: Mapping
    kind: str
    """What the job does for the run; a run has one job of each kind."""
    query: str | None = None
    """Of a job that reads: a job of another query is not found."""

    def find(self) -> str | None:
        """Return the id of the job that an earlier try of the run has started; None where there is none."""
        with transaction(self.engine) as connection:
            return find_job(connection, self.run_id, self.mapping.name, self.kind, self.query)

    def remember(self, job_id: str) -> None:
        """Record the id of a job that has been started; it replaces an earlier one."""
        with transaction(self.engine) as connection:
            remember_job(connection, self.run_id, self.mapping.name, self.kind, job_id, self.query)

    def forget(self) -> None:
        """Delete the id of a job that has no results, so that the next try starts a new one."""
        with transaction(self.engine) as connection:
            forget_job(connection, self.run_id, self.mapping.name, self.kind)
