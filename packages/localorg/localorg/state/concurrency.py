"""Limit on concurrent long requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from localorg.errors import OrgError

LONG_S = 20.0
MOST_LONG = 25
"""In production and sandboxes; in developer editions it is 5."""


class LongRequests:
    """The requests that run now. Once as many as `maximum` have run for 20 seconds, the org takes no further one."""

    def __init__(self, maximum: int = MOST_LONG) -> None:
        self.maximum = maximum
        self._started: dict[int, float] = {}
        self._last = 0
        self._lock = threading.Lock()

    @property
    def number(self) -> int:
        """Return how many requests have run for 20 seconds, by the machine's time, or are held by a fault."""
        now = time.monotonic()
        with self._lock:
            return sum(now - started >= LONG_S for started in self._started.values())

    @contextmanager
    def running(self, *, is_held: bool = False) -> Iterator[None]:
        """Count one request while the block runs; one that a fault holds counts as long from the start.

        Raises:
            OrgError: REQUEST_LIMIT_EXCEEDED.
        """
        if self.number >= self.maximum:
            message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            raise OrgError(403, "REQUEST_LIMIT_EXCEEDED", message)
        with self._lock:
            self._last += 1
            mine = self._last
            self._started[mine] = time.monotonic() - (LONG_S if is_held else 0)
        try:
            yield
        finally:
            with self._lock:
                del self._started[mine]
