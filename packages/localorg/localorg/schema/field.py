"""One field and the entries of its picklist, in the terms of Salesforce's describe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from localorg.schema.rollups_and_rules import Summary

TEXT_TYPES = frozenset(
    {"string", "textarea", "picklist", "multipicklist", "email", "phone", "url", "combobox", "encryptedstring"}
)
NUMBER_TYPES = frozenset({"int", "double", "currency", "percent"})
ID_TYPES = frozenset({"id", "reference"})
PICKLIST_TYPES = frozenset({"picklist", "multipicklist"})
ADDRESS_PARTS = ("Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude", "GeocodeAccuracy")
STAMPS = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")
COMPOUND_TYPES = frozenset({"address", "location"})
CUSTOM_ENDINGS = ("__c", "__s", "__pc")
"""Of custom fields, the parts of custom geolocations, and the custom fields of a person account's contact."""
_OPAQUE_TYPES = frozenset({"base64", "encryptedstring"})
_UNGROUPED_TYPES = frozenset({"double", "currency", "percent", "datetime", "combobox"})
LONGEST_SHORT_TEXT = 255
"""Longer texts can be selected, but not filtered, sorted or grouped."""


@dataclass(frozen=True, eq=False)
class PicklistValue:
    """One entry of a picklist; `facts` is what it brings along, as the probability of a stage."""

    value: str
    is_default: bool = False
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    label: str = ""
    """What people see, where it is not the value itself."""
    is_active: bool = True
    valid_for: tuple[str, ...] = ()
    """In a dependent picklist: the values of the controlling field with which this one may be chosen."""


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
    takes_custom: bool = False
    """Whether the reference may point to any custom object, beside those in `reference_to`."""
    restricted_delete: bool = False
    """Whether a record that is referred to cannot be deleted."""
    is_master: bool = False
    """Whether the field is one of master and detail: the child has no owner of its own."""
    relationship_order: int | None = None
    write_requires_master_read: bool = False
    controller: str | None = None
    html: bool = False
    help: str | None = None
    extra_type: str | None = None
    exceptions: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    """What describe says of this field unlike of others of its type: `{"filterable": False}`."""
    formula: str | None = None
    blanks_are_zero: bool = True
    """Whether the formula takes a blank number for 0."""
    summary: Summary | None = None
    access: str | None = None
    """`hidden` or `readonly`, where the user's profile does not give all rights."""

    @property
    def custom(self) -> bool:
        return self.name.endswith(CUSTOM_ENDINGS)

    @property
    def is_compound(self) -> bool:
        """Return whether the value is an object, put together from other fields: an address or a geolocation."""
        return self.type in COMPOUND_TYPES

    @property
    def is_computed(self) -> bool:
        """Return whether the value is worked out anew in each query: a formula or a roll-up summary."""
        return self.formula is not None or self.summary is not None

    @property
    def is_stored(self) -> bool:
        """Return false for compound fields, which are put together when they are read, and for computed ones."""
        return not self.is_compound and not self.is_computed

    @property
    def is_exact_key(self) -> bool:
        """Return whether an external id finds records in its own case only; a unique one is folded by its index."""
        return self.external_id and not self.unique and self.type in TEXT_TYPES

    @property
    def is_long_text(self) -> bool:
        return self.type == "textarea" and self.length > LONGEST_SHORT_TEXT

    @property
    def is_filterable(self) -> bool:
        return self.exceptions.get("filterable", not self.is_long_text and self.type not in _OPAQUE_TYPES)

    @property
    def is_sortable(self) -> bool:
        unsorted = self.is_long_text or self.is_compound or self.type in ("multipicklist", *_OPAQUE_TYPES)
        return self.exceptions.get("sortable", not unsorted)

    @property
    def is_groupable(self) -> bool:
        ungrouped = self.type in _UNGROUPED_TYPES or self.auto_number or (self.formula and self.type == "string")
        usual = self.is_sortable and not ungrouped
        return self.exceptions.get("groupable", usual)

    @property
    def is_aggregatable(self) -> bool:
        return self.exceptions.get("aggregatable", self.is_sortable and self.type != "boolean")

    @property
    def is_polymorphic(self) -> bool:
        return len(self.reference_to) > 1

    @property
    def choices(self) -> list[str]:
        """Return the values that may control a dependent picklist, in order."""
        return ["false", "true"] if self.type == "boolean" else [value.value for value in self.values]

    def value_of(self, written: str) -> PicklistValue | None:
        """Return the picklist entry that is written so, in any case."""
        return self._by_value.get(written.casefold())

    @cached_property
    def _by_value(self) -> dict[str, PicklistValue]:
        return {entry.value.casefold(): entry for entry in self.values}
