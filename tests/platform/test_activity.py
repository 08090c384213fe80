from __future__ import annotations

import io
import threading

from rich.console import Console

from demo.activity import LINE_EVERY_S, Activity


class Lines(io.StringIO):
    """What is printed; `came` is set with the first line."""

    def __init__(self) -> None:
        super().__init__()
        self.came = threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        self.came.set()
        return written


def test_without_a_terminal_what_is_done_is_said_again_and_again_in_lines() -> None:
    lines = Lines()
    with Activity(Console(file=lines), line_every_s=0.01) as activity:
        activity.begin("First import")
        activity.update("First import: 3 running")
        assert lines.came.wait(30)

    assert "   First import: 3 running (0 s)" in lines.getvalue().splitlines()


def test_nothing_is_said_while_there_is_nothing_to_do() -> None:
    activity = Activity(Console(quiet=True))
    activity.begin("Comparing")

    with activity.resting():
        assert activity.line is None
    assert activity.line == "Comparing (0 s)"


def test_a_log_shows_a_line_at_least_every_ten_seconds() -> None:
    assert LINE_EVERY_S < 10
