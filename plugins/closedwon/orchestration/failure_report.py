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
from closedwon.orchestration.clients import flow_of, open_warehouse
from closedwon.warehouse.state.failure import TaskFailure, record_failure
from closedwon.warehouse.transaction import transaction

LONGEST_LINE = 100
"""Characters of a line that Airflow's page shows whole on a small screen."""

log = logging.getLogger(__name__)

_END_OF_SENTENCE = re.compile(r"(?:(?<=[.?!])|(?<=[.?!]['\")]))\s+(?=[A-Z'\"])")
_END_OF_AIRFLOWS_GROUP = "::endgroup::"
"""Closes the group 'Post Execute', which the page shows folded."""

_AFTER_FINDINGS = "Correct what is named above, then clear this task. Other objects have gone on."


def report_failure(context: Any) -> None:
    """Record in `sync.failure`, and log, why the task failed and what to do.

    For `on_failure_callback` and `on_retry_callback`. Airflow has no way for a task to write its own note.
    """
    task, error = context["ti"], context.get("exception")
    will_retry = task.state == "up_for_retry"
    lines = failure_lines(task.task_id, error)
    _record(task, lines, will_retry=will_retry)
    if will_retry:
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


def _record(task: Any, lines: list[str], *, will_retry: bool) -> None:
    group, _, name = task.task_id.rpartition(".")
    failure = TaskFailure(
        flow=flow_of(task.dag_id),
        run_id=task.run_id,
        task=task.task_id,
        mapping=group if group and name != "check_file" else None,
        error=lines[0].rpartition(": ")[2],
        message="\n".join(lines[1:]),
        will_retry=will_retry,
    )
    try:
        with open_warehouse() as engine, transaction(engine) as connection:
            record_failure(connection, failure)
    except Exception as error:  # the task's own failure is what matters, and its message must come last
        log.warning("This failure is not in sync.failure, as the warehouse could not be written: %s", error)


def to_short_lines(message: str) -> list[str]:
    """Return a message as lines of at most 100 characters; each sentence begins a line, and its rest is indented."""
    sentences = [s for line in message.splitlines() for s in _END_OF_SENTENCE.split(line.rstrip()) if s]
    return [
        line
        for sentence in sentences
        for line in textwrap.wrap(sentence, LONGEST_LINE, subsequent_indent="  ", break_on_hyphens=False)
    ]
