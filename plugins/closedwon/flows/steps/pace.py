"""Pace of a long step: how far it has come and how fast, in a line every few seconds. Pure: it takes the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

SECONDS_BETWEEN_LINES = 10.0

Part = TypeVar("Part")


@dataclass
class Pace:
    """Count the rows of a step's parts. A step that ends within ten seconds says nothing."""

    what: str
    """What is counted, such as "contacts: records read"."""
    parts: str
    """What the rows come in, such as "pages"."""
    say: Callable[[str], None]
    """Takes the lines."""
    now: Callable[[], float] = time.monotonic
    """Returns seconds."""
    _began: float = field(init=False)
    _said: float = field(init=False)
    _parts_done: int = 0
    _rows_done: int = 0

    def __post_init__(self) -> None:
        self._began = self._said = self.now()

    def count(self, parts: Iterable[Part], rows_of: Callable[[Part], int]) -> Iterator[Part]:
        """Yield the parts, and count each with its rows."""
        for part in parts:
            self.add(rows_of(part))
            yield part

    def add(self, rows: int) -> None:
        """Count one part with its rows, and say how far the step has come, unless it did so in the last ten seconds."""
        self._parts_done += 1
        self._rows_done += rows
        now = self.now()
        if now - self._said >= SECONDS_BETWEEN_LINES:
            self._said = now
            speed = self._rows_done / (now - self._began)
            self.say(f"{self.what} so far: {self._rows_done} in {self._parts_done} {self.parts}, {speed:.0f} a second")
