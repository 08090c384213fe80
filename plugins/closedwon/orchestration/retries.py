"""What a failed task does next: what can heal by itself is tried again, what cannot fails at once with its remedy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

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

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "closedwon",
    "retries": 4,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2,
    "max_retry_delay": timedelta(minutes=10),
    "retry_policy": BY_CLASS_OF_ERROR,
    "execution_timeout": timedelta(hours=6),
}
"""What every task of every DAG has. A killed task counts as one that can heal."""

SALESFORCE_POOL = "salesforce"
"""Bounds how many tasks talk to the org at once: Salesforce lets 25 long requests run, 5 in a developer edition."""
