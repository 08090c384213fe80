"""The org's limits, as it counts them."""

from __future__ import annotations

from dataclasses import dataclass

from simple_salesforce import Salesforce

from closedwon.salesforce.http_calls import call_json


@dataclass(frozen=True)
class Limit:
    """How much of something the org may use, and how much of it is left."""

    maximum: int
    remaining: int


def read_limits(sf: Salesforce) -> dict[str, Limit]:
    """Read the limits by Salesforce's names, such as DailyApiRequests and DailyBulkV2QueryJobs.

    What each connected app uses of a limit is left out.
    """
    answer = call_json(sf, "GET", "limits")
    return {name: Limit(entry["Max"], entry["Remaining"]) for name, entry in answer.items()}
