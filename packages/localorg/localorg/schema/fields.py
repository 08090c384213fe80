"""Read a field from its definition in YAML, with the defaults that Salesforce gives each type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from localorg.schema.definition_format import SchemaError, check_keys, check_name
from localorg.schema.model import Field, PicklistValue
from localorg.schema.rollups_and_rules import Summary

_ALIASES: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string"},
    "longtext": {"type": "textarea", "length": 32_768},
    "number": {"type": "double"},
    "checkbox": {"type": "boolean"},
    "richtext": {"type": "textarea", "length": 32_768, "html": True},
    "masterdetail": {"type": "reference", "required": True, "cascade": True, "master": True, "createonly": True},
}
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "id": {"length": 18},
    "reference": {"length": 18},
    "string": {"length": 255},
    "textarea": {"length": 255},
    "picklist": {"length": 255},
    "multipicklist": {"length": 4_099, "precision": 4},
    "encryptedstring": {"length": 175},
    "base64": {},
    "time": {},
    "combobox": {"length": 255},
    "email": {"length": 80},
    "phone": {"length": 40},
    "url": {"length": 255},
    "boolean": {},
    "int": {"digits": 8},
    "double": {"precision": 18, "scale": 2},
    "currency": {"precision": 18, "scale": 2},
    "percent": {"precision": 18, "scale": 2},
    "date": {},
    "datetime": {},
}
_COMPUTED: Mapping[str, Mapping[str, Any]] = {"string": {"length": 1_300}}
_EXCEPTIONS = ("permissionable", "filterable", "sortable", "groupable", "aggregatable", "searchPrefilterable")
_SIZES = ("length", "precision", "scale", "digits")
_MARKS = (
    "required",
    "readonly",
    "createonly",
    "updateonly",
    "defaulted",
    "externalId",
    "unique",
    "caseSensitive",
    "idLookup",
    "nameField",
    "calculated",
    "restricted",
    "cascade",
    "custom",
    "restrict",
    "master",
    "writeRequiresMasterRead",
    "html",
    *_EXCEPTIONS,
)
_KEYS = {
    *_SIZES,
    *_MARKS,
    "type",
    "label",
    "default",
    "autoNumber",
    "values",
    "to",
    "relationship",
    "children",
    "partOf",
    "controller",
    "help",
    "extra",
    "formula",
    "blanks",
    "summary",
    "access",
}
ACCESS = ("hidden", "readonly")
_OPERATIONS = ("sum", "count", "min", "max")
_AROUND_NAME = re.compile(r"^[A-Za-z0-9]+__(?=\w+__p?[a-z]$)|__p?[a-z]$")
"""A namespace in front of a custom name, and the ending behind it."""


def to_field(name: str, definition: Mapping[str, Any]) -> Field:
    """Return the field, with what its type brings where the definition says nothing.

    Raises:
        SchemaError: a key or type that does not exist, a name that is none, a value that is not of its key's kind.
    """
    _check(name, definition)
    given = {**_ALIASES.get(definition["type"], {}), **{k: v for k, v in definition.items() if k != "type"}}
    kind = given.pop("type", definition["type"])
    is_computed = "formula" in given or "summary" in given
    given = {**_DEFAULTS[kind], **(_COMPUTED.get(kind, {}) if is_computed else {}), **given}
    values = _to_values(name, given.get("values", ()))
    default = _to_default(kind, given.get("default"), values)
    readonly = bool(given.get("readonly") or given.get("calculated") or given.get("autoNumber") or is_computed)
    required = bool(given.get("required"))
    return Field(
        name=name,
        type=kind,
        label=given.get("label") or to_label(name),
        length=given.get("length", 0),
        precision=given.get("precision", 0),
        scale=given.get("scale", 0),
        digits=given.get("digits", 0),
        nillable=not required and kind != "boolean" and not given.get("autoNumber"),
        createable=not readonly and not given.get("updateonly"),
        updateable=not readonly and not given.get("createonly"),
        defaulted_on_create=default is not None or bool(given.get("autoNumber") or given.get("defaulted")),
        default=default,
        external_id=bool(given.get("externalId")),
        unique=bool(given.get("unique")),
        case_sensitive=bool(given.get("caseSensitive")),
        name_field=bool(given.get("nameField")),
        id_lookup=bool(given.get("idLookup") or given.get("externalId")),
        calculated=bool(given.get("calculated", is_computed)),
        auto_number=given.get("autoNumber"),
        restricted_picklist=bool(given.get("restricted")),
        values=values,
        reference_to=_to_names(given.get("to")),
        relationship=_to_relationship(name, given) if kind == "reference" else given.get("relationship"),
        child_relationship=given.get("children"),
        cascade_delete=bool(given.get("cascade")),
        compound=given.get("partOf"),
        takes_custom=bool(given.get("custom")),
        restricted_delete=bool(given.get("restrict")),
        is_master=bool(given.get("master")),
        relationship_order=0 if given.get("master") else None,
        write_requires_master_read=bool(given.get("writeRequiresMasterRead")),
        controller=given.get("controller"),
        html=bool(given.get("html")),
        help=given.get("help"),
        extra_type=given.get("extra"),
        exceptions=MappingProxyType({name: given[name] for name in _EXCEPTIONS if name in given}),
        formula=given.get("formula"),
        blanks_are_zero=given.get("blanks") != "blank",
        summary=_to_summary(name, given["summary"]) if given.get("summary") else None,
        access=given.get("access"),
    )


def to_label(name: str) -> str:
    """Return the words inside an API name: AnnualRevenue -> Annual Revenue, i360__Project_ID__c -> Project ID."""
    bare = _AROUND_NAME.sub("", name).replace("_", " ")
    label = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", bare)
    return re.sub(r"\bId$", "ID", label).strip()


def _check(name: str, definition: Mapping[str, Any]) -> None:
    check_name(name)
    check_keys(definition, _KEYS, f"{name}: ")
    _check_plain_values(name, definition)
    kind = definition.get("type")
    if kind not in _DEFAULTS and kind not in _ALIASES:
        known = ", ".join(sorted({*_DEFAULTS, *_ALIASES}))
        raise SchemaError(f"{name}: unknown type '{kind}'; known are {known}.")
    if kind == "reference" and not definition.get("to"):
        raise SchemaError(f"{name}: a reference says with 'to' which object it points to.")
    for key, allowed in (("access", ACCESS), ("blanks", ("zero", "blank"))):
        if definition.get(key, allowed[0]) not in allowed:
            raise SchemaError(f"{name}: {key} = {definition[key]!r} is not one of {', '.join(allowed)}.")


def _check_plain_values(name: str, definition: Mapping[str, Any]) -> None:
    for key, value in definition.items():
        if key in _SIZES and type(value) is not int:
            raise SchemaError(f"{name}: {key} = {value!r} is not a whole number.")
        if key in _MARKS and not isinstance(value, bool):
            raise SchemaError(f"{name}: {key} = {value!r} is neither true nor false.")


def _to_summary(name: str, given: Any) -> Summary:
    """Read `{of: Opportunity.AccountId, operation: sum, field: Amount, where: "IsWon = true"}`."""
    if not isinstance(given, Mapping) or not {"of", "operation"} <= set(given) <= {"of", "operation", "field", "where"}:
        form = "a summary has the keys of and operation, and beside them field and where"
        raise SchemaError(f"{name}: {form}; it is {given!r}.")
    sobject, _, reference = str(given["of"]).partition(".")
    operation = given["operation"]
    if operation not in _OPERATIONS or not reference:
        known = ", ".join(_OPERATIONS)
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
