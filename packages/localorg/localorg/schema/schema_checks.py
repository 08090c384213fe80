"""Checks that need all objects of the schema."""

from __future__ import annotations

from localorg.schema.definition_format import SchemaError
from localorg.schema.model import Field, Schema, SObject


def check_relationships(schema: Schema) -> None:
    """Refuse two fields whose children would have one name.

    Raises:
        SchemaError: with both fields.
    """
    for parent in schema.objects:
        seen: dict[str, str] = {}
        for child in schema.children_of(parent):
            if child.field.child_relationship is None:
                continue
            here = f"{child.sobject.name}.{child.field.name}"
            there = seen.setdefault(child.field.child_relationship.lower(), here)
            if there != here:
                raise SchemaError(
                    f"'{child.field.child_relationship}' names the children of {parent.name} for {there} and for "
                    f"{here}; a child subquery could mean either. Give one of them another name with 'children'."
                )


def check_controllers(schema: Schema) -> None:
    """Refuse a dependent picklist without a controlling field, or with values that the controlling field lacks.

    Raises:
        SchemaError: with the field.
    """
    for sobject in schema.objects:
        for field in sobject.fields:
            if field.controller is not None:
                _check_controller(sobject, field, field.controller)


def _check_controller(sobject: SObject, field: Field, name: str) -> None:
    here = f"{sobject.name}.{field.name}"
    controller = sobject.find(name)
    if controller is None or controller.type not in ("picklist", "boolean"):
        raise SchemaError(f"{here}: the controller '{name}' is no picklist and no checkbox of {sobject.name}.")
    for value in field.values:
        for choice in value.valid_for:
            if choice not in controller.choices:
                raise SchemaError(f"{here}: '{value.value}' is valid for '{choice}', which {name} does not have.")
