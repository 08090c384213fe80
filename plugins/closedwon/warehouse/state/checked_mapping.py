"""Table `sync.checked_mapping`: mappings that fit the org, so that its describes are not sent in every run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Table, Text, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from closedwon.mapping.model import Mapping
from closedwon.warehouse.metadata import METADATA
from closedwon.warehouse.state.columns import mapping_column, time_column

CHECKED_MAPPING = Table(
    "checked_mapping",
    METADATA,
    mapping_column(primary_key=True),
    Column("digest", Text, nullable=False, comment="State of the mapping file when it was checked."),
    time_column("described_at", "When the org sent the describe, by the org's clock."),
    time_column("checked_at", "When it was checked, by the warehouse's clock.", now=True),
    schema="sync",
    comment="Mappings that fitted the org's describe when the import last compared the two.",
)

HOLDS_FOR = timedelta(days=1)
"""How long a check holds. Salesforce does not say whether a new right of the integration user changes a describe."""

_ROW = CHECKED_MAPPING.c


def find_checked(connection: Connection, mappings: Sequence[Mapping]) -> dict[str, datetime]:
    """Return the mappings whose check still holds, with the time of the describe by the org's clock.

    A mapping whose file has changed since is not among them.
    """
    asked = [(mapping.name, mapping.digest) for mapping in mappings]
    holding = select(_ROW.mapping, _ROW.described_at).where(
        tuple_(_ROW.mapping, _ROW.digest).in_(asked), _ROW.checked_at > func.now() - HOLDS_FOR
    )
    return {row.mapping: row.described_at for row in connection.execute(holding)}


def note_checked(connection: Connection, mapping: Mapping, described_at: datetime) -> None:
    """Note that the mapping fits a describe that the org sent at this time, by its clock."""
    values = {"digest": mapping.digest, "described_at": described_at, "checked_at": func.now()}
    noted = insert(CHECKED_MAPPING).values(mapping=mapping.name, **values)
    connection.execute(noted.on_conflict_do_update(index_elements=[_ROW.mapping], set_=values))
