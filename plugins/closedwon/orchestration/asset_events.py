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


def new_rows_asset(table: str) -> Asset:
    """Return the asset of the rows that imports make in a table. No table's own name has two dots."""
    return Asset(f"{table}.new")


def report_written(context: Context, counts: dict[str, Any], *, has_written: bool) -> None:
    """Add an event with the counts to each asset that the context's task may write, if it has written.

    The asset of new rows has its own, see `report_new_rows`.

    A task that is retried or cleared adds it in any case: an earlier try may have been killed after its commit, and
    then this one finds nothing left to write.
    """
    if has_written or context["ti"].try_number > 1:
        for alias in context["task"].outlets:
            if alias.name.count(".") == 1:
                context["outlet_events"][alias].add(Asset(alias.name), extra=counts)


def report_new_rows(context: Context, table: str, new_rows: int) -> None:
    """Add an event to the asset of the table's new rows, if there are any.

    A task that is retried or cleared adds it again: an earlier try may have been killed after its commit.
    """
    if new_rows:
        asset = new_rows_asset(table)
        context["outlet_events"][AssetAlias(asset.name)].add(asset, extra={"new_rows": new_rows})
