"""Record types that a data set names; they are created where the org lacks them."""

from __future__ import annotations

from localorg.data.dataset import Row
from localorg.org import Org

RECORD_TYPES = "RecordType"


def to_record_type(sobject: str, developer_name: str, key: str | None = None) -> Row:
    """Return the record type of an object. Its key carries the object, as names repeat.

    Args:
        key: by which the data set knows it, if not by its name.
    """
    return {
        "Id": f"{sobject}.{key or developer_name}",
        "Name": developer_name.replace("_", " "),
        "DeveloperName": developer_name.replace(" ", "_"),
        "SobjectType": sobject,
        "IsActive": "true",
    }


def to_record_type_key(row: Row) -> tuple[str, str]:
    """Return the key by which record types are told apart, whatever their ids."""
    return row.get("SobjectType", "").lower(), row.get("DeveloperName", "").lower()


def known_record_types(org: Org) -> dict[tuple[str, str], str]:
    """Return the ids of those that the org has already."""
    found = org.query("SELECT Id, SobjectType, DeveloperName FROM RecordType")
    return {to_record_type_key(row): row["Id"] for row in found.records(0, found.total_size)}
