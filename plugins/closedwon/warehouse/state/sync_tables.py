"""Schema `sync`: the state of Closedwon in the open, so that one SELECT answers an on-call engineer's question."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import CHAR, JSONB

NAMING = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}
"""Names of constraints and indexes, the same in every warehouse, so that a message of Postgres can be looked up."""

METADATA = MetaData(naming_convention=NAMING)


def _run_id(comment: str = "The run that wrote the row.", *, primary_key: bool = False) -> Column[str]:
    return Column("run_id", Text, primary_key=primary_key, nullable=False, comment=comment)


def _mapping(*, primary_key: bool = False) -> Column[str]:
    return Column("mapping", Text, primary_key=primary_key, nullable=False, comment="Name of the mapping file.")


def _at(name: str, comment: str, *, now: bool = False, nullable: bool = False) -> Column[object]:
    default = func.now() if now else None
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=default, comment=comment)


def _count(name: str, comment: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"), comment=comment)


WATERMARK = Table(
    "watermark",
    METADATA,
    _mapping(primary_key=True),
    _at("at", "End of the last span that is wholly written, by the org's clock; it never moves back."),
    _run_id("The run that moved it last."),
    _at("moved_at", "When it was moved last, by the warehouse's clock.", now=True),
    schema="sync",
    comment="How far each object has been read. Closedwon reads on from here.",
)

WINDOW = Table(
    "window",
    METADATA,
    _run_id("The run that reads the span.", primary_key=True),
    _mapping(primary_key=True),
    _at("start_at", "Records with this SystemModstamp or a later one are read; null: all of them.", nullable=True),
    _at("end_at", "Records with this SystemModstamp or a later one are left to the next run."),
    _at("watermark_at", "The watermark that the span follows; null before the first run.", nullable=True),
    _at("pinned_at", "When the run pinned it.", now=True),
    schema="sync",
    comment="The span that each run reads, pinned so that a task that is retried or cleared reads the same span again.",
)

QUARANTINE = Table(
    "quarantine",
    METADATA,
    _mapping(primary_key=True),
    Column("salesforce_id", CHAR(18), primary_key=True, comment="The record that could not be written."),
    Column(
        "field", Text, primary_key=True, comment="Salesforce field that is at fault; empty where the whole record is."
    ),
    Column(
        "class",
        Text,
        nullable=False,
        comment="What has to happen first: transient, waits_for_parent, needs_data, needs_admin or never.",
    ),
    Column("value", Text, comment="What was seen."),
    Column("reason", Text, nullable=False, comment="What was seen, where, why it matters and what to do."),
    _at("system_modstamp", "The record's SystemModstamp when it was last rejected."),
    Column("waits_for_table", Text, comment="Warehouse table of the parent that is missing."),
    Column("waits_for_id", CHAR(18), comment="Salesforce id of the parent that is missing."),
    Column(
        "state",
        Text,
        CheckConstraint("state IN ('waiting', 'released')", name="state"),
        nullable=False,
        server_default="waiting",
        comment="waiting: not in the warehouse as it is in the org; released: the fault is gone.",
    ),
    Column(
        "release_asked",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Set it to true to try again at the next run.",
    ),
    Column("attempts", Integer, nullable=False, server_default=text("1"), comment="Runs that have met the fault."),
    Column("digest", Text, nullable=False, comment="State of the mapping file when the record was last rejected."),
    _run_id("The run that met the fault last."),
    _at("first_seen_at", "When the fault was first met.", now=True),
    _at("last_seen_at", "When the fault was last met.", now=True),
    _at("released_at", "When the fault was gone.", nullable=True),
    Index(None, "mapping", "system_modstamp", postgresql_where=text("state = 'waiting'")),
    schema="sync",
    comment="Records of the org that could not be written, one row per record and field at fault.",
)

PLAN = Table(
    "plan",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Our own id."),
    _run_id("The export that planned the write."),
    _mapping(),
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
        comment="planned: not yet sent; ok, rejected, unprocessed: the org's answer; skipped: not sent, see message.",
    ),
    Column("code", Text, comment="Salesforce's status code where the write was rejected."),
    Column("message", Text, comment="Salesforce's message, whole, or why the write was skipped."),
    _at("planned_at", "When the write was planned.", now=True),
    _at("settled_at", "When the write got its end state.", nullable=True),
    UniqueConstraint("run_id", "mapping", "row_id"),
    Index(None, "mapping", "row_id", "id"),
    schema="sync",
    comment="Every write that an export intended, with before and after, and what became of it.",
)

BULK_JOB = Table(
    "bulk_job",
    METADATA,
    _run_id("The run that started the job.", primary_key=True),
    _mapping(primary_key=True),
    Column("kind", Text, primary_key=True, comment="What the job does for the run, for example query."),
    Column("job_id", Text, nullable=False, comment="The job's id in the org."),
    _at("started_at", "When the job was started.", now=True),
    schema="sync",
    comment="Bulk API 2.0 jobs, so that a task that is retried takes up the job that is running.",
)

DECISION = Table(
    "decision",
    METADATA,
    Column("rule", Text, primary_key=True, comment="Name of the rule file."),
    Column("source_salesforce_id", CHAR(18), primary_key=True, comment="The record that was looked at."),
    Column("seen_value", Text, comment="Value of the trigger's field when the record was looked at last."),
    Column(
        "outcome",
        Text,
        CheckConstraint("outcome IN ('made', 'exists', 'not_picked', 'waits')", name="outcome"),
        nullable=False,
        comment="made: a project was made; exists: it was there; not_picked: by the rule; waits: something is missing.",
    ),
    Column("reason", Text, nullable=False, comment="Why, in a sentence."),
    Column("project_id", BigInteger, comment="The project: delivery.projects.id; null where there is none."),
    _run_id("The run that decided."),
    _at("decided_at", "When it was decided.", now=True),
    schema="sync",
    comment="For each rule and record looked at: whether it became a project, and why or why not.",
)

API_USAGE = Table(
    "api_usage",
    METADATA,
    _run_id("The run that made the calls.", primary_key=True),
    Column("task", Text, primary_key=True, comment="The task that made the calls."),
    _count("calls", "API calls of the task, all of its tries together."),
    Column("used", BigInteger, comment="Calls of the whole org in the last 24 hours, as Salesforce last said."),
    Column("maximum", BigInteger, comment="Calls that the org may make in 24 hours, as Salesforce last said."),
    _at("recorded_at", "When the task last reported.", now=True),
    schema="sync",
    comment="API calls of each run and task, beside the org's own count.",
)

RUN = Table(
    "run",
    METADATA,
    _run_id("The run.", primary_key=True),
    _mapping(primary_key=True),
    _count("read", "Records read: written + unchanged + rejected."),
    _count("written", "Rows made or changed."),
    _count("unchanged", "Records that the warehouse held as they are."),
    _count("rejected", "Records set apart in sync.quarantine."),
    _at("started_at", "When the run pinned its window.", now=True),
    _at("finished_at", "When the rows were committed.", now=True),
    schema="sync",
    comment="What became of the records of each object in each run.",
)
