"""Report of a failed task: what was seen and what to do, in short lines at the end of the task's log.

Airflow logs the exception with the frames of all libraries, does not wrap it, and opens a log at its end. A callback
runs after that, so what it logs is what a person sees first.
"""

from __future__ import annotations

import logging
import re
import textwrap
from dataclasses import dataclass
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

UNKNOWN = "unknown error"
"""What stands in the place of the error's class where it is none of ours."""


@dataclass(frozen=True)
class Explanation:
    """What to tell of a failure."""

    kind: str
    """Class of the error, or `UNKNOWN`."""
    message: str
    """What was seen, where, why it matters, and what to do."""
    remedy: str
    """What to do: the end of the message, or to follow the message and clear the task."""


def report_failure(context: Any) -> None:
    """Record in `sync.failure`, and log, why the task failed and what to do.

    For `on_failure_callback` and `on_retry_callback`. Airflow has no way for a task to write its own note.
    """
    task, error = context["ti"], context.get("exception")
    will_retry = task.state == "up_for_retry"
    seen = explain(task.task_id, error)
    _record(task, seen, will_retry=will_retry)
    lines = [f"{task.task_id} failed: {seen.kind}", *to_short_lines(seen.message)]
    if will_retry:
        lines.append(f"Nothing to do yet: this was try {task.try_number}, and Airflow tries the task again by itself.")
    log.info(_END_OF_AIRFLOWS_GROUP)
    for line in lines:
        log.error(line)


def explain(task_id: str, error: object) -> Explanation:
    """Return what to tell of a failure.

    Args:
        error: what the task raised; Airflow passes a text, or None, for a task whose process was killed.
    """
    task = f"the task `{task_id}` and those after it"
    if not isinstance(error, ClosedwonError):
        return _explain_unknown(task, error)
    kind = type(error).__name__
    if isinstance(error, MappingFault) and not error.remedy:
        seen = f"{error}\nOther objects have gone on." if "." in task_id else str(error)
        return _explain(kind, seen, f"Correct what the message names, then clear {task}.")
    return Explanation(kind, str(error), error.remedy or f"Do what the message says, then clear {task}.")


def _explain_unknown(task: str, error: object) -> Explanation:
    if isinstance(error, BaseException):
        seen = f"{type(error).__name__}: {error}\nThis error is not one that Closedwon knows."
        then = "If it fails again, report it with its log: the traceback there says where it was raised."
    else:
        seen = f"{error or 'Its process ended without a word, as one does that is killed.'}\nNothing is lost."
        then = "If this happens again, look for memory and restarts of the worker."
    return _explain(UNKNOWN, seen, f"Clear {task}. {then}")


def _explain(kind: str, seen: str, remedy: str) -> Explanation:
    return Explanation(kind, f"{seen}\n{remedy}", remedy)


def _record(task: Any, seen: Explanation, *, will_retry: bool) -> None:
    group, _, name = task.task_id.rpartition(".")
    failure = TaskFailure(
        flow=flow_of(task.dag_id),
        run_id=task.run_id,
        task=task.task_id,
        mapping=group if group and name != "check_file" else None,
        error=seen.kind,
        message="\n".join(to_short_lines(seen.message)),
        remedy="\n".join(to_short_lines(seen.remedy)),
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
