"""Person accounts: copy the custom fields of Contact to Account, as `__pc`."""

from __future__ import annotations

from dataclasses import replace

from localorg.schema.model import Field, Schema


def with_person_fields(schema: Schema) -> Schema:
    """Return the schema with each custom field of Contact on Account as well: Level__c as Level__pc."""
    account, contact = schema.find("Account"), schema.find("Contact")
    if account is None or contact is None:
        return schema
    theirs = [_of_person(field) for field in contact.fields if field.name.endswith("__c") and field.is_stored]
    return schema.with_object(account.with_fields(theirs))


def _of_person(field: Field) -> Field:
    relationship = field.relationship and field.relationship.removesuffix("__r") + "__pr"
    children = field.child_relationship and field.child_relationship.removesuffix("__r") + "__pr"
    return replace(
        field,
        name=field.name.removesuffix("__c") + "__pc",
        relationship=relationship,
        child_relationship=children,
        unique=False,
        external_id=False,
        id_lookup=False,
    )
