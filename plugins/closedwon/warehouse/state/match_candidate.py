"""Table `sync.match_candidate`: rows that a new record may be, where `receive.match` does not tell, for a person."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Identity,
    Index,
    Table,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import CHAR, insert

from closedwon.mapping.model import Mapping
from closedwon.warehouse.load.parents import linked_rows
from closedwon.warehouse.load.staging import staged
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import mapping_column, run_id_column, time_column

MATCH_CANDIDATE = Table(
    "match_candidate",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Our own id."),
    mapping_column(),
    Column("salesforce_id", CHAR(18), nullable=False, comment="The record that waits in sync.quarantine."),
    Column(
        "row_id",
        BigInteger,
        comment="A row of the mapping's table that it may be; null where it may be another record that has no row yet.",
    ),
    Column("other_salesforce_id", CHAR(18), comment="The record that has this row, or that other record."),
    Column("matched_by", Text, comment="Columns that agree; null where it is not by them that the row is named here."),
    Column("why", Text, nullable=False, comment="Why it is not linked by itself."),
    Column(
        "decision",
        Text,
        CheckConstraint("decision IN ('link', 'new')", name="decision"),
        comment="For a person to write: link, where the record is this row; new on any line of the record, where it is "
        "none of them. The next import does it; where it cannot, it empties this, and says so in why.",
    ),
    time_column("found_at", "When it was first found.", now=True),
    time_column("decided_at", "When an import did what decision says; null while it is open.", nullable=True),
    run_id_column("The run that found it last."),
    schema="sync",
    comment="Rows that a new record may be, one line per record and row, where the lists in `receive.match` name "
    "several, or one that another record has.",
)

_LINE = MATCH_CANDIDATE.c
_CANDIDATE = func.coalesce(cast(_LINE.row_id, Text), _LINE.other_salesforce_id)

Index("match_candidate_line_idx", _LINE.mapping, _LINE.salesforce_id, _CANDIDATE, unique=True)

CANDIDATE_COLUMNS = ("salesforce_id", "row_id", "other_salesforce_id", "matched_by", "why")
"""The columns of a frame of candidates, as in the table."""


def is_open(mapping: Mapping) -> ColumnElement[bool]:
    """Return whether a line is one of the mapping on which no import has acted."""
    return and_(_LINE.mapping == mapping.name, _LINE.decided_at.is_(None))


def is_told(mapping: Mapping) -> ColumnElement[bool]:
    """Return whether a line waits for a person whatever agrees by now: what was decided before could not be done."""
    return and_(is_open(mapping), _LINE.decision.is_(None), _LINE.matched_by.is_(None))


def is_to_be_new(mapping: Mapping, salesforce_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return whether a person has decided that the record is none of the rows that agreed with it."""
    of_record = and_(_LINE.mapping == mapping.name, _LINE.salesforce_id == salesforce_id)
    return exists().where(of_record, _LINE.decision == "new", _LINE.decided_at.is_not(None))


def can_be_settled(mapping: Mapping, salesforce_id: ColumnElement[str], waiting: FromClause) -> ColumnElement[bool]:
    """Return whether a record is to be compared anew: a person has decided, or one of its candidates has changed.

    A row that is deleted, linked or unlinked meanwhile is a change, and so is another record that waits no more.

    Args:
        waiting: the quarantine, in which the other records wait.
    """
    row = linked_rows(mapping.table).alias()
    is_as_found = exists().where(
        row.c.id == _LINE.row_id, row.c.salesforce_id.is_not_distinct_from(_LINE.other_salesforce_id)
    )
    still_waits = exists().where(
        waiting.c.mapping == mapping.name,
        waiting.c.state == "waiting",
        waiting.c.salesforce_id == _LINE.other_salesforce_id,
    )
    has_changed = or_(
        and_(_LINE.row_id.is_not(None), _LINE.matched_by.is_not(None), ~is_as_found),
        and_(_LINE.row_id.is_(None), ~still_waits),
    )
    return exists().where(
        is_open(mapping), _LINE.salesforce_id == salesforce_id, or_(_LINE.decision.is_not(None), has_changed)
    )


def put_candidates(connection: Connection, mapping: Mapping, candidates: pd.DataFrame, run_id: str) -> None:
    """Upsert the candidates of records that wait; of these records, forget the lines that agree no more.

    A decision that a person has written meanwhile stays, and so does a line that tells of one.

    Args:
        candidates: with `CANDIDATE_COLUMNS`, all that each of its records has.
    """
    if candidates.empty:
        return
    columns: list[Column[Any]] = [Column(name, _LINE[name].type) for name in CANDIDATE_COLUMNS]
    with staged(connection, columns, [candidates]) as found:
        _forget_others(connection, mapping, found)
        ours = {"mapping": mapping.name, "run_id": run_id}
        lines = select(*(found.c[name] for name in CANDIDATE_COLUMNS), *map(literal, ours.values()))
        put = insert(MATCH_CANDIDATE).from_select([*CANDIDATE_COLUMNS, *ours], lines)
        seen = {name: put.excluded[name] for name in ("other_salesforce_id", "matched_by", "why", "run_id")}
        renewed = and_(is_open(mapping), ~is_told(mapping))
        connection.execute(
            put.on_conflict_do_update(
                index_elements=[_LINE.mapping, _LINE.salesforce_id, _CANDIDATE], set_=seen, where=renewed
            )
        )


def _forget_others(connection: Connection, mapping: Mapping, found: Table) -> None:
    same = exists().where(
        found.c.salesforce_id == _LINE.salesforce_id,
        func.coalesce(cast(found.c.row_id, Text), found.c.other_salesforce_id) == _CANDIDATE,
    )
    is_stale = and_(is_open(mapping), _LINE.decision.is_(None), _LINE.matched_by.is_not(None), ~same)
    of_found = _LINE.salesforce_id.in_(select(found.c.salesforce_id))
    connection.execute(delete(MATCH_CANDIDATE).where(is_stale, of_found))
