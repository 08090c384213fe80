"""A mapping file: one Salesforce object, one warehouse table, and how fields become columns."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from closedwon.kinds import KINDS, Kind
from closedwon.mapping.model.value_map import QUARANTINE, Quarantine, ValueMap

Direction = Literal["receive", "send", "both", "none"]
"""Seen from the warehouse, in the words that the org's users know (Planhat): receive, send, both, none."""

FieldType: TypeAlias = str
"""The name of one of `kinds.KINDS`."""

DIRECTIONS: tuple[str, ...] = get_args(Direction)

NEVER_DELETED = frozenset({"group", "organization", "profile", "recordtype", "user", "userrole"})
"""Objects without a field IsDeleted, in small letters: their records can be made inactive, but not deleted."""


@dataclass(frozen=True)
class Field:
    """One line of a mapping file: a Salesforce field, a warehouse column, and how values pass between them."""

    salesforce: str
    column: str
    type: FieldType
    direction: Direction
    required: bool = False
    values: ValueMap | None = None
    fallback: str | Quarantine | None = QUARANTINE
    """What a label that the value map lacks becomes: a code, None (empty), or quarantine."""
    references: str | None = None
    """The warehouse table of the parent, for `type: reference`."""
    parent_sobject: str | None = None
    """The Salesforce object of the parent, from the mapping that has the table `references`."""
    note: str = ""
    line: int = 0

    @property
    def kind(self) -> Kind:
        return KINDS[self.type]

    @property
    def is_received(self) -> bool:
        return self.direction in ("receive", "both")

    @property
    def is_sent(self) -> bool:
        return self.direction in ("send", "both")


@dataclass(frozen=True)
class Key:
    """How a warehouse row finds its record when it is sent.

    `salesforce == "Id"`: `column` holds the id of a record that exists, which is updated. Else `salesforce` names
    an external id field, whose value is in `column`, and the record is upserted.
    """

    salesforce: str
    column: str


@dataclass(frozen=True)
class Mapping:
    """One mapping file: one Salesforce object and one warehouse table."""

    name: str
    file: str
    sobject: str
    table: str
    """The table that holds the rows, as `schema.table`; it carries `id` and `salesforce_id`."""
    direction: Direction
    fields: tuple[Field, ...]
    key: Key | None = None
    """Only where fields are sent."""
    read_from: str | None = None
    """For sending: the view that computes what is sent, where the table alone does not have it."""
    expectations: tuple[Dictionary[str, Any], ...] = ()
    """From `suites/<name>.yaml`, beside those that follow from the fields."""
    digest: str = ""
    """Changes when the file, one of its value maps or its suite changes: what was rejected under another digest
    is worth another try."""

    @property
    def selected(self) -> tuple[str, ...]:
        """The Salesforce fields that are read of each record, and so the header of its pages."""
        deletion = () if self.sobject.casefold() in NEVER_DELETED else ("IsDeleted",)
        return ("Id", *deletion, "SystemModstamp", *(f.salesforce for f in self.received))

    @property
    def received(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.is_received) if self.direction in ("receive", "both") else ()

    @property
    def sent(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.is_sent) if self.direction in ("send", "both") else ()
