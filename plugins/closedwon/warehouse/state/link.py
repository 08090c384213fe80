"""Links: which Salesforce record a warehouse row is, held in the row's own `salesforce_id`."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Connection,
    TableClause,
    TableValuedAlias,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import CHAR, JSONB

from closedwon.mapping.model import Mapping


def link_records(connection: Connection, mapping: Mapping, records: Dictionary[int, str]) -> dict[int, str]:
    """The rows that could not be linked, each with the reason; all others are linked when this returns.

    A link that is there is never overwritten: a row linked to another record, or a record that another row is
    linked to, means that two things are taken for one, which only a person can tell apart.

    Args:
        records: Salesforce id by the id of the row.
    """
    if not records:
        return {}
    rows, wanted = _rows_of(mapping), _wanted(records)
    other = rows.alias("other")
    is_taken = exists().where(other.c.salesforce_id == wanted.c.salesforce_id)
    connection.execute(
        update(rows)
        .where(rows.c.id == wanted.c.id, rows.c.salesforce_id.is_(None), ~is_taken)
        .values(salesforce_id=wanted.c.salesforce_id)
    )
    holder = select(other.c.id).where(other.c.salesforce_id == wanted.c.salesforce_id).scalar_subquery().label("holder")
    refused = connection.execute(
        select(wanted.c.id, wanted.c.salesforce_id, rows.c.salesforce_id.label("linked_to"), holder)
        .select_from(wanted.outerjoin(rows, rows.c.id == wanted.c.id))
        .where(or_(rows.c.salesforce_id.is_(None), rows.c.salesforce_id != wanted.c.salesforce_id))
    )
    return {row.id: _conflict(mapping, row.id, row.salesforce_id, row.linked_to, row.holder) for row in refused}


def unlink_records(connection: Connection, mapping: Mapping, salesforce_ids: Sequence[str]) -> int:
    """The number of rows whose link is cleared because the record is no longer in the org."""
    rows = _rows_of(mapping)
    gone = update(rows).where(rows.c.salesforce_id.in_(salesforce_ids)).values(salesforce_id=None)
    return connection.execute(gone).rowcount


def _rows_of(mapping: Mapping) -> TableClause:
    schema, name = mapping.table.split(".")
    return table(name, column("id"), column("salesforce_id"), schema=schema)


def _wanted(records: Dictionary[int, str]) -> TableValuedAlias:
    """The links to make, as a table of one parameter: a statement of fixed length for any number of rows."""
    pairs = [{"id": row_id, "salesforce_id": record_id} for row_id, record_id in records.items()]
    return (
        func.jsonb_to_recordset(literal(pairs, JSONB))
        .table_valued(column("id", BigInteger), column("salesforce_id", CHAR(18)))
        .render_derived(name="wanted", with_types=True)
    )


def _conflict(mapping: Mapping, row_id: int, record_id: str, linked_to: str | None, holder: int | None) -> str:
    if holder is not None:
        seen = f"but row {holder} is linked to it already"
    elif linked_to is not None:
        seen = f"but the row is linked to {linked_to}"
    else:
        seen = "but the row is no longer there"
    return (
        f"Salesforce wrote row {row_id} of {mapping.table} to the {mapping.sobject} {record_id}, {seen}. "
        "No link was changed: only a person can tell which record is the right one. "
        f"Correct {mapping.table}.salesforce_id, or the external id in Salesforce; the next export tries again."
    )
