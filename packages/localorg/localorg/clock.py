"""The org's own clock: the machine's, shifted or held still by a test; and what is counted by it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

DAY = timedelta(hours=24)


class Clock:
    """Called, it tells the org's time in UTC."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._held: datetime | None = None

    def __call__(self) -> datetime:
        return self._held if self._held is not None else datetime.now(UTC) + self._offset

    def shift(self, offset_s: float) -> None:
        """Lets it run, `offset_s` seconds ahead of the machine's clock (behind it, if negative)."""
        self._offset, self._held = timedelta(seconds=offset_s), None

    def advance(self, seconds: float) -> None:
        """Moves it on, whether it runs or stands."""
        if self._held is None:
            self._offset += timedelta(seconds=seconds)
        else:
            self._held += timedelta(seconds=seconds)

    def hold(self, now: datetime) -> None:
        """Stops it at `now`, until it is held elsewhere or shifted."""
        self._held = now.astimezone(UTC)


class LastDay:
    """What was spent in the last 24 hours of a clock."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._spent: deque[datetime] = deque()
        self._lock = threading.Lock()

    @property
    def number(self) -> int:
        """How much it is."""
        with self._lock:
            return self._remembered()

    def spend(self, most: int | None = None) -> bool:
        """Counts one more, unless `most` are spent already; whether it did."""
        with self._lock:
            if most is not None and self._remembered() >= most:
                return False
            self._spent.append(self._clock())
            return True

    def reset(self, number: int) -> None:
        """From now on so many count as spent, all of them at this moment."""
        with self._lock:
            self._spent = deque([self._clock()] * number)

    def _remembered(self) -> int:
        oldest = self._clock() - DAY
        while self._spent and self._spent[0] <= oldest:
            self._spent.popleft()
        return len(self._spent)
