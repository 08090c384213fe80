"""Expand one definition into a compound field: an address with eight parts, a geolocation with two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from localorg.schema.definition_format import SchemaError, check_keys
from localorg.schema.field_definitions import to_field, to_label
from localorg.schema.model import ADDRESS_PARTS, Field

_LENGTHS = {"City": 40, "State": 80, "PostalCode": 20, "Country": 80}
_LABELS = {"State": "State/Province", "PostalCode": "Zip/Postal Code"}
_ACCURACIES = (
    "Address",
    "NearAddress",
    "Block",
    "Street",
    "ExtendedZip",
    "Zip",
    "Neighborhood",
    "City",
    "County",
    "State",
    "Unknown",
)
_LOCATION_KEYS = {"type", "label", "scale", "required"}


def address_fields(name: str, definition: Mapping[str, Any]) -> Iterator[Field]:
    """Yield an address and its eight parts: BillingStreet ... BillingAddress.

    Raises:
        SchemaError: a key that an address has not.
    """
    check_keys(definition, {"type", "label", "labels"}, f"{name}: ")
    prefix = name.removesuffix("Address")
    before = definition.get("labels", to_label(prefix))
    for part in ADDRESS_PARTS:
        label = f"{before} {_LABELS.get(part, to_label(part))}".strip()
        yield to_field(prefix + part, {**_part_of_address(part), "label": label, "partOf": name})
    label = definition.get("label") or f"{before} Address".strip()
    yield Field(name, "address", label, createable=False, updateable=False)


def location_fields(name: str, definition: Mapping[str, Any]) -> Iterator[Field]:
    """Yield a geolocation and its parts: Site__c, Site__Latitude__s, Site__Longitude__s.

    Raises:
        SchemaError: a key that a geolocation has not, or a name without `__c`.
    """
    check_keys(definition, _LOCATION_KEYS, f"{name}: ")
    if not name.endswith("__c"):
        raise SchemaError(f"{name}: a geolocation is a custom field, whose name ends with '__c'.")
    label = definition.get("label") or to_label(name)
    scale = definition.get("scale", 2)
    part = {"type": "double", "precision": scale + 3, "scale": scale, "partOf": name}
    part["required"] = bool(definition.get("required"))
    yield Field(name, "location", label, createable=False, updateable=False)
    for which in ("Latitude", "Longitude"):
        yield to_field(f"{name.removesuffix('c')}{which}__s", {**part, "label": f"{label} ({which})"})


def _part_of_address(part: str) -> dict[str, Any]:
    if part == "Street":
        return {"type": "textarea"}
    if part in ("Latitude", "Longitude"):
        return {"type": "double", "precision": 18, "scale": 15}
    if part == "GeocodeAccuracy":
        return {"type": "picklist", "length": 40, "restricted": True, "values": _ACCURACIES}
    return {"type": "string", "length": _LENGTHS[part]}
