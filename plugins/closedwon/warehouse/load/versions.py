"""Choice between versions of a record: several in a batch, and one in the batch and one in the warehouse."""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, func, select, update

from closedwon.warehouse.load.staging import ROW


def drop_older_versions(connection: Connection, staging: Table) -> None:
    """Delete all staged versions of each record but the latest; of equal stamps the last in the batch stays.

    One upsert cannot write a row twice.
    """
    row, record = staging.c[ROW], staging.c.salesforce_id
    twice = select(record).group_by(record).having(func.count() > 1)
    rank = func.row_number().over(partition_by=record, order_by=[staging.c.system_modstamp.desc(), row.desc()])
    versions = select(row.label("row"), rank.label("rank")).where(record.in_(twice)).subquery()
    connection.execute(delete(staging).where(row == versions.c.row, versions.c.rank > 1))


def prefer_staged(connection: Connection, target: Table, staging: Table) -> None:
    """Let the staged version of each record win, as it was read after everything that the warehouse holds.

    A later SystemModstamp in the warehouse is then no newer version: another server of the org, whose clock is ahead,
    had stamped it, or a person did. It is set to the staged one.
    """
    is_ahead = target.c.system_modstamp > staging.c.system_modstamp
    connection.execute(
        update(target)
        .values(system_modstamp=staging.c.system_modstamp)
        .where(target.c.salesforce_id == staging.c.salesforce_id, is_ahead)
    )


def prefer_held(connection: Connection, target: Table, staging: Table) -> None:
    """Delete the staged rows that are not newer than the warehouse's, as they were read before a later run loaded.

    Equal stamps do not tell which is newer: a formula field can change without a new SystemModstamp.
    """
    is_held = target.c.system_modstamp >= staging.c.system_modstamp
    connection.execute(delete(staging).where(staging.c.salesforce_id == target.c.salesforce_id, is_held))
