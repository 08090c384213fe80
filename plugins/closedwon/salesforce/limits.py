"""The org's API limits and what remains of them."""

from __future__ import annotations

from dataclasses import dataclass

from simple_salesforce import Salesforce

from closedwon.salesforce.http_calls import call_json


@dataclass(frozen=True)
class Limit:
    """A limit of the org, and how much of it remains."""

    maximum: int
    remaining: int


def read_limits(sf: Salesforce) -> dict[str, Limit]:
    """Read the limits by Salesforce's names, such as DailyApiRequests and DailyBulkV2QueryJobs.

    The usage by connected app is left out.
    """
    answer = call_json(sf, "GET", "limits", holds=("DailyApiRequests",))
    return {name: Limit(entry["Max"], entry["Remaining"]) for name, entry in answer.items()}
