"""The org's quota of API calls."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from localorg.errors import OrgError

API_LIMIT = 100_000
DAY = timedelta(hours=24)


class ApiUsage:
    """The API calls of the last 24 hours, by the org's clock."""

    def __init__(self, maximum: int, clock: Callable[[], datetime]) -> None:
        self.maximum = maximum
        self._clock = clock
        self._spent: deque[datetime] = deque()
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        with self._lock:
            self._forget_old()
            return len(self._spent)

    def spend(self) -> None:
        """Counts one call.

        Raises:
            OrgError: REQUEST_LIMIT_EXCEEDED, if none is left.
        """
        with self._lock:
            self._forget_old()
            if len(self._spent) >= self.maximum:
                raise quota_spent()
            self._spent.append(self._clock())

    def reset(self, used: int = 0) -> None:
        """From now on so many calls count as spent, all of them at this moment."""
        with self._lock:
            self._spent = deque([self._clock()] * used)

    def _forget_old(self) -> None:
        oldest = self._clock() - DAY
        while self._spent and self._spent[0] <= oldest:
            self._spent.popleft()


def quota_spent() -> OrgError:
    """The error of an org whose daily calls are used up."""
    return OrgError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
