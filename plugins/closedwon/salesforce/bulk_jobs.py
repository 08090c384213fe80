"""Bulk API 2.0 jobs, of queries and ingests alike: read their state and wait for their end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simple_salesforce import Salesforce

from closedwon.errors import OrgUnavailable
from closedwon.salesforce.api_errors import Missing
from closedwon.salesforce.http_calls import call_json

ENDED = frozenset({"JobComplete", "Failed", "Aborted"})
"""States of a job that has ended; the others are Open, UploadComplete and InProgress."""

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 20.0
LONGEST_WAIT_S = 2 * 60 * 60.0


@dataclass(frozen=True)
class RunningJob:
    """A job that has not ended: its state, and how many records it has processed, of how many if that is known."""

    job_id: str
    state: str
    processed: int
    total: int | None


Watch = Callable[[RunningJob], None]
"""Is called each time that a job is found to be running still."""


class JobLost(OrgUnavailable):
    """The job failed, was aborted or no longer exists: it has no results, and a new one must be started."""


def read_job(sf: Salesforce, path: str) -> dict[str, Any]:
    """Read a job's state and counts.

    Raises:
        JobLost: the org has no such job, or no longer has it.
    """
    try:
        job: dict[str, Any] = call_json(sf, "GET", path, holds=("state",))
    except Missing as error:
        raise JobLost(
            f"The org no longer has the job ({path}): {error} Jobs are kept for seven days and belong to the user "
            "who made them. A new one must be started."
        ) from None
    return job


def await_end(sf: Salesforce, path: str, *, total: int | None = None, watch: Watch | None = None) -> dict[str, Any]:
    """Wait until the job has ended, successfully or not, and return its state and counts. The pauses double.

    Args:
        path: of the job, such as "jobs/query/750...".
        total: how many records it has to process, for `watch`.

    Raises:
        OrgUnavailable: it has not ended after two hours; it keeps running in the org and can be waited for again.
    """
    waited_s, pause_s = 0.0, FIRST_PAUSE_S
    while (job := read_job(sf, path))["state"] not in ENDED:
        if waited_s >= LONGEST_WAIT_S:
            raise OrgUnavailable(
                f"The job is still '{job['state']}' after {waited_s:.0f} s ({path}, {job.get('object')}). It goes on "
                "in the org, and a retry takes it up. If it lasts, see Setup > Bulk Data Load Jobs."
            )
        if watch is not None:
            watch(_to_running(path, job, total))
        sf.session.pause(pause_s)
        waited_s += pause_s
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
    return job


def _to_running(path: str, job: dict[str, Any], total: int | None) -> RunningJob:
    return RunningJob(path.rpartition("/")[2], job["state"], int(job.get("numberRecordsProcessed") or 0), total)
