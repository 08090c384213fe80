"""The org's quota of API calls, and the resources /limits and /limits/recordCount."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from localorg.errors import OrgError
from localorg.wire import Answer, Call, Routes

if TYPE_CHECKING:
    from localorg.instance import Instance

ROUTES = Routes()
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

    def _forget_old(self) -> None:
        oldest = self._clock() - DAY
        while self._spent and self._spent[0] <= oldest:
            self._spent.popleft()


def quota_spent() -> OrgError:
    """The error of an org whose daily calls are used up."""
    return OrgError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


@ROUTES.data("GET", "/limits")
def read_limits(instance: Instance, _call: Call) -> Answer:
    """Daily limits; only those of API calls and bulk jobs move."""
    usage = instance.usage
    pairs = {
        "DailyApiRequests": (usage.maximum, max(usage.maximum - usage.used, 0)),
        "DailyBulkApiBatches": (15000, 15000 - len(instance.ingest_jobs)),
        "DailyBulkV2QueryJobs": (10000, 10000 - len(instance.query_jobs)),
        "DailyBulkV2QueryFileStorageMB": (976562, 976562),
        "DataStorageMB": (1024, 1024),
        "FileStorageMB": (1024, 1024),
    }
    return Answer(body={name: {"Max": maximum, "Remaining": remaining} for name, (maximum, remaining) in pairs.items()})


@ROUTES.data("GET", "/limits/recordCount")
def count_records(instance: Instance, call: Call) -> Answer:
    """Records per object, those with none left out, as the org does; `sObjects` narrows it."""
    wanted = {name for name in call.query.get("sObjects", "").split(",") if name}
    counts = instance.org.counts()
    listed = [
        {"count": counts[name], "name": name}
        for name in sorted(counts)
        if counts[name] and (not wanted or name in wanted)
    ]
    return Answer(body={"sObjects": listed})
