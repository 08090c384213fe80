"""Restrictions on deletes: records that refer to the deleted ones and would be left behind."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from localorg.errors import OrgError
from localorg.records.record_context import RecordContext
from localorg.schema.model import Child, Field, SObject
from localorg.storage.conditions import alive, among

DeletedWith = dict[str, dict[str, str]]
"""By object, the records that are to go, each with the record whose delete takes it along."""


def delete_restrictions(context: RecordContext, deleted_with: DeletedWith) -> dict[str, OrgError]:
    """Return DELETE_FAILED for each record that cannot be deleted, because of itself or of one deleted with it."""
    refused: dict[str, OrgError] = {}
    for name, roots in deleted_with.items():
        sobject = context.schema.find(name)
        if sobject is None or not roots:
            continue
        for child in context.schema.children_of(sobject):
            held = _holders(context, child, roots, deleted_with)
            for record_id, names in held.items():
                message = _message(context.of(sobject), record_id, child, names)
                refused.setdefault(roots[record_id], OrgError(400, "DELETE_FAILED", message))
    return refused


def _holders(
    context: RecordContext, child: Child, roots: Mapping[str, str], deleted_with: DeletedWith
) -> dict[str, list[str]]:
    """Return the names of the records that prevent each delete."""
    wins = _is_won_deal(child)
    if not wins and not _is_restricted(child.field):
        return {}
    table = context.table_of(child.sobject)
    name = table.c[_name_of(child.sobject)]
    reference = table.c[child.field.name]
    statement = select(table.c["Id"], reference, name).where(among(reference, roots), alive(table)).order_by(name)
    if wins:
        statement = statement.where(table.c["IsWon"] == 1)
    spared = {} if wins else deleted_with.get(child.sobject.name, {})
    held: dict[str, list[str]] = {}
    for row in context.connection.execute(statement):
        if row[0] not in spared:
            held.setdefault(row[1], []).append(str(row[2]))
    return held


def _is_restricted(field: Field) -> bool:
    """Return whether a lookup restricts deletes: by definition, or as a required one of a custom object."""
    is_required_lookup = field.custom and not field.nillable and not field.cascade_delete
    return (field.restricted_delete and not field.cascade_delete) or is_required_lookup


def _is_won_deal(child: Child) -> bool:
    """Return whether children are won opportunities, which keep their account, though describe says that they are
    deleted with it.
    """
    return (child.sobject.name, child.field.name) == ("Opportunity", "AccountId")


def _message(context: RecordContext, record_id: str, child: Child, names: list[str]) -> str:
    table = context.table
    statement = select(table.c[_name_of(context.sobject)]).where(table.c["Id"] == record_id)
    attempt = f"Your attempt to delete {context.connection.execute(statement).scalar()} could not be completed because"
    listed = ", ".join(names)
    if _is_won_deal(child):
        reason = "some opportunities in that account were closed won. The opportunities that could not be deleted are"
        return f"{attempt} {reason} shown below.: {listed}\n"
    return f"{attempt} it is associated with the following {child.sobject.plural.lower()}.: {listed}\n"


def _name_of(sobject: SObject) -> str:
    return sobject.name_field.name if sobject.name_field is not None and sobject.name_field.is_stored else "Id"
