"""Fields that every object gets: id, owner, stamps, the deleted flag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localorg.schema.model import STAMPS, Field

_AUTOMATIC: dict[str, Any] = {
    "nillable": False,
    "createable": False,
    "updateable": False,
    "defaulted_on_create": True,
}
_LABELS = {
    "CreatedDate": "Created Date",
    "CreatedById": "Created By ID",
    "LastModifiedDate": "Last Modified Date",
    "LastModifiedById": "Last Modified By ID",
    "SystemModstamp": "System Modstamp",
}


def id_field(label: str) -> Field:
    """Return the Id field."""
    return Field("Id", "id", label, 18, id_lookup=True, **_AUTOMATIC)


def deleted_field() -> Field:
    """Return the field IsDeleted."""
    return Field("IsDeleted", "boolean", "Deleted", default=False, **_AUTOMATIC)


def owner_field(owners: tuple[str, ...]) -> Field:
    """Return the field OwnerId; its default is the user who creates a record."""
    return Field(
        "OwnerId",
        "reference",
        "Owner ID",
        18,
        nillable=False,
        defaulted_on_create=True,
        reference_to=owners,
        relationship="Owner",
    )


def stamp_fields(names: tuple[str, ...]) -> Iterator[Field]:
    """Yield those of the five stamp fields that are named, in the order of describe."""
    for name in STAMPS:
        if name not in names:
            continue
        if name.endswith("Date") or name == "SystemModstamp":
            yield Field(name, "datetime", _LABELS[name], **_AUTOMATIC)
        else:
            relationship = name.removesuffix("Id")
            user: dict[str, Any] = {"reference_to": ("User",), "relationship": relationship}
            yield Field(name, "reference", _LABELS[name], 18, **user, **_AUTOMATIC)
