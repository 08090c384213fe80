"""The section `send` of a mapping file: what only sending can mean."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from closedwon.mapping.model.names import STRICT, ColumnName, FieldName, TableName


@dataclass(frozen=True, config=STRICT)
class Key:
    """How a warehouse row finds its record when it is sent."""

    salesforce: FieldName
    """`Id`: the record exists and is updated. Else an external id field: the record is upserted by it."""
    column: ColumnName
    """The column that holds the record's id, or the value of the external id field."""


@dataclass(frozen=True, config=STRICT)
class Send:
    """How rows are sent; only in a mapping with `direction: send`."""

    key: Key
    """By what a row finds its record."""
    read_from: TableName | None = None
    """The view that computes what is sent, where the table alone does not have it; default: the table."""
