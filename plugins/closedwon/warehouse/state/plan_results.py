"""What became of the writes in `sync.plan`: end states, counts by state, and why rows were not written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Text, column, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB

from closedwon.mapping.model import Mapping
from closedwon.warehouse.state.mapping_names import MAPPING
from closedwon.warehouse.state.plan import PLAN, is_of_run


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
        select(PLAN.c.state, func.count().label("number")).where(is_of_run(mapping, run_id)).group_by(PLAN.c.state)
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


def find_former_writers(connection: Connection, mapping: Mapping, key_prefix: str | None) -> dict[str, int]:
    """Return the mappings that no file sends any more and that have written records of an object.

    Args:
        key_prefix: the first three characters of the ids of the object's records.

    Returns:
        The number of records by mapping, the largest first; empty where the mapping itself has planned anything.
    """
    own, records = PLAN.alias("own"), func.count(PLAN.c.salesforce_id.distinct()).label("records")
    sent = select(MAPPING.c.mapping).where(MAPPING.c.flow == "export")
    found = connection.execute(
        select(PLAN.c.mapping, records)
        .where(~exists().where(own.c.mapping == mapping.name), PLAN.c.state == "ok", PLAN.c.mapping.not_in(sent))
        .where(func.left(PLAN.c.salesforce_id, 3) == key_prefix)
        .group_by(PLAN.c.mapping)
        .order_by(records.desc(), PLAN.c.mapping)
    )
    return {row.mapping: row.records for row in found}


_VALUES = (
    ("(data value too large: ).*?( [(]max length)", r"\1...\2"),  # Salesforce's own text
    ("(: ').*?(' (?:is|has) )", r"\1...\2"),  # the next ones are those of `transform.payload`
    ("(' has )[0-9]+( characters)", r"\1too many\2"),
)
"""Where messages quote values, which differ from row to row and do not belong in logs; and what is shown instead."""


def read_failures(connection: Connection, mapping: Mapping, run_id: str, most: int) -> list[Failure]:
    """Return why rows of the run's plan were not written, by code and message, the most frequent `most` of them.

    Messages that differ only in a quoted value that is too long or unfit, or in its length, count as one.
    """
    failed = PLAN.c.state.in_(("rejected", "unprocessed"))
    without_value: ColumnElement[Any] = PLAN.c.message
    for pattern, shown in _VALUES:
        without_value = func.regexp_replace(without_value, pattern, shown, "g")
    code = func.coalesce(PLAN.c.code, PLAN.c.state).label("code")
    message = func.coalesce(without_value, "").label("message")
    rows = func.count().label("rows")
    counted = connection.execute(
        select(code, message, rows, func.min(PLAN.c.row_id).label("example_row_id"))
        .where(is_of_run(mapping, run_id), failed)
        .group_by(code, message)
        .order_by(rows.desc(), code, message)
        .limit(most)
    )
    return [Failure(**row) for row in counted.mappings()]
