"""Retry policy of the tasks: retryable errors are retried with a delay, fatal ones fail the task at once."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from closedwon.errors import FatalError, QuotaSpent, RetryableError

BY_CLASS_OF_ERROR = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=QuotaSpent,
            action=RetryAction.RETRY,
            retry_delay=timedelta(minutes=10),
            reason="The org's API calls are used up, but for a reserve; Airflow looks again in 10 minutes.",
        ),
        RetryRule(
            exception=RetryableError, action=RetryAction.RETRY, reason="This usually passes without anyone's help."
        ),
        RetryRule(
            exception=FatalError, action=RetryAction.FAIL, reason="A person must act: the last lines say what to do."
        ),
    ]
)
