"""Clients of projects whose account was merged into another one in Salesforce."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, TableClause, column, table, update

from closedwon.mapping.resolve.rules import ResolvedRule
from closedwon.warehouse.delivery.projects import PROJECTS
from closedwon.warehouse.delivery.source_rows import leads_to
from closedwon.warehouse.mapped_tables import table_of


def follow_merged_accounts(connection: Connection, source: ResolvedRule) -> int:
    """Give projects whose account is deleted the account that their source record has now; return their number.

    A merge deletes the losing account and gives its opportunities to the winner. Which account that is stands in the
    opportunity, so that no field of Account has to be read for it. A source that has merely moved to another account
    changes no project, whose account is still there.
    """
    field = next((field for field in source.mapping.received if field.column == source.client), None)
    if field is None:  # without accounts, or of an account itself, whose winner no record names
        return 0
    accounts = field.parents["Account"] if field.is_polymorphic else field.references[0]
    lost, winner = (_accounts(accounts).alias(name) for name in ("lost", "winner"))
    record = table_of(source.mapping)
    moved = update(PROJECTS).where(
        PROJECTS.c.source_salesforce_id == record.c.salesforce_id,
        PROJECTS.c.account_id == lost.c.id,
        lost.c.is_deleted,
        leads_to(record, field, winner),
        ~winner.c.is_deleted,
    )
    return connection.execute(moved.values(account_id=winner.c.id)).rowcount


def _accounts(name: str) -> TableClause:
    schema, bare = name.split(".")
    columns: list[Any] = [column("id"), column("salesforce_id"), column("is_deleted")]
    return table(bare, *columns, schema=schema)
