"""Removal of older versions of a record: a batch may hold several, and one upsert cannot write a row twice."""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, func, select

from closedwon.warehouse.load.staging import ROW


def drop_older_versions(connection: Connection, staging: Table) -> None:
    """Delete all staged versions of each record but the latest; of equal stamps the last in the batch stays."""
    row, record = staging.c[ROW], staging.c.salesforce_id
    twice = select(record).group_by(record).having(func.count() > 1)
    rank = func.row_number().over(partition_by=record, order_by=[staging.c.system_modstamp.desc(), row.desc()])
    versions = select(row.label("row"), rank.label("rank")).where(record.in_(twice)).subquery()
    connection.execute(delete(staging).where(row == versions.c.row, versions.c.rank > 1))
