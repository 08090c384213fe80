"""Immutable model of objects and fields; adding a field makes a new schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from localorg.schema.field import (
    ADDRESS_PARTS,
    ID_TYPES,
    LONGEST_SHORT_TEXT,
    NUMBER_TYPES,
    PICKLIST_TYPES,
    STAMPS,
    TEXT_TYPES,
    Field,
    PicklistValue,
)
from localorg.schema.rollups_and_rules import DuplicateRule, ValidationRule

__all__ = [
    "ADDRESS_PARTS",
    "ID_TYPES",
    "LONGEST_SHORT_TEXT",
    "NUMBER_TYPES",
    "PICKLIST_TYPES",
    "STAMPS",
    "TEXT_TYPES",
    "Child",
    "Currencies",
    "Field",
    "PicklistValue",
    "RecordType",
    "SObject",
    "Schema",
]


@dataclass(frozen=True)
class RecordType:
    """One of the kinds that an object's records may be of. `id` is empty until the org has made its record."""

    name: str
    developer_name: str
    is_active: bool = True
    is_default: bool = False
    description: str | None = None
    id: str = ""


@dataclass(frozen=True, eq=False)
class SObject:
    """One object: its names and its fields in the order of describe."""

    name: str
    label: str
    plural: str
    key_prefix: str
    fields: tuple[Field, ...]
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    access: str | None = None
    """`hidden` or `readonly`, where the user's profile does not give all rights."""
    hidden: tuple[Field, ...] = ()
    """Fields that the user does not see; formulas and rules do."""
    rules: tuple[ValidationRule, ...] = ()
    duplicate_rules: tuple[DuplicateRule, ...] = ()
    record_types: tuple[RecordType, ...] = ()
    flags: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    """What describe says of this object unlike of most: `{"feedEnabled": True}`."""

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def is_replicateable(self) -> bool:
        """Return whether `updated` and `deleted` take the object."""
        return self.flags.get("replicateable", True)

    @property
    def has_record_types(self) -> bool:
        """Return whether records may be of a record type, if only of the one that stands for none."""
        return self.flags.get("layoutable", True) and self.flags.get("recordTypes", True)

    @property
    def is_recycled(self) -> bool:
        """Return whether deleted records go to the recycle bin: users and metadata have no IsDeleted."""
        return self.find("IsDeleted") is not None

    @cached_property
    def stored(self) -> tuple[Field, ...]:
        return tuple(f for f in (*self.fields, *self.hidden) if f.is_stored)

    @cached_property
    def name_field(self) -> Field | None:
        return next((f for f in self.fields if f.name_field), None)

    def find(self, name: str) -> Field | None:
        """Return the field of that API name, in any case."""
        return self._by_name.get(name.lower())

    def relationship(self, name: str) -> Field | None:
        """Return the reference field behind a relationship name (`Account`, `Project__r`), in any case."""
        return self._by_relationship.get(name.lower())

    def seen_by_system(self) -> SObject:
        """Return this object with the fields that the user does not see."""
        return self._whole if self.hidden else self

    def kept(self, stamps: dict[str, Any]) -> dict[str, Any]:
        """Return those of these system fields that the object has: ContentDocumentLink has no CreatedDate."""
        return {name: value for name, value in stamps.items() if name not in self._missing_stamps}

    def modified(self, now: str, user_id: str) -> dict[str, Any]:
        """Return the stamps of a change that a user makes, as far as the object has them."""
        return self.kept({"LastModifiedDate": now, "LastModifiedById": user_id, "SystemModstamp": now})

    def parts_of(self, compound: Field) -> dict[str, Field]:
        """Return the parts of a compound field by their common names: Street, City ..., or Latitude and Longitude."""
        if compound.type == "location":
            return {f.name.split("__")[-2]: f for f in self.fields if f.compound == compound.name}
        prefix = compound.name.removesuffix("Address")
        return {part: f for part in ADDRESS_PARTS if (f := self.find(prefix + part)) is not None}

    def with_fields(self, added: Iterable[Field]) -> SObject:
        """Return this object with more fields; one of a name that exists takes its place."""
        fresh = {f.name.lower(): f for f in added}
        kept = tuple(fresh.pop(f.name.lower(), f) for f in self.fields)
        return replace(self, fields=kept + tuple(fresh.values()))

    def opened_to(self, custom: str) -> SObject:
        """Return this object, with a custom object added to the targets of references to any object."""
        opened = [f for f in self.fields if f.takes_custom and custom not in f.reference_to]
        return self.with_fields(replace(f, reference_to=(*f.reference_to, custom)) for f in opened) if opened else self

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {f.name.lower(): f for f in self.fields}

    @cached_property
    def _whole(self) -> SObject:
        return replace(self, fields=(*self.fields, *self.hidden), hidden=())

    @cached_property
    def _missing_stamps(self) -> frozenset[str]:
        whole = self.seen_by_system()
        return frozenset(name for name in STAMPS if whole.find(name) is None)

    @cached_property
    def _by_relationship(self) -> dict[str, Field]:
        return {f.relationship.lower(): f for f in self.fields if f.relationship and f.reference_to}


@dataclass(frozen=True)
class Currencies:
    """The currencies of an org that has several: how much of each one unit of the corporate currency is."""

    corporate: str
    rates: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Child:
    """A reference from another object: `sobject`'s `field` points to the parent."""

    sobject: SObject
    field: Field


@dataclass(frozen=True, eq=False)
class Schema:
    """All objects of the org."""

    objects: tuple[SObject, ...]
    currencies: Currencies | None = None
    """None in an org that has one currency and does not speak of it."""
    hidden: tuple[SObject, ...] = ()
    """Objects that the user does not see; formulas and roll-up summaries do."""

    def find(self, name: str) -> SObject | None:
        """Return the object of that API name, in any case."""
        return self._by_name.get(name.lower())

    def seen_by_system(self) -> Schema:
        """Return this schema with what the user does not see."""
        return self._whole

    def of_id(self, record_id: str) -> SObject | None:
        """Return the object that an id belongs to by its key prefix."""
        return self._by_prefix.get(record_id[:3])

    def children_of(self, sobject: SObject) -> tuple[Child, ...]:
        """Return every reference to `sobject`, with and without a relationship name."""
        return self._children.get(sobject.name.lower(), ())

    def child_relationship(self, sobject: SObject, name: str) -> Child | None:
        """Return the child objects behind a relationship name such as `Contacts`, in any case."""
        wanted = name.lower()
        for child in self.children_of(sobject):
            if (child.field.child_relationship or "").lower() == wanted:
                return child
        return None

    def with_object(self, sobject: SObject) -> Schema:
        """Return this schema with one object more, or with that object in the place of its namesake."""
        if self.find(sobject.name) is not None:
            return replace(
                self, objects=tuple(sobject if o.name.lower() == sobject.name.lower() else o for o in self.objects)
            )
        objects = (*self.objects, sobject)
        return replace(self, objects=tuple(o.opened_to(sobject.name) for o in objects) if sobject.custom else objects)

    @cached_property
    def _by_name(self) -> dict[str, SObject]:
        return {o.name.lower(): o for o in self.objects}

    @cached_property
    def _whole(self) -> Schema:
        return replace(self, objects=tuple(o.seen_by_system() for o in (*self.objects, *self.hidden)), hidden=())

    @cached_property
    def _by_prefix(self) -> dict[str, SObject]:
        return {o.key_prefix: o for o in self.objects}

    @cached_property
    def _children(self) -> dict[str, tuple[Child, ...]]:
        found: dict[str, list[Child]] = {}
        for sobject in self.objects:
            for reference in sobject.fields:
                for parent in reference.reference_to:
                    found.setdefault(parent.lower(), []).append(Child(sobject, reference))
        return {parent: tuple(children) for parent, children in found.items()}
