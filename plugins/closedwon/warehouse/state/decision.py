"""Table `sync.decision`: each rule's decision on each record that it looked at, and the reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pandas as pd
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Table,
    Text,
    any_,
    exists,
    false,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, CHAR
from sqlalchemy.dialects.postgresql import insert as upsert

from closedwon.mapping.resolve.rules import ResolvedRule
from closedwon.warehouse.json_table import as_table
from closedwon.warehouse.mapped_tables import table_of
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import run_id_column, time_column

DECISION = Table(
    "decision",
    METADATA,
    Column("rule", Text, primary_key=True, comment="Id of the rule: the key `id` of its file, or the file's name."),
    Column("source_salesforce_id", CHAR(18), primary_key=True, comment="The record that was looked at."),
    Column("seen_value", Text, comment="Value of the trigger's field when the record was looked at last."),
    Column(
        "outcome",
        Text,
        CheckConstraint("outcome IN ('made', 'exists', 'not_picked', 'waits', 'quarantined')", name="outcome"),
        nullable=False,
        comment="made: a project was made; exists: it was there; not_picked: by the rule; waits: something is missing; "
        "quarantined: the record has not come in, so that the rule cannot tell.",
    ),
    Column("reason", Text, nullable=False, comment="Why, in a sentence."),
    Column(
        "unmet",
        Text,
        comment="Condition of the rule that it did not meet, and what its field had, or the rule that comes first and "
        "takes it; null for none.",
    ),
    Column(
        "was_there",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="It was there when the rule ran first, and has not left the trigger's value since.",
    ),
    Column("project_id", BigInteger, comment="The project: delivery.projects.id; null where there is none."),
    run_id_column("The run that decided."),
    time_column("decided_at", "When it was decided.", now=True),
    schema="sync",
    comment="For each rule and record looked at: whether it became a project, and why or why not.",
)


def find_other_rules(connection: Connection, source: ResolvedRule, known: Collection[str]) -> dict[str, int]:
    """Return the rules that are not among the known ones and have made projects of the same source, where it has none.

    Returns:
        The number of records by rule, the largest first; empty where the rule has made a decision before.
    """
    table, own = table_of(source.mapping), DECISION.alias("own")
    records = func.count().label("records")
    is_new = ~exists().where(own.c.rule == source.rule.name)
    found = connection.execute(
        select(DECISION.c.rule, records)
        .join_from(DECISION, table, table.c.salesforce_id == DECISION.c.source_salesforce_id)
        .where(is_new, DECISION.c.rule.not_in(known), DECISION.c.outcome.in_(("made", "exists")))
        .group_by(DECISION.c.rule)
        .order_by(records.desc(), DECISION.c.rule)
    )
    return {row.rule: row.records for row in found}


def count_decided(connection: Connection, rule: str, run_id: str, records: Iterable[str]) -> int:
    """Return on how many of these records the rule's last decision is of this run."""
    ids = literal(list(records), ARRAY(DECISION.c.source_salesforce_id.type))
    is_of_run = (DECISION.c.rule == rule) & (DECISION.c.run_id == run_id)
    is_one = DECISION.c.source_salesforce_id == any_(ids)
    return connection.scalar(select(func.count()).select_from(DECISION).where(is_of_run, is_one)) or 0


def record_decisions(connection: Connection, rule: str, decisions: pd.DataFrame, run_id: str) -> None:
    """Upsert the decisions, which replace the rule's earlier ones on the same records."""
    columns = ["source_salesforce_id", "seen_value", "outcome", "reason", "unmet", "was_there", "project_id"]
    decided = as_table("decided", decisions, *(DECISION.c[name] for name in columns))
    rows = select(literal(rule), literal(run_id), func.now(), *decided.c)
    statement = upsert(DECISION).from_select(["rule", "run_id", "decided_at", *columns], rows)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["rule", "source_salesforce_id"],
            set_={name: statement.excluded[name] for name in ("run_id", "decided_at", *columns[1:])},
        )
    )
