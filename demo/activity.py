"""What the demo is doing at this moment: a spinner on a terminal, and elsewhere a line every few seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status

LINE_EVERY_S = 8.0
"""Whoever reads a log should see within 10 s that something is going on."""
SPINNER_EVERY_S = 0.5


class Activity:
    """Shows, for as long as its `with` block lasts, what was last said and for how long that has been going on."""

    def __init__(self, console: Console, *, line_every_s: float = LINE_EVERY_S) -> None:
        self.console = console
        self._pause_s = SPINNER_EVERY_S if console.is_terminal else line_every_s
        self._status = Status("", console=console) if console.is_terminal else None
        self._text = ""
        self._since = time.monotonic()
        self._thread = threading.Thread(target=self._repeat, daemon=True)
        self._is_over = threading.Event()
        self._is_resting = False

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        if self._status:
            self._status.stop()

    @property
    def elapsed_s(self) -> float:
        """Return the seconds since `begin` was last called."""
        return time.monotonic() - self._since

    @property
    def line(self) -> str | None:
        """Return what is done and since when; None while there is nothing to do."""
        return f"{self._text} ({self.elapsed_s:.0f} s)" if self._text and not self._is_resting else None

    def begin(self, text: str) -> None:
        """Set what is done from now on."""
        self._since = time.monotonic()
        self.update(text)

    def update(self, text: str) -> None:
        """Set how far it has come; its time goes on."""
        self._text = text

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Show nothing until the block ends: there is nothing to do."""
        self._is_resting = True
        if self._status:
            self._status.stop()
        try:
            yield
        finally:
            self._is_resting = False
            if self._status:
                self._status.start()

    def _repeat(self) -> None:
        while not self._is_over.wait(self._pause_s):
            line = self.line
            if line and self._status:
                self._status.update(line)
            elif line:
                self.console.print(f"   {line}", highlight=False, markup=False)
