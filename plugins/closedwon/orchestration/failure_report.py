"""Report of a failed task: what was seen and what to do, in short lines at the end of the task's log.

Airflow logs the exception with the frames of all libraries, does not wrap it, and opens a log at its end. A callback
runs after that, so what it logs is what a person sees first.
"""

from __future__ import annotations

import logging
import re
import textwrap
from typing import Any

from closedwon.errors import ClosedwonError, MappingFault

LONGEST_LINE = 100
"""Characters of a line that Airflow's page shows whole on a small screen."""

log = logging.getLogger(__name__)

_END_OF_SENTENCE = re.compile(r"(?:(?<=[.?!])|(?<=[.?!]['\")]))\s+(?=[A-Z'\"])")
_END_OF_AIRFLOWS_GROUP = "::endgroup::"
"""Closes the group 'Post Execute', which the page shows folded."""

_AFTER_FINDINGS = "Correct what is named above, then clear this task. Other objects have gone on."


def report_failure(context: Any) -> None:
    """Log why the task failed and what to do; for `on_failure_callback` and `on_retry_callback`."""
    task, error = context["ti"], context.get("exception")
    lines = failure_lines(task.task_id, error)
    if task.state == "up_for_retry":
        lines.append(f"Nothing to do yet: this was try {task.try_number}, and Airflow tries the task again by itself.")
    log.info(_END_OF_AIRFLOWS_GROUP)
    for line in lines:
        log.error(line)


def failure_lines(task_id: str, error: object) -> list[str]:
    """Return the lines to read: the task and the class of the error, then its message, a sentence on each line.

    Args:
        error: what the task raised; Airflow passes a text, or None, for a task whose process was killed.
    """
    if isinstance(error, ClosedwonError):
        lines = [f"{task_id} failed: {type(error).__name__}", *to_short_lines(str(error))]
        return [*lines, _AFTER_FINDINGS] if isinstance(error, MappingFault) else lines
    if isinstance(error, BaseException):
        seen = f"{type(error).__name__}: {error}"
        advice = (
            "This error is not one that Closedwon knows. Clear the task to try it again. "
            "If it fails again, report it with this log: the traceback above says where it was raised."
        )
    else:
        seen = str(error or "Its process ended without a word, as one does that is killed.")
        advice = "Nothing is lost. Clear the task; if this happens again, look for memory and restarts of the worker."
    return [f"{task_id} failed: unknown error", *to_short_lines(seen), *to_short_lines(advice)]


def to_short_lines(message: str) -> list[str]:
    """Return a message as lines of at most 100 characters; each sentence begins a line, and its rest is indented."""
    sentences = [s for line in message.splitlines() for s in _END_OF_SENTENCE.split(line.strip()) if s]
    return [
        line
        for sentence in sentences
        for line in textwrap.wrap(sentence, LONGEST_LINE, subsequent_indent="  ", break_on_hyphens=False)
    ]
