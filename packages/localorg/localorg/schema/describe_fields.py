"""Describe fields as Salesforce does, with all 57 keys of the live recordings."""

from __future__ import annotations

import base64
from typing import Any

from localorg.schema.model import NUMBER_TYPES, PICKLIST_TYPES, Field, PicklistValue, SObject

_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "time": "xsd:time",
    "address": "urn:address",
    "location": "urn:location",
    "base64": "xsd:base64Binary",
}
_BYTES_PER_CHAR = 3
_ONE_BYTE_TYPES = ("id", "reference", "multipicklist")
_NEVER_PREFILTERED = ("MasterRecordId", "RecordTypeId")
_BITMAP_STEP = 24
"""Bits in the bitmaps of dependent picklists come by three bytes, which base64 turns into four letters."""
_SAME_FOR_ALL_FIELDS = {
    "aiPredictionField": False,
    "deprecatedAndHidden": False,
    "encrypted": False,
    "filteredLookupInfo": None,
    "highScaleNumber": False,
    "referenceTargetField": None,
}


def describe_field(sobject: SObject, field: Field) -> dict[str, Any]:
    """Return the describe of one field, with the keys in alphabetical order, as in Salesforce."""
    properties = _SAME_FOR_ALL_FIELDS | _names(field) | _values(sobject, field) | _numbers(field) | _uses(field)
    return dict(sorted((properties | _references(field)).items()))


def _names(field: Field) -> dict[str, Any]:
    return {
        "autoNumber": field.auto_number is not None,
        "compoundFieldName": field.compound,
        "custom": field.custom,
        "displayLocationInDecimal": field.type == "location",
        "extraTypeInfo": _to_extra_type(field),
        "htmlFormatted": field.html,
        "inlineHelpText": field.help,
        "label": field.label,
        "mask": "asterisk" if field.type == "encryptedstring" else None,
        "maskType": "all" if field.type == "encryptedstring" else None,
        "name": field.name,
        "nameField": field.name_field,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "type": field.type,
    }


def _values(sobject: SObject, field: Field) -> dict[str, Any]:
    has_plain_default = field.type in ("boolean", *PICKLIST_TYPES)
    return {
        "calculated": field.calculated,
        "calculatedFormula": field.formula if field.calculated else None,
        "controllerName": field.controller,
        "defaultValue": field.default if has_plain_default else None,
        "defaultValueFormula": None if has_plain_default or not field.custom else _to_formula(field.default),
        "defaultedOnCreate": field.defaulted_on_create,
        "dependentPicklist": field.controller is not None,
        "formulaTreatNullNumberAsZero": field.calculated and field.formula is not None and field.blanks_are_zero,
        "picklistValues": [_describe_value(sobject, field, value) for value in field.values],
        "restrictedPicklist": field.restricted_picklist,
    }


def _numbers(field: Field) -> dict[str, Any]:
    return {
        "byteLength": field.length if field.type in _ONE_BYTE_TYPES else field.length * _BYTES_PER_CHAR,
        "digits": field.digits,
        "length": field.length,
        "precision": field.precision,
        "scale": field.scale if field.type in NUMBER_TYPES else 0,
    }


def _uses(field: Field) -> dict[str, Any]:
    return {
        "aggregatable": field.is_aggregatable,
        "caseSensitive": field.case_sensitive,
        "createable": field.createable,
        "externalId": field.external_id,
        "filterable": field.is_filterable,
        "groupable": field.is_groupable,
        "idLookup": field.id_lookup,
        "nillable": field.nillable,
        "permissionable": field.exceptions.get("permissionable", _is_permissionable(field)),
        "queryByDistance": field.is_compound,
        "sortable": field.is_sortable,
        "unique": field.unique,
        "updateable": field.updateable,
    }


def _references(field: Field) -> dict[str, Any]:
    return {
        "cascadeDelete": field.is_master,
        "namePointing": field.is_polymorphic,
        "polymorphicForeignKey": field.is_polymorphic,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship,
        "relationshipOrder": field.relationship_order,
        "restrictedDelete": False,
        "searchPrefilterable": field.exceptions.get("searchPrefilterable", _is_prefilterable(field)),
        "writeRequiresMasterRead": field.write_requires_master_read,
    }


def _is_permissionable(field: Field) -> bool:
    """Return whether field-level security applies: not to fields that everybody needs, nor to those that the org
    fills.
    """
    if field.is_computed or field.is_compound or (field.custom and field.auto_number):
        return True
    is_writable = field.createable or field.updateable
    return is_writable and (field.nillable or field.type == "boolean")


def _is_prefilterable(field: Field) -> bool:
    has_way_up = field.type == "reference" and field.nillable and field.relationship is not None
    return has_way_up and field.name not in _NEVER_PREFILTERED and not field.name.endswith("__pc")


def _to_extra_type(field: Field) -> str | None:
    if field.extra_type is not None:
        return field.extra_type
    if field.compound == "Name":
        return "personname"
    if field.type != "textarea":
        return None
    return "richtextarea" if field.html else "plaintextarea"


def _to_formula(default: Any) -> str | None:
    if default is None:
        return None
    return f'"{default}"' if isinstance(default, str) else str(default)


def _describe_value(sobject: SObject, field: Field, value: PicklistValue) -> dict[str, Any]:
    return {
        "active": value.is_active,
        "defaultValue": value.is_default,
        "label": value.label,
        "validFor": _to_bitmap(sobject, field, value) if field.controller else None,
        "value": value.value,
    }


def _to_bitmap(sobject: SObject, field: Field, value: PicklistValue) -> str:
    """Return one bit per value of the controlling field, first bit first, in base64: of six values, `gAAA`."""
    controller = sobject.find(field.controller or "")
    choices = controller.choices if controller else []
    steps = max(1, -(-len(choices) // _BITMAP_STEP))
    bits = "".join("1" if choice in value.valid_for else "0" for choice in choices)
    number = int(bits.ljust(steps * _BITMAP_STEP, "0"), 2)
    return base64.b64encode(number.to_bytes(steps * _BITMAP_STEP // 8, "big")).decode("ascii")
