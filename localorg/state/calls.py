"""What was called over HTTP."""

from __future__ import annotations

import threading
from collections import Counter


class CallCounts:
    """How often each endpoint was called over HTTP, whatever the answer."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def add(self, method: str, pattern: str) -> None:
        with self._lock:
            self._counts[(method, pattern)] += 1

    def listed(self) -> list[dict[str, str | int]]:
        """One entry for each endpoint that was called, by method and path pattern."""
        with self._lock:
            return [{"method": m, "path": p, "count": n} for (m, p), n in sorted(self._counts.items())]

    def reset(self) -> None:
        with self._lock:
            self._counts.clear()
