"""What the org knows of its objects and fields. Immutable: a field learned later makes a new schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

TEXT_TYPES = frozenset(
    {"string", "textarea", "picklist", "multipicklist", "email", "phone", "url", "combobox", "encryptedstring"}
)
NUMBER_TYPES = frozenset({"int", "double", "currency", "percent"})
ID_TYPES = frozenset({"id", "reference"})
PICKLIST_TYPES = frozenset({"picklist", "multipicklist"})
ADDRESS_PARTS = ("Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude", "GeocodeAccuracy")
LONGEST_SHORT_TEXT = 255
"""Longer texts can be selected, but not filtered, sorted or grouped."""


@dataclass(frozen=True, eq=False)
class PicklistValue:
    """One entry of a picklist; `facts` is what it brings along, as the probability of a stage."""

    value: str
    is_default: bool = False
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, eq=False)
class Field:
    """One field, in the terms of Salesforce's describe."""

    name: str
    type: str
    label: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    defaulted_on_create: bool = False
    default: Any = None
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    name_field: bool = False
    id_lookup: bool = False
    calculated: bool = False
    auto_number: str | None = None
    """The display format of an auto number, with its digits in braces: `{00000000}`, `A-{0000}`."""
    restricted_picklist: bool = False
    values: tuple[PicklistValue, ...] = ()
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    child_relationship: str | None = None
    cascade_delete: bool = False
    compound: str | None = None
    """The compound field that this field is a part of."""

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def is_stored(self) -> bool:
        """False for compound addresses, which are put together from their parts when they are read."""
        return self.type != "address"

    @property
    def is_long_text(self) -> bool:
        return self.type == "textarea" and self.length > LONGEST_SHORT_TEXT

    @property
    def is_filterable(self) -> bool:
        return not self.is_long_text

    @property
    def is_sortable(self) -> bool:
        return not self.is_long_text and self.type not in ("address", "multipicklist")

    @property
    def is_groupable(self) -> bool:
        return (
            self.is_sortable and self.type not in ("double", "currency", "percent", "datetime") and not self.auto_number
        )

    @property
    def is_aggregatable(self) -> bool:
        return self.is_sortable and self.type != "boolean"

    @property
    def is_polymorphic(self) -> bool:
        return len(self.reference_to) > 1

    def value_of(self, label: str) -> PicklistValue | None:
        """The picklist entry that is written so, in any case."""
        return self._by_label.get(label.casefold())

    @cached_property
    def _by_label(self) -> dict[str, PicklistValue]:
        return {entry.value.casefold(): entry for entry in self.values}


@dataclass(frozen=True, eq=False)
class SObject:
    """One object: its names and its fields in the order of describe."""

    name: str
    label: str
    plural: str
    key_prefix: str
    fields: tuple[Field, ...]
    createable: bool = True
    deletable: bool = True

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def is_recycled(self) -> bool:
        """Whether deleted records go to the recycle bin: users and metadata have no IsDeleted."""
        return self.find("IsDeleted") is not None

    @cached_property
    def stored(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.is_stored)

    @cached_property
    def name_field(self) -> Field | None:
        return next((f for f in self.fields if f.name_field), None)

    def find(self, name: str) -> Field | None:
        """The field of that API name, in any case."""
        return self._by_name.get(name.lower())

    def relationship(self, name: str) -> Field | None:
        """The reference field behind a relationship name (`Account`, `Project__r`), in any case."""
        return self._by_relationship.get(name.lower())

    def parts_of(self, compound: Field) -> dict[str, Field]:
        """The parts of a compound address by their common names: Street, City ..."""
        prefix = compound.name.removesuffix("Address")
        return {part: f for part in ADDRESS_PARTS if (f := self.find(prefix + part)) is not None}

    def with_fields(self, added: Iterable[Field]) -> SObject:
        """This object with more fields; one of a name that exists takes its place."""
        fresh = {f.name.lower(): f for f in added}
        kept = tuple(fresh.pop(f.name.lower(), f) for f in self.fields)
        return replace(self, fields=kept + tuple(fresh.values()))

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {f.name.lower(): f for f in self.fields}

    @cached_property
    def _by_relationship(self) -> dict[str, Field]:
        return {f.relationship.lower(): f for f in self.fields if f.relationship}


@dataclass(frozen=True, eq=False)
class Child:
    """A reference from another object: `sobject`'s `field` points to the parent."""

    sobject: SObject
    field: Field


@dataclass(frozen=True, eq=False)
class Schema:
    """All objects of the org."""

    objects: tuple[SObject, ...]

    def find(self, name: str) -> SObject | None:
        """The object of that API name, in any case."""
        return self._by_name.get(name.lower())

    def of_id(self, record_id: str) -> SObject | None:
        """The object that an id belongs to by its key prefix."""
        return self._by_prefix.get(record_id[:3])

    def children_of(self, sobject: SObject) -> tuple[Child, ...]:
        """Every reference to `sobject`, with and without a relationship name."""
        return self._children.get(sobject.name.lower(), ())

    def child_relationship(self, sobject: SObject, name: str) -> Child | None:
        """The child objects behind a relationship name such as `Contacts`, in any case."""
        wanted = name.lower()
        for child in self.children_of(sobject):
            if (child.field.child_relationship or "").lower() == wanted:
                return child
        return None

    def with_object(self, sobject: SObject) -> Schema:
        """This schema with one object more, or with that object in the place of its namesake."""
        if self.find(sobject.name) is None:
            return Schema((*self.objects, sobject))
        return Schema(tuple(sobject if o.name.lower() == sobject.name.lower() else o for o in self.objects))

    @cached_property
    def _by_name(self) -> dict[str, SObject]:
        return {o.name.lower(): o for o in self.objects}

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
