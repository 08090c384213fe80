"""Table `sync.plan`: the plan of each export, and its ledger; one line per row to write, with one end state.

A line begins as `planned` and ends as `ok`, `rejected`, `unprocessed` or `skipped`. An end state is never changed, so
that a retried task sends only lines that have none. Where a run plans a row anew, the older line no longer counts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    Identity,
    Index,
    Table,
    Text,
    and_,
    any_,
    cast,
    column,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, CHAR, JSONB, distinct_on

from closedwon.mapping.model import Key, Mapping
from closedwon.transform.export_plan import GIVE_UP
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import mapping_column, run_id_column, time_column
from closedwon.warehouse.state.link import LINK

COUNTS = text("replanned_at IS NULL")
PLAN = Table(
    "plan",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Our own id."),
    run_id_column("The export that planned the write."),
    mapping_column(),
    Column("row_id", BigInteger, nullable=False, comment="The row's id in the mapping's table."),
    Column(
        "record_key",
        Text,
        nullable=False,
        comment="What finds the record: its external id's value, or its Salesforce id.",
    ),
    Column("salesforce_id", CHAR(18), comment="The record, where it is known or as the org has answered."),
    Column(
        "operation",
        Text,
        CheckConstraint("operation IN ('update', 'upsert', 'give_up')", name="operation"),
        nullable=False,
        comment="update: the record exists; upsert: the org makes it where it does not; give_up: the row has another "
        "record now or none, and the fields of this one are emptied, of its own record the reference to what it "
        "belonged to; before all other writes.",
    ),
    Column("before", JSONB, nullable=False, comment="Salesforce fields and the values they had before."),
    Column("after", JSONB, nullable=False, comment="Salesforce fields and the values they are to have."),
    Column(
        "state",
        Text,
        CheckConstraint("state IN ('planned', 'ok', 'rejected', 'unprocessed', 'skipped')", name="state"),
        nullable=False,
        server_default="planned",
        comment="planned: no end state yet; ok, rejected, unprocessed: the org's answer; skipped: never sent.",
    ),
    Column("code", Text, comment="Salesforce's status code where the write was rejected."),
    Column("message", Text, comment="Salesforce's message, whole, or why the write was skipped."),
    time_column("planned_at", "When the write was planned.", now=True),
    time_column("settled_at", "When the write got its end state.", nullable=True),
    time_column(
        "sent_at", "When the write was last sent to the org, or about to be; null: it never was.", nullable=True
    ),
    time_column(
        "replanned_at",
        "When a repeated plan of the run took the place of this one, whose row was not written; null: it counts.",
        nullable=True,
    ),
    Index(None, "run_id", "mapping", "row_id", "record_key", unique=True, postgresql_where=COUNTS),
    Index(None, "mapping", "row_id", "id"),
    schema="sync",
    comment="Every write that an export intended, with before and after, and what became of it.",
)


@dataclass(frozen=True)
class PlannedWrite:
    """A row of the plan that has no end state yet."""

    id: int
    row_id: int
    record_key: str
    operation: str
    after: Dictionary[str, Any]


def read_rows(connection: Connection, mapping: Mapping, key: Key) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows to export and their values.

    A row without a record key, or without a value in a required field, is left out: a project that was not
    made from an opportunity is not exported to one. So is a row of a received table whose record is deleted in
    Salesforce: it could only be refused, in every run.

    Returns:
        `row_id`, `record_key` and `record_id` (None where no record is known); and in a second frame, as they may have
        any name, the sent columns. Both have the same index. Values are the texts that Postgres writes, dtype object:
        no driver fails on a day, a time or a number that a column can hold.
    """
    schema, name = mapping.sent_from.split(".")
    sent = list(dict.fromkeys(field.column for field in mapping.sent))
    row = table(name, *map(column, dict.fromkeys(["id", key.column, *sent])), schema=schema).alias("sent_row")
    record_key: ColumnElement[Any] = row.c[key.column]
    is_linked = and_(LINK.c.mapping == mapping.name, LINK.c.row_id == row.c.id, LINK.c.unlinked_at.is_(None))
    record_id = record_key if key.salesforce == "Id" else LINK.c.salesforce_id
    needed = [record_key, *(row.c[field.column] for field in mapping.sent if field.required)]
    statement = (
        select(row.c.id, cast(record_key, Text), record_id, *(cast(row.c[name], Text) for name in sent))
        .select_from(row.outerjoin(LINK, is_linked))
        .where(*(value.is_not(None) for value in needed))
        .order_by(record_key, row.c.id.desc())
    )
    if _has_deleted_rows(connection, mapping):
        own = table(mapping.table.split(".")[1], column("id"), column("is_deleted"), schema=mapping.table.split(".")[0])
        statement = statement.where(~select(own.c.id).where(own.c.id == row.c.id, own.c.is_deleted).exists())
    found = [tuple(line) for line in connection.execute(statement)]
    rows = pd.DataFrame([line[:3] for line in found], columns=["row_id", "record_key", "record_id"], dtype=object)
    return rows, pd.DataFrame([line[3:] for line in found], index=rows.index, columns=sent, dtype=object)


def _has_deleted_rows(connection: Connection, mapping: Mapping) -> bool:
    """Return whether the mapping's table is one that is received, which keeps the rows of deleted records."""
    attribute = table("pg_attribute", column("attrelid"), column("attname"), column("attisdropped"))
    marks = select(func.count()).where(
        attribute.c.attrelid == func.to_regclass(mapping.table),
        attribute.c.attname.in_(("salesforce_id", "is_deleted")),
        ~attribute.c.attisdropped,
    )
    return connection.scalar(marks) == 2


def write_plan(connection: Connection, mapping: Mapping, run_id: str, writes: pd.DataFrame) -> int:
    """Write the run's plan, and return how many rows of other plans it replaces: those never sent become `skipped`.

    What an earlier plan of the same run did not write stays in the ledger as it ended, and no longer counts.

    Args:
        writes: rows that the run has not written, in the order in which they are to be sent; columns of `sync.plan`
            by their names.
    """
    replaced = connection.execute(
        update(PLAN)
        .where(PLAN.c.mapping == mapping.name, PLAN.c.state == "planned", PLAN.c.sent_at.is_(None))
        .values(
            state="skipped",
            settled_at=func.now(),
            message=f"Not sent: the run '{run_id}' has planned the export of this object anew.",
        )
    )
    is_unwritten = is_of_run(mapping, run_id) & (PLAN.c.state != "ok")
    connection.execute(update(PLAN).where(is_unwritten).values(replanned_at=func.now()))
    if len(writes):
        rows = [{str(name): value for name, value in row.items()} for row in writes.to_dict("records")]
        connection.execute(insert(PLAN).values(run_id=run_id, mapping=mapping.name), rows)
    is_refused = is_of_run(mapping, run_id) & PLAN.c.state.in_(("rejected", "skipped"))
    connection.execute(update(PLAN).where(is_refused, PLAN.c.settled_at.is_(None)).values(settled_at=func.now()))
    return replaced.rowcount


def is_of_run(mapping: Mapping, run_id: str) -> ColumnElement[bool]:
    """Return the condition for the lines that count of the run's plan of the mapping."""
    return and_(PLAN.c.mapping == mapping.name, PLAN.c.run_id == run_id, PLAN.c.replanned_at.is_(None))


def read_written(connection: Connection, mapping: Mapping, run_id: str) -> set[int]:
    """Return the ids of the rows that the run has written."""
    is_written = and_(is_of_run(mapping, run_id), PLAN.c.state == "ok", PLAN.c.operation != GIVE_UP)
    return set(connection.scalars(select(PLAN.c.row_id).where(is_written)))


def read_shown(connection: Connection, mapping: Mapping, key: Key) -> dict[str, int]:
    """Return the row that each record shows, by the record's id: the one that was written to it last.

    A record that is found by an external id shows its row for as long as the two are linked.
    """
    last = (
        select(PLAN.c.salesforce_id, PLAN.c.row_id, PLAN.c.operation)
        .ext(distinct_on(PLAN.c.salesforce_id))
        .where(PLAN.c.mapping == mapping.name, PLAN.c.state == "ok", PLAN.c.salesforce_id.is_not(None))
        .order_by(PLAN.c.salesforce_id, PLAN.c.id.desc())
        .subquery()
    )
    shown = select(last.c.salesforce_id, last.c.row_id).where(last.c.operation != GIVE_UP)
    if key.salesforce != "Id":
        linked = and_(LINK.c.mapping == mapping.name, LINK.c.unlinked_at.is_(None), LINK.c.row_id == last.c.row_id)
        shown = shown.where(exists().where(linked, LINK.c.salesforce_id == last.c.salesforce_id))
    return {row.salesforce_id: row.row_id for row in connection.execute(shown)}


def find_unlinked(
    connection: Connection, mapping: Mapping, columns: Sequence[str], row_ids: Collection[int]
) -> set[int]:
    """Return those of the rows that belong to no record any more: deleted ones, and those without a value in a column.

    A row that only the view leaves out is none of these.

    Args:
        columns: those that say what a row belongs to: its record key, or its references.
    """
    if not row_ids:
        return set()
    asked = func.unnest(literal(list(row_ids), ARRAY(BigInteger))).column_valued("asked")
    own = table(mapping.table.split(".")[1], column("id"), schema=mapping.table.split(".")[0])
    schema, name = mapping.sent_from.split(".")
    sent = table(name, *map(column, dict.fromkeys(["id", *columns])), schema=schema).alias("sent_row")
    is_there = select(own.c.id).where(own.c.id == asked).exists()
    is_blank = or_(*(func.nullif(func.btrim(cast(sent.c[one], Text)), "").is_(None) for one in columns))
    is_empty = select(sent.c.id).where(sent.c.id == asked, is_blank).exists()
    return set(connection.scalars(select(asked).where(~is_there | is_empty)))


def read_unsettled(connection: Connection, mapping: Mapping, run_id: str) -> list[PlannedWrite]:
    """Return the writes of the run's plan that have no end state yet, in the order of the plan."""
    wanted = select(PLAN.c.id, PLAN.c.row_id, PLAN.c.record_key, PLAN.c.operation, PLAN.c.after).where(
        is_of_run(mapping, run_id), PLAN.c.state == "planned"
    )
    return [PlannedWrite(**row) for row in connection.execute(wanted.order_by(PLAN.c.id)).mappings()]


def read_unanswered(connection: Connection, mapping: Mapping) -> dict[str, list[PlannedWrite]]:
    """Return the mapping's writes that were sent and have no end state, by the run that sent them."""
    wanted = select(PLAN.c.run_id, PLAN.c.id, PLAN.c.row_id, PLAN.c.record_key, PLAN.c.operation, PLAN.c.after).where(
        PLAN.c.mapping == mapping.name, PLAN.c.state == "planned", PLAN.c.sent_at.is_not(None)
    )
    found: dict[str, list[PlannedWrite]] = {}
    for run_id, *write in connection.execute(wanted.order_by(PLAN.c.id)):
        found.setdefault(run_id, []).append(PlannedWrite(*write))
    return found


def mark_sent(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Record that these writes are about to be sent, and return the ids of those that are still to be sent.

    The others have been replaced by a newer plan in the meantime, or have their end state.
    """
    one_of_these = PLAN.c.id == any_(literal(ids, ARRAY(BigInteger)))
    marked = update(PLAN).where(one_of_these, PLAN.c.state == "planned").values(sent_at=func.now())
    return set(connection.scalars(marked.returning(PLAN.c.id)))
