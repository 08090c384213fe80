"""What keeps records from being deleted: other records that refer to them and would be left behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Table, select

from localorg.errors import OrgError
from localorg.schema.model import Child, Field, Schema, SObject
from localorg.storage.conditions import alive, among

DeletedWith = dict[str, dict[str, str]]
"""By object, the records that are to go, each with the record whose delete takes it along."""
TableOf = Callable[[SObject], Table]


def delete_restrictions(
    connection: Connection, table_of: TableOf, schema: Schema, deleted_with: DeletedWith
) -> dict[str, OrgError]:
    """DELETE_FAILED for each record that cannot go, because of itself or of one that would go with it."""
    refused: dict[str, OrgError] = {}
    for name, roots in deleted_with.items():
        sobject = schema.find(name)
        if sobject is None or not roots:
            continue
        for child in schema.children_of(sobject):
            held = _holders(connection, table_of, child, roots, deleted_with)
            for record_id, names in held.items():
                message = _told(connection, table_of, sobject, record_id, child, names)
                refused.setdefault(roots[record_id], OrgError(400, "DELETE_FAILED", message))
    return refused


def _holders(
    connection: Connection, table_of: TableOf, child: Child, roots: Mapping[str, str], deleted_with: DeletedWith
) -> dict[str, list[str]]:
    """The names of the records that hold on to each of the doomed ones."""
    wins = _is_won_deal(child)
    if not wins and not _is_restricted(child.field):
        return {}
    table = table_of(child.sobject)
    name = table.c[_name_of(child.sobject)]
    reference = table.c[child.field.name]
    statement = select(table.c["Id"], reference, name).where(among(reference, roots), alive(table)).order_by(name)
    if wins:
        statement = statement.where(table.c["IsWon"] == 1)
    spared = {} if wins else deleted_with.get(child.sobject.name, {})
    held: dict[str, list[str]] = {}
    for row in connection.execute(statement):
        if row[0] not in spared:
            held.setdefault(row[1], []).append(str(row[2]))
    return held


def _is_restricted(field: Field) -> bool:
    """A lookup that says so, and one of a custom object that must not be empty."""
    is_required_lookup = field.custom and not field.nillable and not field.cascade_delete
    return (field.restricted_delete and not field.cascade_delete) or is_required_lookup


def _is_won_deal(child: Child) -> bool:
    """Accounts keep opportunities that were won, though describe says that they are deleted along."""
    return (child.sobject.name, child.field.name) == ("Opportunity", "AccountId")


def _told(
    connection: Connection, table_of: TableOf, sobject: SObject, record_id: str, child: Child, names: list[str]
) -> str:
    table = table_of(sobject)
    statement = select(table.c[_name_of(sobject)]).where(table.c["Id"] == record_id)
    attempt = f"Your attempt to delete {connection.execute(statement).scalar()} could not be completed because"
    listed = ", ".join(names)
    if _is_won_deal(child):
        reason = "some opportunities in that account were closed won. The opportunities that could not be deleted are"
        return f"{attempt} {reason} shown below.: {listed}\n"
    return f"{attempt} it is associated with the following {child.sobject.plural.lower()}.: {listed}\n"


def _name_of(sobject: SObject) -> str:
    return sobject.name_field.name if sobject.name_field is not None and sobject.name_field.is_stored else "Id"
