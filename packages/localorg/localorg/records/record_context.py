"""The context of a write: transaction, schema, object and user."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Table

from localorg.schema.model import Schema, SObject


@dataclass(frozen=True)
class RecordContext:
    """One transaction on records of one object, by one user."""

    connection: Connection
    table_of: Callable[[SObject], Table]
    schema: Schema
    sobject: SObject
    user_id: str

    @property
    def table(self) -> Table:
        """Return the table of the object."""
        return self.table_of(self.sobject)

    def of(self, sobject: SObject) -> RecordContext:
        """Return the same for another object."""
        return replace(self, sobject=sobject)
