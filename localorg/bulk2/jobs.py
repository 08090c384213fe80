"""Bulk jobs of both kinds: their states, and how these move while a client polls.

The states and fields are per documentation; no recording of a Bulk API 2.0 job exists.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from localorg.errors import OrgError
from localorg.faults import Fault
from localorg.ids import make_id, to_id18
from localorg.wire import Answer

LOG = logging.getLogger("localorg")
State = Literal["Open", "UploadComplete", "InProgress", "JobComplete", "Failed", "Aborted"]
Outcome = Literal["JobComplete", "Failed", "Aborted"]
BYTES_AT_ONCE = 1 << 18
ENDED = ("JobComplete", "Failed", "Aborted")
DELIMITERS = {"COMMA": ",", "SEMICOLON": ";", "TAB": "\t", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}


@dataclass
class Job:
    """What both kinds of job have; the work itself runs in a thread of its own."""

    id: str
    operation: str
    sobject: str
    version: str
    created_by: str
    created_at: datetime
    folder: Path
    delimiter: str = "COMMA"
    line_ending: str = "LF"
    state: State = "Open"
    outcome: Outcome | None = None
    """How the work ended; clients see it once they have seen InProgress."""
    error_message: str | None = None
    processed: int = 0
    failed: int = 0
    fault: Fault | None = field(default=None, repr=False)

    def start(self, work: Callable[[], None]) -> None:
        """Lets the work run beside the calls."""
        self.state = "UploadComplete"
        threading.Thread(target=self._run, args=(work,), name=f"job-{self.id}", daemon=True).start()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
            self.outcome = self.outcome or "JobComplete"
        except JobFailed as failure:
            self.fail(str(failure))
        except OrgError as error:
            self.fail(f"{error.code} : {error.message}")
        except Exception:
            LOG.exception("job %s failed", self.id)
            self.fail("InternalServerError : An unexpected error occurred.")

    def fail(self, message: str) -> None:
        self.error_message, self.outcome = message, "Failed"

    def poll(self) -> None:
        """Moves the state on; the first look at a started job finds it InProgress, so that clients really poll."""
        if self.state == "UploadComplete":
            self.state = "InProgress"
        elif self.state == "InProgress" and self.outcome is not None:
            self.state = self.outcome

    def abort(self) -> None:
        """Ends a job that has not ended.

        Raises:
            OrgError: INVALIDJOBSTATE.
        """
        if self.state in ENDED:
            raise invalid_state(f"Aborting already {self.state} Job not allowed")
        self.state = self.outcome = "Aborted"

    def play_end(self) -> None:
        """Ends the work as the job's fault says.

        Raises:
            JobFailed: the fault is job_failed.
        """
        if self.fault is not None and self.fault.kind == "job_failed":
            raise JobFailed(self.fault.message or "InternalServerError : The job failed on demand.")
        if self.fault is not None and self.fault.kind == "job_aborted":
            self.outcome = "Aborted"

    def described(self) -> dict[str, Any]:
        """The job as the API tells it, without what only one kind has."""
        stamp = self.created_at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        described = {
            "id": self.id,
            "operation": self.operation,
            "object": self.sobject,
            "createdById": self.created_by,
            "createdDate": stamp,
            "systemModstamp": stamp,
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
            "retries": 0,
            "totalProcessingTime": 0,
            "numberRecordsProcessed": self.processed,
        }
        return described if self.error_message is None else {**described, "errorMessage": self.error_message}


class JobFailed(Exception):
    """The work cannot go on; the text becomes the job's errorMessage."""


J = TypeVar("J", bound=Job)


class Jobs(Generic[J]):
    """The jobs of one kind; they end with the process, and so do their results."""

    def __init__(self, folder: Path) -> None:
        self._jobs: dict[str, J] = {}
        self._made = 0
        self._lock = threading.Lock()
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[J]:
        return iter(list(self._jobs.values()))

    def add(self, make: Callable[[str], J]) -> J:
        """The job that `make` builds around its new id."""
        with self._lock:
            self._made += 1
            job_id = make_id("750", self._made)
            self._jobs[job_id] = make(job_id)
        return self._jobs[job_id]

    def find(self, job_id: str) -> J:
        """The job.

        Raises:
            OrgError: NOT_FOUND.
        """
        job = self._jobs.get(to_id18(job_id) or "")
        if job is None:
            raise OrgError(404, "NOT_FOUND", "The requested resource does not exist")
        return job

    def remove(self, job_id: str) -> None:
        """Forgets an ended job and its results.

        Raises:
            OrgError: NOT_FOUND, or INVALIDJOBSTATE.
        """
        job = self.find(job_id)
        if job.state not in ENDED:
            raise invalid_state(f"Job {job.id} has state {job.state}: only an ended job can be deleted")
        del self._jobs[job.id]
        shutil.rmtree(job.folder, ignore_errors=True)


def invalid_state(message: str) -> OrgError:
    return OrgError(400, "INVALIDJOBSTATE", message)


def choice(body: dict[str, Any], name: str, allowed: dict[str, str], default: str) -> str:
    """One of the allowed words of a job's settings.

    Raises:
        OrgError: INVALIDJOB.
    """
    value = str(body.get(name) or default)
    if value not in allowed:
        raise OrgError(400, "INVALIDJOB", f"{name} '{value}' is not one of {', '.join(allowed)}")
    return value


def listed(jobs: Iterable[Job]) -> Answer:
    """All jobs of a kind on one page."""
    return Answer(body={"done": True, "records": [job.described() for job in jobs], "nextRecordsUrl": None})


def read_file(path: Path, start: int, end: int) -> Iterator[bytes]:
    """The bytes of a file from `start` until before `end`, in chunks."""
    with path.open("rb") as file:
        file.seek(start)
        while (left := end - file.tell()) > 0:
            yield file.read(min(left, BYTES_AT_ONCE))
