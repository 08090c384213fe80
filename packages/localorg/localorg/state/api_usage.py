"""The org's quota of API calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from localorg.clock import LastDay
from localorg.errors import OrgError

API_LIMIT = 100_000


class ApiUsage:
    """The API calls of the last 24 hours, by the org's clock."""

    def __init__(self, maximum: int, clock: Callable[[], datetime]) -> None:
        self.maximum = maximum
        self._calls = LastDay(clock)

    @property
    def used(self) -> int:
        """How many calls are spent."""
        return self._calls.number

    def spend(self) -> None:
        """Counts one call.

        Raises:
            OrgError: REQUEST_LIMIT_EXCEEDED, if none is left.
        """
        if not self._calls.spend(self.maximum):
            raise quota_spent()

    def reset(self, used: int) -> None:
        """From now on so many calls count as spent, all of them at this moment."""
        self._calls.reset(used)


def quota_spent() -> OrgError:
    """The error of an org whose daily calls are used up."""
    return OrgError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
