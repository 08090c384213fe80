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
        """Return how many calls are used."""
        return self._calls.number

    def spend(self) -> None:
        """Count one call.

        Raises:
            OrgError: REQUEST_LIMIT_EXCEEDED, if none is left.
        """
        if not self._calls.spend(self.maximum):
            raise quota_spent()

    def reset(self, used: int) -> None:
        """Set the count, as if all of it was used now."""
        self._calls.reset(used)


def quota_spent() -> OrgError:
    """Return the error of an org whose daily API calls are used up."""
    return OrgError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
