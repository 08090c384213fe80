"""Read a field from its definition in YAML, with the defaults that Salesforce gives each type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from localorg.schema.definition_format import SchemaError
from localorg.schema.field_format import (
    ALIASES,
    COMPUTED,
    DEFAULTS,
    EXCEPTIONS,
    OPERATIONS,
    check_field_definition,
)
from localorg.schema.model import Field, PicklistValue
from localorg.schema.rollups_and_rules import Summary

_TAKEN_OVER = {
    "type": "type",
    "length": "length",
    "precision": "precision",
    "scale": "scale",
    "digits": "digits",
    "autoNumber": "auto_number",
    "children": "child_relationship",
    "partOf": "compound",
    "controller": "controller",
    "help": "help",
    "extra": "extra_type",
    "formula": "formula",
    "access": "access",
}
"""Keys whose value a field has as it is given, and the name that it has there."""
_MARKED = {
    "externalId": "external_id",
    "unique": "unique",
    "caseSensitive": "case_sensitive",
    "nameField": "name_field",
    "calculated": "calculated",
    "restricted": "restricted_picklist",
    "cascade": "cascade_delete",
    "custom": "takes_custom",
    "restrict": "restricted_delete",
    "master": "is_master",
    "writeRequiresMasterRead": "write_requires_master_read",
    "html": "html",
}
"""Keys that are true or false, and the name that a field has for them."""
_AROUND_NAME = re.compile(r"^[A-Za-z0-9]+__(?=\w+__p?[a-z]$)|__p?[a-z]$")
"""A namespace in front of a custom name, and the ending behind it."""


def to_field(name: str, definition: Mapping[str, Any]) -> Field:
    """Return the field, with what its type brings where the definition says nothing.

    Raises:
        SchemaError: a key or type that does not exist, a name that is none, a value that is not of its key's kind.
    """
    check_field_definition(name, definition)
    given = _with_defaults(definition)
    kind, values = given["type"], _to_values(name, given.get("values", ()))
    marks: dict[str, Any] = {attribute: bool(given.get(key)) for key, attribute in _MARKED.items()}
    return Field(
        name=name,
        label=given.get("label") or to_label(name),
        nillable=not given.get("required") and kind != "boolean" and not given.get("autoNumber"),
        values=values,
        summary=_to_summary(name, given["summary"]) if given.get("summary") else None,
        **{attribute: given[key] for key, attribute in _TAKEN_OVER.items() if key in given},
        **marks,
        **_rights(given),
        **_defaulting(given, values),
        **_referring(name, given),
        exceptions=MappingProxyType({name: given[name] for name in EXCEPTIONS if name in given}),
        blanks_are_zero=given.get("blanks") != "blank",
    )


def _with_defaults(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition with Salesforce's own type, and with what that type brings."""
    alias = ALIASES.get(definition["type"], {})
    given = {**alias, **definition, "type": alias.get("type", definition["type"])}
    computed = {**COMPUTED.get(given["type"], {}), "calculated": True} if _is_computed(given) else {}
    return {**DEFAULTS[given["type"]], **computed, **given}


def _is_computed(given: Mapping[str, Any]) -> bool:
    return "formula" in given or "summary" in given


def _rights(given: Mapping[str, Any]) -> dict[str, Any]:
    readonly = given.get("readonly") or given.get("calculated") or given.get("autoNumber") or _is_computed(given)
    return {
        "createable": not readonly and not given.get("updateonly"),
        "updateable": not readonly and not given.get("createonly"),
        "id_lookup": bool(given.get("idLookup") or given.get("externalId")),
    }


def _defaulting(given: Mapping[str, Any], values: tuple[PicklistValue, ...]) -> dict[str, Any]:
    default = _to_default(given["type"], given.get("default"), values)
    is_defaulted = default is not None or bool(given.get("autoNumber") or given.get("defaulted"))
    return {"default": default, "defaulted_on_create": is_defaulted}


def _referring(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    is_reference = given["type"] == "reference"
    return {
        "reference_to": _to_names(given.get("to")),
        "relationship": _to_relationship(name, given) if is_reference else given.get("relationship"),
        "relationship_order": 0 if given.get("master") else None,
    }


def to_label(name: str) -> str:
    """Return the words inside an API name: AnnualRevenue -> Annual Revenue, i360__Project_ID__c -> Project ID."""
    bare = _AROUND_NAME.sub("", name).replace("_", " ")
    label = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", bare)
    return re.sub(r"\bId$", "ID", label).strip()


def _to_summary(name: str, given: Any) -> Summary:
    """Read `{of: Opportunity.AccountId, operation: sum, field: Amount, where: "IsWon = true"}`."""
    if not isinstance(given, Mapping) or not {"of", "operation"} <= set(given) <= {"of", "operation", "field", "where"}:
        form = "a summary has the keys of and operation, and beside them field and where"
        raise SchemaError(f"{name}: {form}; it is {given!r}.")
    sobject, _, reference = str(given["of"]).partition(".")
    operation = given["operation"]
    if operation not in OPERATIONS or not reference:
        known = ", ".join(OPERATIONS)
        form = f"a summary is of Object.ReferenceField, and its operation one of {known}"
        raise SchemaError(f"{name}: {form}; it is of {given['of']!r}, with the operation {operation!r}.")
    if (operation == "count") == ("field" in given):
        raise SchemaError(f"{name}: a summary needs a field, unless it counts; this is a {operation}.")
    return Summary(sobject, reference, operation, given.get("field"), given.get("where"))


def _to_values(name: str, values: Iterable[Any] | Mapping[str, Any]) -> tuple[PicklistValue, ...]:
    facts = values if isinstance(values, Mapping) else dict.fromkeys(values)
    return tuple(_to_value(name, value, about or {}) for value, about in facts.items())


def _to_value(name: str, value: Any, about: Any) -> PicklistValue:
    if not isinstance(value, str):
        raise SchemaError(f"{name}: the picklist value {value!r} is not text; put it in quotes.")
    if not isinstance(about, Mapping):
        raise SchemaError(
            f"{name}: what stands behind the picklist value '{value}' must be keys with values, not {about!r}."
        )
    return PicklistValue(
        value,
        is_default=bool(about.get("default")),
        facts=MappingProxyType(about),
        label=about.get("label") or value,
        is_active=not about.get("inactive"),
        valid_for=tuple(about.get("validFor") or ()),
    )


def _to_default(kind: str, given: Any, values: tuple[PicklistValue, ...]) -> Any:
    if given is not None:
        return given
    if kind == "boolean":
        return False
    return next((value.value for value in values if value.is_default), None)


def _to_names(to: str | list[str] | None) -> tuple[str, ...]:
    return (to,) if isinstance(to, str) else tuple(to or ())


def _to_relationship(name: str, given: Mapping[str, Any]) -> str | None:
    usual = re.sub(r"__c$", "__r", name) if name.endswith("__c") else name.removesuffix("Id")
    relationship: str | None = given.get("relationship", usual)
    return relationship
