"""Refuse a record that would stand above itself: an account that is its own parent, or the parent of its parent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from localorg.errors import OrgError
from localorg.records.record_context import RecordContext
from localorg.schema.model import SObject

PARENT = "ParentId"


def has_hierarchy(sobject: SObject) -> bool:
    """Return whether records of the object have parents of the same object, as accounts, cases and campaigns do."""
    parent = sobject.find(PARENT)
    return parent is not None and sobject.name in parent.reference_to


def check_hierarchy(context: RecordContext, changes: Mapping[str, Any], own_id: str) -> None:
    """Refuse a parent that is the record itself, or has it above itself.

    Raises:
        OrgError: CIRCULAR_DEPENDENCY.
    """
    parent_id = changes.get(PARENT)
    if parent_id is None or not has_hierarchy(context.sobject):
        return
    table = context.table
    while parent_id is not None:
        if parent_id == own_id:
            raise OrgError(400, "CIRCULAR_DEPENDENCY", "attempt to violate hierarchy constraints", [PARENT])
        parent_id = context.connection.execute(select(table.c[PARENT]).where(table.c["Id"] == parent_id)).scalar()
