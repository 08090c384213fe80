"""The keys and types of a field's definition in YAML, and what Salesforce gives each type by default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localorg.schema.definition_format import SchemaError, check_keys, check_name

ALIASES: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string"},
    "longtext": {"type": "textarea", "length": 32_768},
    "number": {"type": "double"},
    "checkbox": {"type": "boolean"},
    "richtext": {"type": "textarea", "length": 32_768, "html": True},
    "masterdetail": {"type": "reference", "required": True, "cascade": True, "master": True, "createonly": True},
}
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
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
COMPUTED: Mapping[str, Mapping[str, Any]] = {"string": {"length": 1_300}}
EXCEPTIONS = ("permissionable", "filterable", "sortable", "groupable", "aggregatable", "searchPrefilterable")
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
    *EXCEPTIONS,
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
OPERATIONS = ("sum", "count", "min", "max")


def check_field_definition(name: str, definition: Mapping[str, Any]) -> None:
    """Refuse a definition with a wrong name, key, type or kind of value.

    Raises:
        SchemaError: with the field, the key and its value.
    """
    check_name(name)
    check_keys(definition, _KEYS, f"{name}: ")
    _check_plain_values(name, definition)
    kind = definition.get("type")
    if kind not in DEFAULTS and kind not in ALIASES:
        known = ", ".join(sorted({*DEFAULTS, *ALIASES}))
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
