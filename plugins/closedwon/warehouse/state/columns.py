"""Columns that several tables of schema `sync` share."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, Text, func, text


def run_id_column(comment: str = "The run that wrote the row.", *, primary_key: bool = False) -> Column[str]:
    """Return a column `run_id`, which holds Airflow's id of a run."""
    return Column("run_id", Text, primary_key=primary_key, nullable=False, comment=comment)


def mapping_column(*, primary_key: bool = False) -> Column[str]:
    """Return a column `mapping`, which holds the id of a mapping, by default its file's name without the ending."""
    comment = "Id of the mapping: the key `id` of its file, or the file's name."
    return Column("mapping", Text, primary_key=primary_key, nullable=False, comment=comment)


def flow_column(*, primary_key: bool = False) -> Column[str]:
    """Return a column `flow`, which holds the DAG's id without `salesforce_`: import, projects or export."""
    return Column("flow", Text, primary_key=primary_key, nullable=False, comment="import, projects or export.")


def time_column(name: str, comment: str, *, now: bool = False, nullable: bool = False) -> Column[datetime]:
    """Return a column for a point in time; with `now` a new row gets the time at which its transaction began."""
    default = func.now() if now else None
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=default, comment=comment)


def count_column(name: str, comment: str) -> Column[int]:
    """Return a column for a number of rows, records or calls, which is 0 in a new row."""
    return Column(name, BigInteger, nullable=False, server_default=text("0"), comment=comment)
