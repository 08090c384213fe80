"""Pace of a long step: how far it has come, in a line every ten seconds at most. Pure: it takes the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from closedwon.salesforce.bulk_jobs import RunningJob

SECONDS_BETWEEN_LINES = 10.0

Part = TypeVar("Part")


@dataclass
class Pace:
    """Count the rows of a step's parts, and see its bulk jobs. A step that ends within ten seconds says nothing."""

    what: str
    """What is counted, such as "contacts: records read"."""
    parts: str
    """What the rows come in, such as "pages"."""
    say: Callable[[str], None]
    """Takes the lines."""
    now: Callable[[], float] = time.monotonic
    """Returns seconds."""
    _began: float = field(init=False)
    _said: float = field(init=False)
    _parts_done: int = 0
    _rows_done: int = 0

    def __post_init__(self) -> None:
        self._began = self._said = self.now()

    def count(self, parts: Iterable[Part], rows_of: Callable[[Part], int]) -> Iterator[Part]:
        """Yield the parts, and count each with its rows."""
        for part in parts:
            self.add(rows_of(part))
            yield part

    def add(self, rows: int) -> None:
        """Count one part with its rows, and say how far the step has come, unless it did so in the last ten seconds."""
        self._parts_done += 1
        self._rows_done += rows
        if self._is_time():
            speed = self._rows_done / (self._said - self._began)
            self.say(f"{self.what} so far: {self._rows_done} in {self._parts_done} {self.parts}, {speed:.0f} a second")

    def see(self, job: RunningJob) -> None:
        """Say how far a bulk job has come that is waited for, unless a line was said in the last ten seconds."""
        if self._is_time():
            of_all = "" if job.total is None else f" of {job.total}"
            processed = f"{job.processed}{of_all} records processed so far"
            self.say(f"{self.what}: the bulk job {job.job_id} is {job.state}, {processed}")

    def _is_time(self) -> bool:
        now = self.now()
        is_time = now - self._said >= SECONDS_BETWEEN_LINES
        self._said = now if is_time else self._said
        return is_time
