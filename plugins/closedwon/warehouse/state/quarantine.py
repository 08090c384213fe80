"""Table `sync.quarantine`: records that could not be written, the reasons, and when to try them again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pandas as pd
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Table,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import CHAR, distinct_on, insert
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from closedwon.mapping.model import Mapping
from closedwon.rejects import REJECT_COLUMNS
from closedwon.warehouse.load.parents import linked_rows
from closedwon.warehouse.load.staging import staged
from closedwon.warehouse.mapped_tables import table_of
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import mapping_column, run_id_column, time_column
from closedwon.warehouse.state.match_candidate import can_be_settled

QUARANTINE = Table(
    "quarantine",
    METADATA,
    mapping_column(primary_key=True),
    Column("salesforce_id", CHAR(18), primary_key=True, comment="The record that could not be written."),
    Column(
        "field", Text, primary_key=True, comment="Salesforce field of the reason; empty where it is the whole record."
    ),
    Column(
        "class",
        Text,
        CheckConstraint("class IN ('waits_for_parent', 'needs_data', 'skipped')", name="class"),
        nullable=False,
        comment="What has to come first: waits_for_parent, its parent; needs_data, other data or another mapping; "
        "skipped, nothing.",
    ),
    Column("value", Text, comment="What was seen."),
    Column("reason", Text, nullable=False, comment="What was seen, where, why it matters and what to do."),
    time_column("system_modstamp", "The record's SystemModstamp when it was last rejected."),
    Column("waits_for_table", Text, comment="Warehouse table of the parent that is missing."),
    Column("waits_for_id", CHAR(18), comment="Salesforce id of the parent that is missing."),
    Column(
        "state",
        Text,
        CheckConstraint("state IN ('waiting', 'skipped', 'released', 'gone', 'out_of_scope')", name="state"),
        nullable=False,
        server_default="waiting",
        comment="waiting: not in the warehouse as it is in the org; skipped: left out, as the mapping says; "
        "released: the reason is gone; gone: the org does not return the record any more, as it was purged or hidden "
        "from the integration user; out_of_scope: it meets the mapping's `receive.where` no longer.",
    ),
    Column(
        "release_asked",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="Set it to true to try again at the next run.",
    ),
    Column("attempts", Integer, nullable=False, server_default=text("1"), comment="Runs that have rejected it."),
    Column("digest", Text, nullable=False, comment="State of the mapping file when the record was last rejected."),
    run_id_column("The run that rejected it last."),
    time_column("first_seen_at", "When it was first rejected.", now=True),
    time_column("last_seen_at", "When it was last rejected.", now=True),
    time_column("released_at", "When the reason was gone, or the record.", nullable=True),
    Index(None, "mapping", "system_modstamp", postgresql_where=text("state IN ('waiting', 'skipped')")),
    schema="sync",
    comment="Records of the org that could not be written, one row per record and field. Those of a mapping whose file "
    "was removed wait for the file to come back: until then no run tries them again, and sync.attention leaves "
    "them out.",
)


_ROW = QUARANTINE.c
_RELEASED = update(QUARANTINE).values(state="released", released_at=func.now(), release_asked=False)


def put_rejects(
    connection: Connection, mapping: Mapping, rejects: pd.DataFrame, run_id: str, *, is_latest: bool
) -> int:
    """Upsert rejects into quarantine, and return the number of their records.

    A reject that is already there counts one more attempt, once a run. Earlier rejects of these records that no longer
    occur are released. A reject of an overtaken reading is stale and left out if the warehouse has the record in this
    version or a later one, or a later one waits in quarantine.

    Args:
        rejects: columns as in `rejects.REJECT_COLUMNS`, one row per record and rejected field.
        is_latest: whether they were read after all that the warehouse holds, so that they count whatever their stamp:
            another server of the org, whose clock is ahead, may have stamped the version before.
    """
    if rejects.empty:
        return 0
    with staged(connection, _columns(*REJECT_COLUMNS), [rejects]) as staging:
        _upsert(connection, mapping, staging, run_id, is_latest=is_latest)
        same = exists().where(staging.c.salesforce_id == _ROW.salesforce_id, staging.c.field == _ROW.field)
        connection.execute(_RELEASED.where(is_apart(mapping), _comes_again(staging, is_latest=is_latest), ~same))
    return int(rejects["salesforce_id"].nunique())


def release_loaded(connection: Connection, mapping: Mapping, frames: Iterable[pd.DataFrame], *, is_latest: bool) -> int:
    """Release the rejects of records that have been written, and return the number of rejects.

    An older version than the rejected one releases nothing if its reading has been overtaken: the record is still not
    in the warehouse as it is in the org.

    Args:
        frames: the rows that were written; of their columns `salesforce_id` and `system_modstamp` are read.
        is_latest: as in `put_rejects`.
    """
    with staged(connection, _columns("salesforce_id", "system_modstamp"), frames) as staging:
        comes_again = _comes_again(staging, is_latest=is_latest)
        return connection.execute(_RELEASED.where(is_apart(mapping), comes_again)).rowcount


def is_apart(mapping: Mapping) -> ColumnElement[bool]:
    """Return whether a line is of a record that waits or is skipped, and so is not in the warehouse as in the org."""
    return and_(_ROW.mapping == mapping.name, _ROW.state.in_(["waiting", "skipped"]))


def ids_apart(connection: Connection, mapping: Mapping) -> set[str]:
    """Return the ids of all records of the mapping that wait in quarantine or are skipped."""
    return set(connection.scalars(select(_ROW.salesforce_id).distinct().where(is_apart(mapping))))


def waiting_parents(connection: Connection, rejects: pd.DataFrame) -> set[str]:
    """Return the Salesforce ids of the parents that these rejects wait for and that wait in quarantine themselves."""
    with staged(connection, _columns("waits_for_id"), [rejects]) as staging:
        ids = select(_ROW.salesforce_id).distinct()
        return set(connection.scalars(ids.where(_ROW.state == "waiting", _ROW.salesforce_id == staging.c.waits_for_id)))


def due_ids(connection: Connection, mapping: Mapping, being_read: Collection[str] = ()) -> list[str]:
    """Return the ids of the quarantined records that are due for a retry, sorted.

    These are the ones whose mapping, value map or suite has changed since, whose parent has arrived, for which a person
    has set `release_asked`, or that can be settled where they may be one of several rows; and the ones whose parent
    waits in quarantine too and may leave it in this run, so that a parent and its children come in together.

    Args:
        being_read: the names of the mappings that the run reads and has not yet loaded.
    """
    parents = {table for field in mapping.converted for table in field.references}
    arrived = (
        (_ROW.waits_for_table == name) & exists().where(linked_rows(name).c.salesforce_id == _ROW.waits_for_id)
        for name in sorted(parents)
    )
    parent = QUARANTINE.alias().c
    may_arrive = exists().where(
        parent.mapping.in_(being_read), parent.state == "waiting", parent.salesforce_id == _ROW.waits_for_id
    )
    can_settle = can_be_settled(mapping, _ROW.salesforce_id, QUARANTINE.alias())
    is_due = or_(_ROW.digest != mapping.digest, _ROW.release_asked, may_arrive, can_settle, *arrived)
    ids = select(_ROW.salesforce_id).distinct().where(is_apart(mapping), is_due).order_by(_ROW.salesforce_id)
    return list(connection.scalars(ids))


def due_records(connection: Connection, mapping: Mapping, being_read: Collection[str] = ()) -> pd.DataFrame:
    """Return `salesforce_id` of the records as in `due_ids`, and in `last_seen_at` the time of this question."""
    ids = due_ids(connection, mapping, being_read)
    return pd.DataFrame({"salesforce_id": ids, "last_seen_at": connection.scalar(select(func.now()))})


def end_gone(connection: Connection, mapping: Mapping, unanswered: pd.DataFrame) -> int:
    """End the rejects of records that the org was asked for and did not return; return the number of rejects.

    A reject that was met after the question stays: an older run was cleared.

    Args:
        unanswered: rows of `due_records`.
    """
    if unanswered.empty:
        return 0
    with staged(connection, _columns("salesforce_id", "last_seen_at"), [unanswered]) as staging:
        is_asked = (staging.c.salesforce_id == _ROW.salesforce_id) & (staging.c.last_seen_at >= _ROW.last_seen_at)
        ended = update(QUARANTINE).where(is_apart(mapping), is_asked)
        return connection.execute(ended.values(state="gone", released_at=func.now(), release_asked=False)).rowcount


def end_out_of_scope(connection: Connection, mapping: Mapping, left: Table, *, is_latest: bool) -> int:
    """End the rejects of records that meet the mapping's condition no longer; return the number of rejects.

    Args:
        left: a staging table of these records, with `salesforce_id` and `system_modstamp`.
        is_latest: as in `put_rejects`.
    """
    reason = (
        f"It meets `receive.where` of {mapping.file} no longer ({mapping.where}), so that it is not received and waits "
        "for nothing. It comes in when it meets the condition again."
    )
    ended = update(QUARANTINE).where(is_apart(mapping), _comes_again(left, is_latest=is_latest))
    state = {"state": "out_of_scope", "released_at": func.now(), "release_asked": False}
    return connection.execute(ended.values(state | {"reason": reason})).rowcount


def has_apart(connection: Connection, mapping: Mapping) -> bool:
    """Return whether a record of the mapping waits in quarantine or is skipped."""
    return bool(connection.scalar(select(exists().where(is_apart(mapping)))))


def _columns(*names: str) -> list[Column[Any]]:
    return [Column(name, _ROW[name].type) for name in names]


def _comes_again(staging: Table, *, is_latest: bool) -> ColumnElement[bool]:
    """Return whether the record is staged in a version that comes after the rejected one, or is it."""
    comes_after = true() if is_latest else staging.c.system_modstamp >= _ROW.system_modstamp
    return exists().where(staging.c.salesforce_id == _ROW.salesforce_id, comes_after)


def _is_stale(mapping: Mapping, reject: ReadOnlyColumnCollection[str, Column[Any]]) -> ColumnElement[bool]:
    rows, waiting = table_of(mapping).c, QUARANTINE.alias().c
    held = exists().where(rows.salesforce_id == reject.salesforce_id, rows.system_modstamp >= reject.system_modstamp)
    apart = exists().where(
        waiting.mapping == mapping.name,
        waiting.state.in_(["waiting", "skipped"]),
        waiting.salesforce_id == reject.salesforce_id,
        waiting.system_modstamp > reject.system_modstamp,
    )
    return held | apart


def _upsert(connection: Connection, mapping: Mapping, staging: Table, run_id: str, *, is_latest: bool) -> None:
    reject = staging.c
    state = case((reject["class"] == "skipped", "skipped"), else_="waiting")
    ours = {"mapping": mapping.name, "digest": mapping.digest, "run_id": run_id}
    rejects = (
        select(*reject[REJECT_COLUMNS], *map(literal, ours.values()), state)
        .ext(distinct_on(reject.salesforce_id, reject.field))
        .where(true() if is_latest else ~_is_stale(mapping, reject))
        .order_by(reject.salesforce_id, reject.field, reject.system_modstamp.desc())
    )
    put = insert(QUARANTINE).from_select([*REJECT_COLUMNS, *ours, "state"], rejects)
    is_other_run = cast(_ROW.run_id != put.excluded.run_id, Integer)
    seen = {name: put.excluded[name] for name in (*REJECT_COLUMNS, *ours)}
    renewed = {"state": put.excluded["state"], "release_asked": False, "released_at": None, "last_seen_at": func.now()}
    connection.execute(
        put.on_conflict_do_update(
            index_elements=[_ROW.mapping, _ROW.salesforce_id, _ROW.field],
            set_={**seen, **renewed, "attempts": _ROW.attempts + is_other_run},
        )
    )
