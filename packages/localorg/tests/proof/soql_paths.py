"""Every path that a random query may name: the fields of an object, of its parents, and of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from proof_world import FIELDS, STAMPS

from localorg.schema.model import NUMBER_TYPES, TEXT_TYPES, Field, Schema, SObject

_REFERENCES = {
    "Account": ("Parent", "Owner"),
    "Contact": ("Account", "ReportsTo", "Owner"),
    "Opportunity": ("Account", "Owner"),
    "Task": ("What", "Who", "Owner"),
    "Ticket__c": ("Account__r", "Deal__r", "Owner"),
    "User": ("Manager",),
}
DEEPEST = 3


@dataclass(frozen=True)
class PathTo:
    """A field by its path. `sobject` is an object that has values of its kind."""

    path: str
    field: Field
    sobject: str

    @property
    def depth(self) -> int:
        return self.path.count(".")

    @property
    def is_text(self) -> bool:
        return self.field.type in TEXT_TYPES

    @property
    def is_number(self) -> bool:
        return self.field.type in NUMBER_TYPES

    @property
    def is_day(self) -> bool:
        return self.field.type in ("date", "datetime")

    @property
    def is_sure(self) -> bool:
        """False for a boolean of a parent: whether it is null or false without a parent, nobody says but of WHERE."""
        return self.field.type != "boolean" or not self.depth

    @property
    def is_sortable(self) -> bool:
        return self.is_sure and self.field.is_sortable and not self.field.case_sensitive

    @property
    def is_groupable(self) -> bool:
        return self.is_sortable and self.field.is_groupable

    @property
    def is_aggregatable(self) -> bool:
        return self.is_sortable and self.field.is_aggregatable

    @property
    def is_only_equal(self) -> bool:
        """Whether the field takes only = and !=, or is never asked for more."""
        return self.field.type in ("boolean", "id", "reference", "multipicklist") or self.field.case_sensitive


@cache
def all_paths(schema: Schema) -> dict[str, list[PathTo]]:
    """The paths from each object on."""
    return {sobject: list(paths_of(schema, sobject)) for sobject in FIELDS}


def paths_of(schema: Schema, sobject: str, depth: int = DEEPEST) -> Iterator[PathTo]:
    """The paths from an object on, with at most so many relationships."""
    found = _find(schema, sobject)
    for name in ("Id", *FIELDS[sobject], *STAMPS):
        field = found.find(name)
        assert field is not None
        yield PathTo(name, field, sobject)
    for relationship in _REFERENCES[sobject] if depth else ():
        reference = found.relationship(relationship)
        assert reference is not None
        for below in _below(schema, reference, depth - 1):
            yield replace(below, path=f"{relationship}.{below.path}")


def _below(schema: Schema, reference: Field, depth: int) -> Iterator[PathTo]:
    """What a relationship leads to; of a polymorphic one, what each of its objects has."""
    known = [target for target in reference.reference_to if target in FIELDS]
    if not reference.is_polymorphic:
        yield from paths_of(schema, known[0], depth)
        return
    yield PathTo("Type", Field("Type", "string", "Type"), known[0])
    yield from (path for path in paths_of(schema, known[0], 0) if path.path in ("Id", "Name"))


def _find(schema: Schema, name: str) -> SObject:
    found = schema.find(name)
    assert found is not None
    return found
