"""The schema as the user may see and write it, without what `access` takes away."""

from __future__ import annotations

from dataclasses import replace

from localorg.schema.model import Field, Schema, SObject


def as_user(schema: Schema) -> Schema:
    """Return the schema as the API shows it. Formulas and rules still see what is hidden, see `seen_by_system`."""
    if not any(o.access or any(f.access for f in o.fields) for o in schema.objects):
        return schema
    objects = [_object_as_user(sobject) for sobject in schema.objects]
    seen = tuple(o for o in objects if o.access != "hidden")
    return replace(schema, objects=seen, hidden=tuple(o for o in objects if o.access == "hidden"))


def with_access(schema: Schema, name: str, access: str | None) -> Schema:
    """Return the schema with another access to an object, `Account`, or to a field, `Account.Fax`; None gives all
    rights.

    Raises:
        KeyError: there is no such object or field.
    """
    object_name, _, field_name = name.partition(".")
    sobject = schema.find(object_name)
    if sobject is None:
        raise KeyError(name)
    if not field_name:
        return schema.with_object(replace(sobject, access=access))
    field = sobject.find(field_name)
    if field is None:
        raise KeyError(name)
    return schema.with_object(sobject.with_fields([replace(field, access=access)]))


def _object_as_user(sobject: SObject) -> SObject:
    seen = tuple(_field_as_user(field) for field in sobject.fields if field.access != "hidden")
    hidden = tuple(field for field in sobject.fields if field.access == "hidden")
    if hidden or any(f.access for f in seen):
        sobject = replace(sobject, fields=seen, hidden=hidden)
    if sobject.access == "readonly":
        return replace(sobject, createable=False, updateable=False, deletable=False)
    return sobject


def _field_as_user(field: Field) -> Field:
    return replace(field, createable=False, updateable=False) if field.access == "readonly" else field
