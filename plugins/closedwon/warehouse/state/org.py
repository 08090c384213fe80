"""Table `sync.org`: the one org that the warehouse belongs to."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Table, Text, insert, select
from sqlalchemy.dialects.postgresql import CHAR

from closedwon.errors import SetupFault
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import time_column

ORG = Table(
    "org",
    METADATA,
    Column("organization_id", CHAR(18), primary_key=True, comment="Salesforce id of the org."),
    Column("instance_url", Text, nullable=False, comment="Its address when it was connected."),
    time_column("connected_at", "When a task first logged in to it.", now=True),
    schema="sync",
    comment="The one org that the warehouse belongs to: no task reads from another, or writes to it.",
)


def connect_org(connection: Connection, organization_id: str, instance_url: str) -> None:
    """Note the org at the first login; afterwards see that a login leads to the same one.

    A Connection that is pointed to a sandbox by mistake would mark every row as gone, and send projects to records of
    the same id.

    Raises:
        SetupFault: the warehouse belongs to another org.
    """
    known = connection.execute(select(ORG.c.organization_id, ORG.c.instance_url)).one_or_none()
    if known is None:
        connection.execute(insert(ORG).values(organization_id=organization_id, instance_url=instance_url))
        return
    if known.organization_id != organization_id:
        raise SetupFault(
            f"The Connection `salesforce` leads to the org {organization_id} ({instance_url}), but this warehouse "
            f"belongs to the org {known.organization_id} ({known.instance_url}). Rows of two orgs would be mixed, so "
            "nothing was read or written. Correct the Connection, or give this org a warehouse of its own. If it is "
            "the same org under a new id, as a refreshed sandbox is, delete the line in sync.org."
        )
