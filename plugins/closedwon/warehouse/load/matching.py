"""Matching of new records with the rows that people have made for them: `receive.match` of a mapping."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
from sqlalchemy import (
    CTE,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Executable,
    Integer,
    MetaData,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import CHAR
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from closedwon.mapping.model import Mapping
from closedwon.warehouse.folding import find_collation
from closedwon.warehouse.load.match_keys import are_parents_known, held_keys, staged_keys
from closedwon.warehouse.load.match_reasons import Unclear, explain_matches
from closedwon.warehouse.state.link import LINK
from closedwon.warehouse.state.match_candidate import MATCH_CANDIDATE, is_to_be_new, is_told

_MOST_CANDIDATES = 20
"""Candidates that are named for one record: a thousand rows may have the same values."""


def match_rows(connection: Connection, mapping: Mapping, target: Table, staging: Table) -> Unclear:
    """Link each new record that one row agrees with; delete those from staging of which a person has to decide.

    A record is compared by the first list of columns, and by the next where nothing agrees: with the rows that no
    record has, those of other records, and the other staged records. It is linked to a row if that is all that agrees
    with it, no other record agrees with the row, none has it, and nobody has unlinked it. Rows whose record is deleted
    in Salesforce do not count.
    """
    lists = mapping.receive.match if mapping.receive else ()
    if not lists or not connection.scalar(select(exists().where(_is_new(mapping, target, staging)))):
        return Unclear()
    collation = find_collation(connection)
    with _pairs(connection) as pairs:
        for place, columns in enumerate(lists):
            staged = _staged_side(mapping, columns, target, staging, collation)
            held = _held_side(mapping, columns, target, staging, collation)
            _find_pairs(connection, pairs, place, staged, held)
        _link_rows(connection, mapping, target, pairs)
        return _set_unclear_apart(connection, mapping, target, staging, pairs)


@contextmanager
def _pairs(connection: Connection) -> Iterator[Table]:
    """Yield a temporary table for new records and what agrees with them; drop it at the end of the block."""
    columns = (Column("place", Integer), Column("salesforce_id", CHAR(18)))
    other = (Column("row_id", BigInteger), Column("other_salesforce_id", CHAR(18)))
    pairs = Table("#pairs", MetaData(), *columns, *other, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")
    pairs.create(connection, checkfirst=False)
    yield pairs
    pairs.drop(connection, checkfirst=False)


def _is_new(mapping: Mapping, target: Table, staging: Table) -> ColumnElement[bool]:
    is_held = exists().where(target.c.salesforce_id == staging.c.salesforce_id)
    return and_(~staging.c.is_deleted, ~is_held, ~is_to_be_new(mapping, staging.c.salesforce_id))


def _staged_side(mapping: Mapping, columns: tuple[str, ...], target: Table, staging: Table, collation: str) -> CTE:
    """Return the staged records with their keys by one list, and whether they are to find their row."""
    held = target.alias()
    joined = staging.outerjoin(held, held.c.salesforce_id == staging.c.salesforce_id)
    keys = staged_keys(mapping, columns, joined, staging, collation)
    is_new = and_(held.c.id.is_(None), ~is_to_be_new(mapping, staging.c.salesforce_id))
    return (
        select(staging.c.salesforce_id, held.c.id.label("row_id"), *keys.labelled, is_new.label("is_new"))
        .select_from(keys.rows)
        .where(~staging.c.is_deleted, keys.is_filled, are_parents_known(mapping, staging))
        .cte("staged")
    )


def _held_side(mapping: Mapping, columns: tuple[str, ...], target: Table, staging: Table, collation: str) -> CTE:
    """Return the rows with their keys by one list, without those whose record is staged as it is by now."""
    keys = held_keys(mapping, columns, target, collation)
    is_staged = exists().where(staging.c.salesforce_id == target.c.salesforce_id, ~staging.c.is_deleted)
    return (
        select(target.c.salesforce_id, target.c.id.label("row_id"), *keys.labelled)
        .select_from(keys.rows)
        .where(~target.c.is_deleted, ~is_staged)
        .cte("held")
    )


def _find_pairs(connection: Connection, pairs: Table, place: int, staged: CTE, held: CTE) -> None:
    """Note the new records that have no pair so far, with what agrees with them by one list."""
    is_found = exists().where(pairs.c.salesforce_id == staged.c.salesforce_id)
    wanted = (
        select(staged.c.salesforce_id, staged.c.key, staged.c.sieve).where(staged.c.is_new, ~is_found).cte("wanted")
    )
    sides = (
        select(side.c.salesforce_id, side.c.row_id, side.c.key)
        .where(side.c.sieve.in_(select(wanted.c.sieve)))
        .where(side.c.key.in_(select(wanted.c.key)))
        for side in (staged, held)
    )
    members = union_all(*sides).subquery("members")
    order = [members.c.salesforce_id.is_not(None), members.c.row_id, members.c.salesforce_id]
    number = func.row_number().over(partition_by=members.c.key, order_by=order).label("number")
    ranked = select(members, number).subquery("ranked")
    found = (
        select(literal(place), wanted.c.salesforce_id, ranked.c.row_id, ranked.c.salesforce_id)
        .join_from(wanted, ranked, wanted.c.key == ranked.c.key)
        .where(ranked.c.salesforce_id.is_distinct_from(wanted.c.salesforce_id), ranked.c.number <= _MOST_CANDIDATES + 1)
    )
    connection.execute(insert(pairs).from_select(list(pairs.c.keys()), found))


def _link_rows(connection: Connection, mapping: Mapping, target: Table, pairs: Table) -> None:
    """Give the rows that are no one else's to the only records that agree with them."""
    of_record = func.count().over(partition_by=pairs.c.salesforce_id).label("of_record")
    of_row = func.count().over(partition_by=pairs.c.row_id).label("of_row")
    pair = select(pairs, of_record, of_row).subquery()
    was_told = exists().where(is_told(mapping), MATCH_CANDIDATE.c.salesforce_id == pair.c.salesforce_id)
    connection.execute(
        update(target)
        .values(salesforce_id=pair.c.salesforce_id)
        .where(target.c.id == pair.c.row_id, target.c.salesforce_id.is_(None))
        .where(pair.c.of_record == 1, pair.c.of_row == 1, ~was_told)
        .where(~_was_unlinked(mapping, pair.c))
    )


def _was_unlinked(mapping: Mapping, pair: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[bool]:
    """Return whether a person has unlinked the row of a pair from a record of this object."""
    # The first three characters of an id are its object's; rows of the table may be sent to others.
    is_same_object = func.left(LINK.c.salesforce_id, 3) == func.left(pair.salesforce_id, 3)
    is_ended = and_(LINK.c.unlinked_at.is_not(None), is_same_object)
    return exists().where(LINK.c.table_name == mapping.table, LINK.c.row_id == pair.row_id, is_ended)


def _set_unclear_apart(
    connection: Connection, mapping: Mapping, target: Table, staging: Table, pairs: Table
) -> Unclear:
    """Delete the new records from staging that are linked to no row though something agrees with them."""
    is_linked = exists().where(target.c.salesforce_id == pairs.c.salesforce_id)
    row_now = select(target.c.id).where(target.c.salesforce_id == pairs.c.other_salesforce_id).scalar_subquery()
    row_id = func.coalesce(pairs.c.row_id, row_now).label("row_id")
    other = pairs.c.other_salesforce_id
    named = (pairs.c.place, pairs.c.salesforce_id, row_id, other, _was_unlinked(mapping, pairs.c).label("was_unlinked"))
    found = _read(connection, select(*named).where(~is_linked).order_by(pairs.c.salesforce_id, row_id, other))
    line = MATCH_CANDIDATE.c
    is_staged = exists().where(line.salesforce_id == staging.c.salesforce_id, _is_new(mapping, target, staging))
    told = _read(connection, select(line.salesforce_id, line.why).where(is_told(mapping), is_staged))
    is_unclear = or_(
        staging.c.salesforce_id.in_(select(pairs.c.salesforce_id).where(~is_linked)),
        staging.c.salesforce_id.in_(told["salesforce_id"].tolist()),
    )
    versions = (staging.c.salesforce_id, staging.c.system_modstamp)
    records = _read(connection, delete(staging).where(is_unclear).returning(*versions))
    return explain_matches(mapping, records, found, told)


def _read(connection: Connection, statement: Executable) -> pd.DataFrame:
    result = connection.execute(statement)
    return pd.DataFrame(result.all(), columns=list(result.keys()))
