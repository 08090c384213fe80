"""One field from its definition in YAML, with the defaults that Salesforce gives each type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from localorg.schema.model import ADDRESS_PARTS, Field, PicklistValue

_ALIASES: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string"},
    "longtext": {"type": "textarea", "length": 32_768},
    "number": {"type": "double"},
    "checkbox": {"type": "boolean"},
}
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "id": {"length": 18},
    "reference": {"length": 18},
    "string": {"length": 255},
    "textarea": {"length": 255},
    "picklist": {"length": 255},
    "multipicklist": {"length": 4_099},
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
_KEYS = {
    "type",
    "label",
    "length",
    "precision",
    "scale",
    "digits",
    "required",
    "readonly",
    "createonly",
    "default",
    "defaulted",
    "externalId",
    "unique",
    "caseSensitive",
    "idLookup",
    "nameField",
    "calculated",
    "autoNumber",
    "values",
    "restricted",
    "to",
    "relationship",
    "children",
    "cascade",
    "partOf",
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class SchemaFault(ValueError):
    """A definition of objects that contradicts itself or its form."""


def to_field(name: str, definition: Mapping[str, Any]) -> Field:
    """The field, with what its type brings where the definition says nothing.

    Raises:
        SchemaFault: a key or type that does not exist, a name that is none, a picklist value that is not text.
    """
    _check(name, definition)
    given = {**_ALIASES.get(definition["type"], {}), **{k: v for k, v in definition.items() if k != "type"}}
    kind = given.pop("type", definition["type"])
    given = {**_DEFAULTS[kind], **given}
    values = _to_values(name, given.get("values", ()))
    default = _to_default(kind, given.get("default"), values)
    readonly = bool(given.get("readonly") or given.get("calculated") or given.get("autoNumber"))
    required = bool(given.get("required"))
    return Field(
        name=name,
        type=kind,
        label=given.get("label") or to_label(name),
        length=given.get("length", 0),
        precision=given.get("precision", 0),
        scale=given.get("scale", 0),
        digits=given.get("digits", 0),
        nillable=not required and kind != "boolean",
        createable=not readonly,
        updateable=not readonly and not given.get("createonly"),
        defaulted_on_create=default is not None or bool(given.get("autoNumber") or given.get("defaulted")),
        default=default,
        external_id=bool(given.get("externalId")),
        unique=bool(given.get("unique")),
        case_sensitive=bool(given.get("caseSensitive")),
        name_field=bool(given.get("nameField")),
        id_lookup=bool(given.get("idLookup") or given.get("externalId")),
        calculated=bool(given.get("calculated")),
        auto_number=given.get("autoNumber"),
        restricted_picklist=bool(given.get("restricted")),
        values=values,
        reference_to=_to_names(given.get("to")),
        relationship=_to_relationship(name, given) if kind == "reference" else None,
        child_relationship=given.get("children"),
        cascade_delete=bool(given.get("cascade")),
        compound=given.get("partOf"),
    )


def to_label(name: str) -> str:
    """The words inside an API name: AnnualRevenue -> Annual Revenue, Project_ID__c -> Project ID."""
    bare = re.sub(r"__\w$", "", name).replace("_", " ")
    label = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", bare)
    return re.sub(r"\bId$", "ID", label).strip()


def address_fields(name: str) -> Iterator[Field]:
    """The eight parts of a compound address and the compound itself: BillingStreet ... BillingAddress."""
    prefix = name.removesuffix("Address")
    lengths = {"City": 40, "State": 80, "PostalCode": 20, "Country": 80}
    labels = {"State": "State/Province", "PostalCode": "Zip/Postal Code"}
    for part in ADDRESS_PARTS:
        definition: dict[str, Any] = {"type": "string", "length": lengths.get(part, 255), "partOf": name}
        if part == "Street":
            definition["type"] = "textarea"
        elif part in ("Latitude", "Longitude"):
            definition = {"type": "double", "precision": 18, "scale": 15, "partOf": name}
        elif part == "GeocodeAccuracy":
            definition |= {"type": "picklist", "length": 40, "restricted": True, "values": _ACCURACIES}
        definition["label"] = f"{prefix} {labels.get(part, to_label(part))}".strip()
        yield to_field(prefix + part, definition)
    yield Field(name=name, type="address", label=to_label(name), createable=False, updateable=False)


_ACCURACIES = (
    "Address",
    "NearAddress",
    "Block",
    "Street",
    "ExtendedZip",
    "Zip",
    "Neighborhood",
    "City",
    "County",
    "State",
    "Unknown",
)


def system_fields(label: str, *, recycled: bool, owners: tuple[str, ...]) -> Iterator[Field]:
    """The fields that every object has, in the order of describe."""
    automatic: dict[str, Any] = {"nillable": False, "createable": False, "updateable": False}
    automatic["defaulted_on_create"] = True
    user: dict[str, Any] = {"type": "reference", "length": 18, "reference_to": ("User",)}
    yield Field("Id", "id", f"{label} ID", 18, id_lookup=True, **automatic)
    if recycled:
        yield Field("IsDeleted", "boolean", "Deleted", default=False, **automatic)
    if owners:
        owner = user | {"reference_to": owners}
        yield Field(
            name="OwnerId", label="Owner ID", relationship="Owner", nillable=False, defaulted_on_create=True, **owner
        )
    yield Field("CreatedDate", "datetime", "Created Date", **automatic)
    yield Field(name="CreatedById", label="Created By ID", relationship="CreatedBy", **user, **automatic)
    yield Field("LastModifiedDate", "datetime", "Last Modified Date", **automatic)
    yield Field(
        name="LastModifiedById", label="Last Modified By ID", relationship="LastModifiedBy", **user, **automatic
    )
    yield Field("SystemModstamp", "datetime", "System Modstamp", **automatic)


def _check(name: str, definition: Mapping[str, Any]) -> None:
    if not _NAME.fullmatch(name):
        raise SchemaFault(f"'{name}' is no API name: letters, digits and underscores, beginning with a letter.")
    if unknown := set(definition) - _KEYS:
        raise SchemaFault(f"{name}: unknown key '{sorted(unknown)[0]}'; known are {', '.join(sorted(_KEYS))}.")
    kind = definition.get("type")
    if kind not in _DEFAULTS and kind not in _ALIASES:
        known = ", ".join(sorted({*_DEFAULTS, *_ALIASES}))
        raise SchemaFault(f"{name}: unknown type '{kind}'; known are {known}.")
    if kind == "reference" and not definition.get("to"):
        raise SchemaFault(f"{name}: a reference says with 'to' which object it points to.")


def _to_values(name: str, values: Iterable[Any] | Mapping[str, Any]) -> tuple[PicklistValue, ...]:
    facts = values if isinstance(values, Mapping) else dict.fromkeys(values)
    for value in facts:
        if not isinstance(value, str):
            raise SchemaFault(f"{name}: the picklist value {value!r} is not text; put it in quotes.")
    return tuple(
        PicklistValue(value, is_default=bool((about or {}).get("default")), facts=MappingProxyType(about or {}))
        for value, about in facts.items()
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
