"""Table `sync.plan`: the plan of each export, and its ledger; one line per row to write, with one end state.

A line begins as `planned` and ends as `ok`, `rejected`, `unprocessed` or `skipped`. An end state is never changed, so
that a retried task sends only lines that have none.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import asdict, dataclass
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
    UniqueConstraint,
    and_,
    any_,
    column,
    func,
    insert,
    literal,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, CHAR, JSONB, distinct_on

from closedwon.mapping.model import Key, Mapping
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import mapping_column, run_id_column, time_column
from closedwon.warehouse.state.link import LINK

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
        CheckConstraint("operation IN ('update', 'upsert')", name="operation"),
        nullable=False,
        comment="update: the record exists; upsert: the org makes it where it does not.",
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
    UniqueConstraint("run_id", "mapping", "row_id"),
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
    after: Dictionary[str, Any]


@dataclass(frozen=True)
class Outcome:
    """The end state of one planned write, with Salesforce's code and full message if it was rejected."""

    id: int
    state: str
    salesforce_id: str | None
    code: str | None
    message: str | None


@dataclass(frozen=True)
class ExportCounts:
    """The end states of one run's plan: `planned = ok + rejected + unprocessed + skipped + unsettled`."""

    planned: int
    ok: int
    rejected: int
    unprocessed: int
    skipped: int
    unsettled: int

    @property
    def failed(self) -> int:
        """Rows that were sent or were to be sent, and are not in the org: rejected or unprocessed."""
        return self.rejected + self.unprocessed


@dataclass(frozen=True)
class Failure:
    """One reason for which rows of a plan were not written, with one of them as an example."""

    code: str
    message: str
    rows: int
    example_row_id: int


def read_rows(connection: Connection, mapping: Mapping, key: Key) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows to export and their values; of several rows with one record key, the newest.

    A row without a record key, or without a value in a required field, is left out: a project that was not
    made from an opportunity is not exported to one. Two projects of one opportunity would overwrite each other's
    values in every run; the opportunity shows the one that was made last.

    Returns:
        `row_id`, `record_key` and `record_id` (None where no record is known); and in a second frame, as they may have
        any name, the sent columns. Both have the same index; values are as the driver returns them, dtype object.
    """
    schema, name = mapping.sent_from.split(".")
    sent = list(dict.fromkeys(field.column for field in mapping.sent))
    row = table(name, *map(column, dict.fromkeys(["id", key.column, *sent])), schema=schema).alias("sent_row")
    record_key: ColumnElement[Any] = row.c[key.column]
    is_linked = and_(LINK.c.mapping == mapping.name, LINK.c.row_id == row.c.id, LINK.c.unlinked_at.is_(None))
    record_id = record_key if key.salesforce == "Id" else LINK.c.salesforce_id
    needed = [record_key, *(row.c[field.column] for field in mapping.sent if field.required)]
    statement = (
        select(row.c.id, record_key, record_id, *(row.c[name] for name in sent))
        .ext(distinct_on(record_key))
        .select_from(row.outerjoin(LINK, is_linked))
        .where(*(value.is_not(None) for value in needed))
        .order_by(record_key, row.c.id.desc())
    )
    found = [tuple(line) for line in connection.execute(statement)]
    rows = pd.DataFrame([line[:3] for line in found], columns=["row_id", "record_key", "record_id"], dtype=object)
    return rows, pd.DataFrame([line[3:] for line in found], index=rows.index, columns=sent, dtype=object)


def write_plan(connection: Connection, mapping: Mapping, run_id: str, writes: pd.DataFrame) -> int:
    """Write the run's plan, and return how many rows of older plans it replaces: they become `skipped`.

    Args:
        writes: columns of `sync.plan` by their names, in the order in which the rows are to be sent.
    """
    replaced = connection.execute(
        update(PLAN)
        .where(PLAN.c.mapping == mapping.name, PLAN.c.state == "planned", PLAN.c.run_id != run_id)
        .values(
            state="skipped",
            settled_at=func.now(),
            message=f"Not sent: the run '{run_id}' has planned the export of this object anew.",
        )
    )
    if len(writes):
        rows = [{str(name): value for name, value in row.items()} for row in writes.to_dict("records")]
        connection.execute(insert(PLAN).values(run_id=run_id, mapping=mapping.name), rows)
    of_run = (PLAN.c.mapping == mapping.name, PLAN.c.run_id == run_id)
    connection.execute(update(PLAN).where(*of_run, PLAN.c.state != "planned").values(settled_at=func.now()))
    return replaced.rowcount


def read_unsettled(connection: Connection, mapping: Mapping, run_id: str) -> list[PlannedWrite]:
    """Return the writes of the run's plan that have no end state yet, in the order of the plan."""
    wanted = select(PLAN.c.id, PLAN.c.row_id, PLAN.c.record_key, PLAN.c.after).where(
        PLAN.c.mapping == mapping.name, PLAN.c.run_id == run_id, PLAN.c.state == "planned"
    )
    return [PlannedWrite(**row) for row in connection.execute(wanted.order_by(PLAN.c.id)).mappings()]


def mark_sent(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Record that these writes are about to be sent, and return the ids of those that are still to be sent.

    The others have been replaced by a newer plan in the meantime, or have their end state.
    """
    one_of_these = PLAN.c.id == any_(literal(ids, ARRAY(BigInteger)))
    marked = update(PLAN).where(one_of_these, PLAN.c.state == "planned").values(sent_at=func.now())
    return set(connection.scalars(marked.returning(PLAN.c.id)))


def settle_writes(connection: Connection, outcomes: Sequence[Outcome]) -> int:
    """Record the end states of writes, and return how many; a write that already has one keeps it.

    A code or message of the plan stays where Salesforce returned none.
    """
    answers = (
        func.jsonb_to_recordset(literal([asdict(outcome) for outcome in outcomes], JSONB))
        .table_valued(
            column("id", BigInteger),
            column("state", Text),
            column("salesforce_id", Text),
            column("code", Text),
            column("message", Text),
        )
        .render_derived(name="answers", with_types=True)
    )
    settled = connection.execute(
        update(PLAN)
        .where(PLAN.c.id == answers.c.id, PLAN.c.state == "planned")
        .values(
            state=answers.c.state,
            salesforce_id=func.coalesce(answers.c.salesforce_id, PLAN.c.salesforce_id),
            code=answers.c.code,
            message=func.coalesce(answers.c.message, PLAN.c.message),
            settled_at=func.now(),
        )
    )
    return settled.rowcount


def count_states(connection: Connection, mapping: Mapping, run_id: str) -> ExportCounts:
    """Return the number of rows of the run's plan in each state."""
    counted = connection.execute(
        select(PLAN.c.state, func.count().label("number"))
        .where(PLAN.c.mapping == mapping.name, PLAN.c.run_id == run_id)
        .group_by(PLAN.c.state)
    )
    found = {row.state: row.number for row in counted}
    return ExportCounts(
        planned=sum(found.values()),
        **{state: found.get(state, 0) for state in ("ok", "rejected", "unprocessed", "skipped")},
        unsettled=found.get("planned", 0),
    )


def has_written(connection: Connection, mapping: Mapping) -> bool:
    """Return whether any export of the mapping has ever written a row."""
    written = select(PLAN.c.id).where(PLAN.c.mapping == mapping.name, PLAN.c.state == "ok")
    return bool(connection.scalar(select(written.exists())))


def read_failures(connection: Connection, mapping: Mapping, run_id: str, most: int) -> list[Failure]:
    """Return why rows of the run's plan were not written, by code and message, the most frequent `most` of them.

    Messages that differ only in the value that Salesforce quotes as too long count as one.
    """
    failed = PLAN.c.state.in_(("rejected", "unprocessed"))
    without_value = func.regexp_replace(PLAN.c.message, "(data value too large: ).*?( [(]max length)", r"\1...\2", "g")
    code, message = (
        func.coalesce(PLAN.c.code, PLAN.c.state).label("code"),
        func.coalesce(without_value, "").label("message"),
    )
    rows = func.count().label("rows")
    counted = connection.execute(
        select(code, message, rows, func.min(PLAN.c.row_id).label("example_row_id"))
        .where(PLAN.c.mapping == mapping.name, PLAN.c.run_id == run_id, failed)
        .group_by(code, message)
        .order_by(rows.desc(), code, message)
        .limit(most)
    )
    return [Failure(**row) for row in counted.mappings()]
