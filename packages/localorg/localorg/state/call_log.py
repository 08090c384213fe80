"""Log of the calls over HTTP."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime

LAST_CALLS = 50


@dataclass(frozen=True)
class PastCall:
    """One request that was answered, or broken off."""

    at: datetime
    method: str
    target: str
    """Path and query string, as they came."""
    status: int | None
    """None where the connection ended without an answer."""
    seconds: float
    fault: str | None
    """The kind of the fault that fired on it."""


class CallCounts:
    """Counts of calls over HTTP per endpoint, whatever the answer, and the last calls one by one."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._last: deque[PastCall] = deque(maxlen=LAST_CALLS)
        self._lock = threading.Lock()

    def add(self, method: str, pattern: str) -> None:
        with self._lock:
            self._counts[(method, pattern)] += 1

    def note(self, call: PastCall) -> None:
        """Add a call to the last ones."""
        with self._lock:
            self._last.append(call)

    def listed(self) -> list[dict[str, str | int]]:
        """Return one entry for each endpoint that was called, by method and path pattern."""
        with self._lock:
            return [{"method": m, "path": p, "count": n} for (m, p), n in sorted(self._counts.items())]

    def last(self) -> list[PastCall]:
        """Return the last calls, the latest first."""
        with self._lock:
            return list(reversed(self._last))

    def reset(self) -> None:
        with self._lock:
            self._counts.clear()
            self._last.clear()
