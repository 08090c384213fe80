"""Follow a relationship of a record: /sobjects/Account/{id}/Contacts, /sobjects/Contact/{id}/Account."""

from __future__ import annotations

from localorg.errors import not_found
from localorg.ids import to_id18
from localorg.messages import Answer, Call
from localorg.rest.query import first_page
from localorg.schema.model import SObject
from localorg.state.instance import Instance


def read_related(instance: Instance, call: Call, sobject: SObject, record_id: str, name: str) -> Answer:
    """Return the children of a record as a query does, or its parent as a record.

    Raises:
        OrgError: NOT_FOUND, if the object has no such relationship, or the record no such parent.
    """
    schema = instance.org.schema
    if (child := schema.child_relationship(sobject, name)) is not None:
        instance.org.read(sobject.name, record_id, ["Id"])
        fields = ", ".join(_known(child.sobject, call.asked_fields))
        where = f"{child.field.name} = '{to_id18(record_id)}'"
        return first_page(instance, call, f"SELECT {fields} FROM {child.sobject.name} WHERE {where}")  # noqa: S608 (SOQL)
    reference = sobject.relationship(name)
    if reference is None:
        raise not_found()
    parent_id = instance.org.read(sobject.name, record_id, [reference.name])[reference.name]
    parent = schema.of_id(parent_id) if parent_id else None
    if parent is None:
        raise not_found()
    return Answer(body=instance.org.read(parent.name, parent_id, call.asked_fields, root=call.root))


def _known(sobject: SObject, asked: list[str] | None) -> list[str]:
    """Return the fields asked for, or all that a query may name."""
    return asked or [field.name for field in sobject.fields]
