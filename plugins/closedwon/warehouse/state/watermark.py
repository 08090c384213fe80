"""Table `sync.watermark`: how far each object has been read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, func, select, union_all
from sqlalchemy.dialects.postgresql import insert

from closedwon.mapping.model import Mapping
from closedwon.warehouse.mapped_tables import table_of
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import mapping_column, run_id_column, time_column
from closedwon.warehouse.state.quarantine import QUARANTINE

WATERMARK = Table(
    "watermark",
    METADATA,
    mapping_column(primary_key=True),
    time_column("at", "End of the last span that is wholly written, by the org's clock; it never moves back."),
    run_id_column("The run that moved it last."),
    time_column("moved_at", "When it was moved last, by the warehouse's clock.", now=True),
    schema="sync",
    comment="How far each object has been read. Closedwon reads on from here.",
)


def read_watermark(connection: Connection, mapping_name: str) -> datetime | None:
    """Return the end of the last window that is fully written, UTC; None before the first."""
    return connection.scalar(select(WATERMARK.c.at).where(WATERMARK.c.mapping == mapping_name))


def commit_watermark(connection: Connection, mapping_name: str, at: datetime, run_id: str) -> None:
    """Move the watermark forward to `at`; it never moves back.

    Call it in the transaction that writes the rows, so that both are committed or neither.
    """
    moved = insert(WATERMARK).values(mapping=mapping_name, at=at, run_id=run_id)
    moved = moved.on_conflict_do_update(
        index_elements=[WATERMARK.c.mapping],
        set_={"at": at, "run_id": run_id, "moved_at": func.now()},
        where=WATERMARK.c.at < at,
    )
    connection.execute(moved)


def count_span(connection: Connection, mapping: Mapping, start: datetime | None) -> tuple[int, datetime | None]:
    """Return the number of records that the warehouse has from this SystemModstamp on, and their latest stamp.

    Records in quarantine are included, because the org counts them too. A record with an older version in the table
    and a newer one in quarantine counts once.

    Args:
        start: UTC; None for all.
    """
    rows, waiting = table_of(mapping).c, QUARANTINE.c

    def is_in_span(stamp: ColumnElement[datetime]) -> ColumnElement[bool]:
        return stamp.is_not(None) if start is None else stamp >= start

    held = select(rows.salesforce_id, rows.system_modstamp).where(
        rows.salesforce_id.is_not(None), is_in_span(rows.system_modstamp)
    )
    apart = select(waiting.salesforce_id, waiting.system_modstamp).where(
        waiting.mapping == mapping.name, waiting.state == "waiting", is_in_span(waiting.system_modstamp)
    )
    known = union_all(held, apart).subquery().c
    found = connection.execute(
        select(func.count(known.salesforce_id.distinct()), func.max(known.system_modstamp))
    ).one()
    return found[0], found[1]
