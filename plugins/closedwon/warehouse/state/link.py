"""Table `sync.link`: the Salesforce record that each warehouse row was sent to, one link per row and mapping.

A row may have a record in several objects. An ended link stays as a tombstone, with its end in `unlinked_at`.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Identity,
    Index,
    Table,
    TableClause,
    TableValuedAlias,
    Text,
    and_,
    column,
    func,
    literal,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import CHAR, JSONB, insert

from closedwon.mapping.model import Mapping
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import mapping_column, time_column

_HOLDS = text("unlinked_at IS NULL")

LINK = Table(
    "link",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Our own id."),
    mapping_column(),
    Column("table_name", Text, nullable=False, comment="The mapping's table, as schema.table."),
    Column("row_id", BigInteger, nullable=False, comment="The row's id in that table."),
    Column("salesforce_id", CHAR(18), nullable=False, comment="The record that the row was sent to."),
    time_column("linked_at", "When the org answered with the record.", now=True),
    time_column("unlinked_at", "When the link ended; null while it holds. Set it to end the link.", nullable=True),
    Index(None, "row_id", "mapping", unique=True, postgresql_where=_HOLDS),
    Index(None, "salesforce_id", "mapping", unique=True, postgresql_where=_HOLDS),
    schema="sync",
    comment="Which Salesforce record each row was sent to, by mapping.",
)


def link_records(connection: Connection, mapping: Mapping, records: Dictionary[int, str]) -> dict[int, str]:
    """Link the rows to the records, and return those that could not be linked, each with the reason.

    An active link is never overwritten: if the row is linked to another record, or the record to another row, a person
    has to decide which link is right.

    Args:
        records: Salesforce id by the id of the row.
    """
    if not records:
        return {}
    rows, wanted = _rows_of(mapping), _wanted(records)
    there = select(literal(mapping.name), literal(mapping.table), wanted.c.id, wanted.c.salesforce_id)
    linked = insert(LINK).from_select(
        ["mapping", "table_name", "row_id", "salesforce_id"], there.join_from(wanted, rows, rows.c.id == wanted.c.id)
    )
    connection.execute(linked.on_conflict_do_nothing())
    own, other = LINK.alias("own"), LINK.alias("other")
    refused = connection.execute(
        select(
            wanted.c.id, wanted.c.salesforce_id, own.c.salesforce_id.label("linked_to"), other.c.row_id.label("holder")
        )
        .select_from(wanted)
        .outerjoin(own, and_(_holds(own, mapping), own.c.row_id == wanted.c.id))
        .outerjoin(other, and_(_holds(other, mapping), other.c.salesforce_id == wanted.c.salesforce_id))
        .where(own.c.salesforce_id.is_distinct_from(wanted.c.salesforce_id))
    )
    return {row.id: _conflict(mapping, row.id, row.salesforce_id, row.linked_to, row.holder) for row in refused}


def unlink_records(connection: Connection, mapping: Mapping, salesforce_ids: Sequence[str]) -> int:
    """End the links to records that are no longer in the org, and return their number."""
    gone = update(LINK).where(LINK.c.mapping == mapping.name, LINK.c.unlinked_at.is_(None))
    gone = gone.where(LINK.c.salesforce_id.in_(salesforce_ids)).values(unlinked_at=func.now())
    return connection.execute(gone).rowcount


def _holds(link: Any, mapping: Mapping) -> ColumnElement[bool]:
    return and_(link.c.mapping == mapping.name, link.c.unlinked_at.is_(None))


def _rows_of(mapping: Mapping) -> TableClause:
    schema, name = mapping.table.split(".")
    return table(name, column("id"), schema=schema)


def _wanted(records: Dictionary[int, str]) -> TableValuedAlias:
    """Return the links to make as a table of one parameter: a statement of fixed length for any number of rows."""
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
        f"The external id leads from row {row_id} of {mapping.table} to the {mapping.sobject} {record_id}, {seen}. "
        "No link was changed: only a person can tell which record is the right one. Set unlinked_at of the wrong "
        f"link in sync.link (mapping '{mapping.name}'), or correct the external id in Salesforce; the next export will "
        "try again."
    )
