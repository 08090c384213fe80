"""Bulk API 1.0 jobs and their batches, which run in the background, one after another."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Literal

from localorg.errors import OrgError
from localorg.ids import make_id, to_id18

LOG = logging.getLogger("localorg")
JobState = Literal["Open", "Closed", "Aborted"]
BatchState = Literal["Queued", "InProgress", "Completed", "Failed", "NotProcessed"]
ENDED = ("Completed", "Failed", "NotProcessed")
QUERIES = ("query", "queryAll")
FIRST_NUMBER = 500_000_000
"""Far from the numbers of the Bulk API 2.0, whose jobs have the same key prefix."""


class BulkError(Exception):
    """An error in the shape and with the codes of the Bulk API 1.0."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} : {message}")
        self.code = code
        self.message = message


@dataclass
class Batch:
    """A batch: its request, its state, and its result files."""

    id: str
    job_id: str
    created_at: datetime
    folder: Path
    state: BatchState = "Queued"
    message: str | None = None
    processed: int = 0
    failed: int = 0
    results: dict[str, Path] = field(default_factory=dict)
    """By result id: of a query one or none, of a load one under the batch's own id."""
    changed_at: datetime = field(init=False)
    _ended: threading.Event = field(default_factory=threading.Event, repr=False)

    def __post_init__(self) -> None:
        self.changed_at = self.created_at
        self.folder.mkdir(parents=True)

    @property
    def request(self) -> Path:
        return self.folder / "request"

    def end(self, state: BatchState, now: datetime, message: str | None = None) -> None:
        """Set the final state of the batch."""
        self.state, self.message, self.changed_at = state, message, now
        self._ended.set()

    def wait(self, at_most_s: float | None = None) -> None:
        """Wait until the batch has ended, or the time is over."""
        self._ended.wait(at_most_s)


@dataclass
class JobRequest:
    """The settings of a new job."""

    operation: str
    sobject: str
    content_type: str
    concurrency: str
    external_id_field: str | None
    version: str
    chunk_size: int | None
    """How many records one batch of a query has, where the client wants it cut by primary key."""

    @property
    def is_query(self) -> bool:
        return self.operation in QUERIES


@dataclass
class Job(JobRequest):
    """A job and its batches."""

    id: str
    created_by: str
    created_at: datetime
    folder: Path
    numbers: Iterator[int] = field(repr=False)
    """What the ids of batches are made of, for all jobs together."""
    state: JobState = "Open"
    batches: list[Batch] = field(default_factory=list)

    def add_batch(self, now: datetime) -> Batch:
        """Return a new batch, queued."""
        batch_id = make_id("751", next(self.numbers))
        batch = Batch(batch_id, self.id, now, self.folder / batch_id)
        self.batches.append(batch)
        return batch

    def start(self, batch: Batch, work: Callable[[Batch], None], clock: Callable[[], datetime]) -> None:
        """Let the work of a batch run once those before it have ended."""
        earlier = self.batches[: self.batches.index(batch)]

        def run() -> None:
            for other in earlier:
                other.wait()
            if self.state == "Aborted":
                batch.end("NotProcessed", clock())
                return
            batch.state = "InProgress"
            _run(batch, work, clock)

        threading.Thread(target=run, name=f"batch-{batch.id}", daemon=True).start()

    def find(self, batch_id: str) -> Batch:
        """Return the batch.

        Raises:
            BulkError: InvalidBatch.
        """
        wanted = to_id18(batch_id)
        for batch in self.batches:
            if batch.id == wanted:
                return batch
        raise BulkError("InvalidBatch", f"Invalid batch id: {batch_id}")


class Jobs:
    """The jobs of the Bulk API 1.0; they end with the process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count(1)
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def add(self, make: Callable[[str], Job]) -> Job:
        """Return the job that `make` builds around its new id."""
        with self._lock:
            job = make(make_id("750", FIRST_NUMBER + len(self._jobs)))
            self._jobs[job.id] = job
        return job

    def find(self, job_id: str) -> Job:
        """Return the job.

        Raises:
            BulkError: InvalidJob.
        """
        job = self._jobs.get(to_id18(job_id) or "")
        if job is None:
            raise BulkError("InvalidJob", f"Invalid job id: {job_id}")
        return job


def _run(batch: Batch, work: Callable[[Batch], None], clock: Callable[[], datetime]) -> None:
    try:
        work(batch)
    except BulkError as error:
        batch.end("Failed", clock(), str(error))
    except OrgError as error:
        batch.end("Failed", clock(), f"InvalidBatch : {error.code}: {error.message}")
    except Exception:
        LOG.exception("batch %s failed", batch.id)
        batch.end("Failed", clock(), "InternalServerError : An unexpected error occurred.")
    else:
        if batch.state not in ENDED:
            batch.end("Completed", clock())
