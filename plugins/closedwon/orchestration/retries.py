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
            retry_delay=timedelta(minutes=30),
            reason="The org's API quota is used up; it refills by the hour.",
        ),
        RetryRule(exception=RetryableError, action=RetryAction.RETRY, reason="This can heal by itself."),
        RetryRule(exception=FatalError, action=RetryAction.FAIL, reason="A person must act: see the error's text."),
    ]
)
