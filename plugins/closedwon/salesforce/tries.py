"""Tries of a call while the org is unavailable: what is worth another one, after how long, and a log line of each.

The line says what was asked and what came back, in short: a path without its query, an HTTP status, a code. The text of
the error is not in it, since it can quote values of records.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from closedwon.errors import ClosedwonError, OrgUnavailable

T = TypeVar("T")

LONGEST_PAUSE_S = 30.0
"""If the org asks for a longer pause, the task fails and waits for its own retry."""

log = logging.getLogger(__name__)


class Busy(OrgUnavailable):
    """The org answered 429 or 5xx, perhaps with a Retry-After header."""

    def __init__(self, error: ClosedwonError, retry_after: str | None) -> None:
        super().__init__(str(error))
        self.retry_after_s = float(retry_after) if retry_after and retry_after.isdecimal() else 0.0


@dataclass
class LastCall:
    """The call that was made last, for the log."""

    asked: str = ""
    """Method and path, without the query's values."""
    answered: str = ""
    """HTTP status and code of an error, or the class of a network error."""


def try_repeatedly(work: Callable[[], T], tries: int, pause: Callable[[float], None], last_call: LastCall) -> T:
    """Return the result of `work`, which is tried so often while the org is unavailable; the pauses double.

    Args:
        pause: sleeps for a number of seconds.
        last_call: that of `work`, kept up to date by it.

    Raises:
        OrgUnavailable: the last try failed as well, or the org asks for a longer pause than we make.
    """
    wait = wait_exponential_jitter(initial=1, max=LONGEST_PAUSE_S, jitter=1)
    return Retrying(
        retry=retry_if_exception(_is_worth_waiting),
        stop=stop_after_attempt(tries),
        sleep=pause,
        wait=lambda state: max(wait(state), _asked_pause_s(state)),
        before_sleep=lambda state: log.warning("%s", _to_line(state, tries, last_call)),
        reraise=True,
    )(work)


def _to_line(state: RetryCallState, tries: int, last_call: LastCall) -> str:
    pause_s = state.next_action.sleep if state.next_action else 0.0
    return (
        f"{last_call.asked}: {last_call.answered}. Try {state.attempt_number} of {tries}; "
        f"the next one follows in {pause_s:.1f} s."
    )


def _is_worth_waiting(error: BaseException) -> bool:
    if isinstance(error, Busy):
        return error.retry_after_s <= LONGEST_PAUSE_S
    return isinstance(error, OrgUnavailable)


def _asked_pause_s(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after_s if isinstance(error, Busy) else 0.0
