"""The org's own clock, which tests can shift or stop; and counters over its last 24 hours."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

DAY = timedelta(hours=24)


class Clock:
    """Return the org's time in UTC when called."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._held: datetime | None = None

    def __call__(self) -> datetime:
        return self._held if self._held is not None else datetime.now(UTC) + self._offset

    def shift(self, offset_s: float) -> None:
        """Let the clock run, `offset_s` seconds ahead of the machine's (behind it, if negative)."""
        self._offset, self._held = timedelta(seconds=offset_s), None

    def advance(self, seconds: float) -> None:
        """Move the clock forward, whether it runs or stands."""
        if self._held is None:
            self._offset += timedelta(seconds=seconds)
        else:
            self._held += timedelta(seconds=seconds)

    def hold(self, now: datetime) -> None:
        """Stop the clock at `now`, until it is stopped elsewhere or shifted."""
        self._held = now.astimezone(UTC)


class LastDay:
    """A count over the last 24 hours of a clock."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._spent: deque[datetime] = deque()
        self._lock = threading.Lock()

    @property
    def number(self) -> int:
        """Return the current count."""
        with self._lock:
            return self._remembered()

    def spend(self, most: int | None = None) -> bool:
        """Count one more, unless `most` are counted already; return whether it was counted."""
        with self._lock:
            if most is not None and self._remembered() >= most:
                return False
            self._spent.append(self._clock())
            return True

    def reset(self, number: int) -> None:
        """Set the count, as if all of it was spent now."""
        with self._lock:
            self._spent = deque([self._clock()] * number)

    def _remembered(self) -> int:
        oldest = self._clock() - DAY
        while self._spent and self._spent[0] <= oldest:
            self._spent.popleft()
        return len(self._spent)
