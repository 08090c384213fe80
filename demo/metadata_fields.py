"""A field of the org's describe as a custom field of the Metadata API."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from typing import Any

Content = dict[str, Any]
"""What stands in an element: texts, numbers and truth values by their tags, further elements, or lists of them."""

Described = Dictionary[str, Any]
"""One entry of `fields` in the org's describe."""

TYPES = {
    "boolean": "Checkbox",
    "currency": "Currency",
    "date": "Date",
    "datetime": "DateTime",
    "double": "Number",
    "email": "Email",
    "percent": "Percent",
    "phone": "Phone",
    "picklist": "Picklist",
    "reference": "Lookup",
    "string": "Text",
    "textarea": "LongTextArea",
    "url": "Url",
}
"""The Metadata API's name of a custom field's type, by that of describe."""

_SIZES = {
    "currency": ("precision", "scale"),
    "double": ("precision", "scale"),
    "percent": ("precision", "scale"),
    "string": ("length",),
    "textarea": ("length",),
}


def to_custom_field(describe: Dictionary[str, Any], field: Described) -> Content:
    """Return the content of a custom field of the object that is described.

    Raises:
        ValueError: its type is none of `TYPES`.
    """
    if field["type"] not in TYPES:
        raise ValueError(
            f"{describe['name']}.{field['name']} is {field['type']} in demo/org.yaml, and how such a field is made is "
            f"not known here; known are {', '.join(TYPES)}. Give it one of these types, or add the type to TYPES."
        )
    marks = {mark: True for mark in ("caseSensitive", "externalId", "unique") if field[mark]}
    named = {"fullName": field["name"], "label": field["label"], "type": TYPES[field["type"]]}
    return named | marks | _of_type(describe, field)


def _of_type(describe: Dictionary[str, Any], field: Described) -> Content:
    """Return what the Metadata API demands of a field of this type."""
    if field["type"] == "boolean":
        return {"defaultValue": False}
    if field["type"] == "picklist":
        return {"valueSet": _value_set(field)}
    if field["type"] == "reference":
        return _lookup(describe["labelPlural"], field)
    lines = {"visibleLines": 5} if field["type"] == "textarea" else {}
    return lines | {size: field[size] for size in _SIZES.get(field["type"], ())}


def _value_set(field: Described) -> Content:
    values = [
        {"fullName": choice["value"], "default": choice["defaultValue"], "label": choice["label"]}
        for choice in field["picklistValues"]
    ]
    return {"restricted": field["restrictedPicklist"], "valueSetDefinition": {"sorted": False, "value": values}}


def _lookup(plural: str, field: Described) -> Content:
    """Return where a lookup leads, and what the parent calls the records that lead to it."""
    (parent,) = field["referenceTo"]
    return {
        "deleteConstraint": "SetNull",
        "referenceTo": parent,
        "relationshipLabel": plural,
        "relationshipName": plural.replace(" ", "_"),
    }
