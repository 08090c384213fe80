"""Events of assets: a task that has written nothing reports none, so that no DAG runs for nothing."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset, AssetAlias, Context


def outlets_of(*assets: Asset) -> list[AssetAlias]:
    """Return the outlets of a task that may write these assets; it calls `report_written`.

    An asset among the outlets would have an event whenever the task succeeds; an alias has those that the task adds.
    """
    return [AssetAlias(asset.name) for asset in assets]


def org_asset(sobject: str) -> Asset:
    """Return the asset of an object's records in the org."""
    return Asset(f"salesforce.{sobject}")


def report_written(context: Context, counts: dict[str, Any], *, has_written: bool) -> None:
    """Add an event with the counts to each asset that the context's task may write, if it has written.

    A task that is retried or cleared adds it in any case: an earlier try may have been killed after its commit, and
    then this one finds nothing left to write.
    """
    if has_written or context["ti"].try_number > 1:
        for alias in context["task"].outlets:
            context["outlet_events"][alias].add(Asset(alias.name), extra=counts)
