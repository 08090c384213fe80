"""Query cursors: results with further pages."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from localorg.errors import invalid_query_locator
from localorg.ids import make_id
from localorg.org import Result

CURSOR_LIFETIME = timedelta(days=2)
MOST_CURSORS = 5_000
"""Each parent with many children has one of its own."""


class Cursors:
    """The results of queries that have further pages, by locator; the oldest make room."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._open: OrderedDict[str, tuple[datetime, Result]] = OrderedDict()
        self._opened = 0
        self._lock = threading.Lock()

    def open(self, result: Result) -> str:
        """Return the locator under which `result` can be read on."""
        with self._lock:
            self._opened += 1
            locator = make_id("0r8", self._opened)
            self._open[locator] = (self._clock(), result)
            if len(self._open) > MOST_CURSORS:
                self._open.popitem(last=False)
        return locator

    def find(self, locator: str) -> Result:
        """Return the result behind a locator.

        Raises:
            OrgError: INVALID_QUERY_LOCATOR, if it was never given out or is older than two days.
        """
        opened_at, result = self._open.get(locator, (None, None))
        if opened_at is None or result is None or self._clock() - opened_at > CURSOR_LIFETIME:
            raise invalid_query_locator()
        return result
