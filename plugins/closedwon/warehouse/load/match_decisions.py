"""Decisions that people have written into `sync.match_candidate`, carried out before a load compares anything."""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    null,
    or_,
    select,
    update,
)

from closedwon.mapping.model import Mapping
from closedwon.warehouse.state.match_candidate import MATCH_CANDIDATE, is_open
from closedwon.warehouse.state.quarantine import QUARANTINE, is_apart

_LINE = MATCH_CANDIDATE.c


def leave_judged(connection: Connection, mapping: Mapping, staging: Table) -> None:
    """Delete staged records that wait for a decision or are skipped in this version or a later one.

    A later reading has judged them so.
    """
    has_candidates = exists().where(is_open(mapping), _LINE.salesforce_id == staging.c.salesforce_id)
    is_judged = exists().where(
        is_apart(mapping),
        QUARANTINE.c.salesforce_id == staging.c.salesforce_id,
        QUARANTINE.c.system_modstamp >= staging.c.system_modstamp,
        or_(QUARANTINE.c.state == "skipped", has_candidates),
    )
    connection.execute(delete(staging).where(is_judged))


def carry_out_decisions(connection: Connection, mapping: Mapping, target: Table, staging: Table) -> None:
    """Link the staged records of which a person has decided which row they are, and note those that are to be new.

    A decision that cannot be carried out is taken back, and its line says why: the row is gone, another record has it,
    or two decisions contradict each other. Until a person decides again, the record waits, whatever agrees with it.
    """
    is_held = exists().where(target.c.salesforce_id == staging.c.salesforce_id)
    is_staged = exists().where(staging.c.salesforce_id == _LINE.salesforce_id, ~staging.c.is_deleted, ~is_held)
    is_decided = and_(is_open(mapping), _LINE.decision.is_not(None), is_staged)
    if not connection.scalar(select(exists().where(is_decided))):
        return
    _link_decided(connection, target, is_decided)
    has_row = exists().where(target.c.id == _LINE.row_id, target.c.salesforce_id == _LINE.salesforce_id)
    other = MATCH_CANDIDATE.alias().c
    is_contradicted = exists().where(
        other.mapping == mapping.name,
        other.salesforce_id == _LINE.salesforce_id,
        other.decision == "link",
        other.decided_at.is_(None),
    )
    is_linked = and_(is_open(mapping), _LINE.decision == "link", has_row)
    is_done = or_(is_linked, and_(is_decided, _LINE.decision == "new", ~is_contradicted))
    connection.execute(update(MATCH_CANDIDATE).values(decided_at=func.now()).where(is_done))
    _take_back(connection, mapping, target, is_decided)


def _link_decided(connection: Connection, target: Table, is_decided: ColumnElement[bool]) -> None:
    """Give each row to its record where one decision is all that was written of either."""
    of_record = func.count().over(partition_by=_LINE.salesforce_id).label("of_record")
    of_row = func.count().over(partition_by=[_LINE.row_id, _LINE.decision]).label("of_row")
    line = select(_LINE.salesforce_id, _LINE.row_id, _LINE.decision, of_record, of_row).where(is_decided).subquery()
    connection.execute(
        update(target)
        .values(salesforce_id=line.c.salesforce_id)
        .where(target.c.id == line.c.row_id, target.c.salesforce_id.is_(None))
        .where(line.c.decision == "link", line.c.of_record == 1, line.c.of_row == 1)
    )


def _take_back(connection: Connection, mapping: Mapping, target: Table, is_decided: ColumnElement[bool]) -> None:
    row = target.alias()
    is_there = exists().where(row.c.id == _LINE.row_id)
    linked_to = select(row.c.salesforce_id).where(row.c.id == _LINE.row_id).scalar_subquery()
    wanted = "It was to be linked to row " + cast(_LINE.row_id, Text) + f" of {mapping.table}"
    why = case(
        (_LINE.row_id.is_(None), "It was to be linked, but this line names another record, which has no row."),
        (~is_there, wanted + ", which is gone."),
        (linked_to.is_not(None), wanted + ", which is linked to " + linked_to + ": clear its salesforce_id first."),
        else_="Several decisions were written, of which one at most can be true.",
    )
    taken_back = {"decision": null(), "matched_by": null(), "other_salesforce_id": linked_to, "why": why}
    connection.execute(update(MATCH_CANDIDATE).where(is_decided).values(taken_back))
