"""Bulk API 2.0 jobs of both kinds: their states, and the transitions that a polling client sees."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, TypeVar

from localorg.clock import LastDay
from localorg.errors import OrgError, not_found
from localorg.faults import Fault
from localorg.ids import make_id, to_id18

LOG = logging.getLogger("localorg")
State = Literal["Open", "UploadComplete", "InProgress", "JobComplete", "Failed", "Aborted"]
Outcome = Literal["JobComplete", "Failed", "Aborted"]
BYTES_AT_ONCE = 1 << 18
ENDED = ("JobComplete", "Failed", "Aborted")
DELIMITERS = {"COMMA": ",", "SEMICOLON": ";", "TAB": "\t", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
KEPT = timedelta(days=7)
_NUMBERS = count(1)
"""One sequence of ids for query and ingest jobs, so that no two jobs share an id."""


@dataclass
class Job:
    """State and settings that query and ingest jobs share; the work runs in a thread of its own."""

    id: str
    operation: str
    sobject: str
    version: str
    created_by: str
    clock: Callable[[], datetime] = field(repr=False)
    folder: Path
    delimiter: str = "COMMA"
    line_ending: str = "LF"
    state: State = "Open"
    outcome: Outcome | None = None
    """How the work ended; clients see it once they have seen InProgress."""
    error_message: str | None = None
    processed: int = 0
    failed: int = 0
    took_ms: int = 0
    fault: Fault | None = field(default=None, repr=False)
    kind: ClassVar[str] = ""
    """The job's type as the API calls it."""

    def __post_init__(self) -> None:
        self.created_at = self.changed_at = self.clock()

    def start(self, work: Callable[[], None]) -> None:
        """Let the work run beside the calls."""
        self._move("UploadComplete")
        threading.Thread(target=self._run, args=(work,), name=f"job-{self.id}", daemon=True).start()

    def _run(self, work: Callable[[], None]) -> None:
        began = time.monotonic()
        try:
            work()
            self._end("JobComplete", began)
        except JobFailed as failure:
            self._fail(str(failure), began)
        except OrgError as error:
            self._fail(f"{error.code} : {error.message}", began)
        except Exception:
            LOG.exception("job %s failed", self.id)
            self._fail("InternalServerError : An unexpected error occurred.", began)

    def _end(self, outcome: Outcome, began: float) -> None:
        self.took_ms = round((time.monotonic() - began) * 1000)
        self.outcome = self.outcome or outcome

    def _fail(self, message: str, began: float) -> None:
        self.error_message = message
        self._end("Failed", began)

    def _move(self, state: State) -> None:
        self.state, self.changed_at = state, self.clock()

    def poll(self) -> None:
        """Move the state on; the first look at a started job finds it InProgress, so that clients really poll."""
        if self.state == "UploadComplete":
            self._move("InProgress")
        elif self.state == "InProgress" and self.outcome is not None:
            self._move(self.outcome)

    def abort(self) -> None:
        """End a job that has not ended.

        Raises:
            OrgError: INVALIDJOBSTATE.
        """
        if self.state in ENDED:
            shown = "Completed" if self.state == "JobComplete" else self.state
            raise invalid_state(f"Aborting already {shown} Job not allowed")
        self.outcome = "Aborted"
        self._move("Aborted")

    def end_by_fault(self) -> None:
        """End the job as its fault says.

        Raises:
            JobFailed: the fault is job_failed.
        """
        if self.fault is not None and self.fault.kind == "job_failed":
            raise JobFailed(self.fault.message or "InternalServerError : The job failed on demand.")
        if self.fault is not None and self.fault.kind == "job_aborted":
            self.outcome = "Aborted"

    def described(self) -> dict[str, Any]:
        """Return the job as the answer to its creation shows it."""
        return {
            "id": self.id,
            "operation": self.operation,
            "object": self.sobject,
            "createdById": self.created_by,
            "createdDate": _stamp(self.created_at),
            "systemModstamp": _stamp(self.changed_at),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
        }

    def described_whole(self) -> dict[str, Any]:
        """Return the job with what became of it."""
        shown = {
            **self.described(),
            "jobType": self.kind,
            "retries": 0,
            "totalProcessingTime": self.took_ms,
            "numberRecordsProcessed": self.processed,
            "isPkChunkingSupported": False,
        }
        return shown if self.error_message is None else {**shown, "errorMessage": self.error_message}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


class JobFailed(Exception):
    """The work cannot go on; the text becomes the job's errorMessage."""


J = TypeVar("J", bound=Job)


class Jobs(Generic[J]):
    """The jobs of one kind; they end with the process or after seven days of the org's clock, and their results too."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._jobs: dict[str, J] = {}
        self._clock = clock
        self._lock = threading.Lock()
        self._spent = LastDay(clock)
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def __iter__(self) -> Iterator[J]:
        self._forget_old()
        return iter(list(self._jobs.values()))

    @property
    def used_today(self) -> int:
        """Return how much of the daily allowance the jobs of the last 24 hours have used."""
        return self._spent.number

    def spend(self) -> None:
        """Count one query job, or one batch of an ingest job."""
        self._spent.spend()

    def add(self, make: Callable[[str], J]) -> J:
        """Return the job that `make` builds around its new id."""
        job = make(make_id("750", next(_NUMBERS)))
        with self._lock:
            self._jobs[job.id] = job
        return job

    def find(self, job_id: str) -> J:
        """Return the job.

        Raises:
            OrgError: NOT_FOUND.
        """
        self._forget_old()
        job = self._jobs.get(to_id18(job_id) or "")
        if job is None:
            raise not_found()
        return job

    def remove(self, job_id: str) -> None:
        """Forget an ended job and its results.

        Raises:
            OrgError: NOT_FOUND, or INVALIDJOBSTATE.
        """
        job = self.find(job_id)
        if job.state not in ENDED:
            raise invalid_state(f"Job {job.id} has state {job.state}: only an ended job can be deleted")
        self._forget(job)

    def _forget_old(self) -> None:
        for job in list(self._jobs.values()):
            if job.created_at <= self._clock() - KEPT:
                self._forget(job)

    def _forget(self, job: J) -> None:
        self._jobs.pop(job.id, None)
        shutil.rmtree(job.folder, ignore_errors=True)


def invalid_state(message: str) -> OrgError:
    """Return the error for a job whose state does not allow the call."""
    return OrgError(400, "INVALIDJOBSTATE", message)


def read_file(path: Path, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of a file from `start` until before `end`, in chunks."""
    with path.open("rb") as file:
        file.seek(start)
        while (left := end - file.tell()) > 0:
            yield file.read(min(left, BYTES_AT_ONCE))
