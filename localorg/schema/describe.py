"""Objects and fields in the shape of Salesforce's describe: all keys of the live recordings, 57 for a field."""

from __future__ import annotations

from typing import Any

from localorg.schema.model import NUMBER_TYPES, PICKLIST_TYPES, Child, Field, Schema, SObject

MASTER_RECORD_TYPE = "012000000000000AAA"
"""The id that every org has for the record type of records without one. Recorded live."""

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
    "address": "urn:address",
}
_BYTES_PER_CHAR = 3
_SAME_FOR_ALL_FIELDS = {
    "aiPredictionField": False,
    "calculatedFormula": None,
    "cascadeDelete": False,
    "controllerName": None,
    "defaultValueFormula": None,
    "dependentPicklist": False,
    "deprecatedAndHidden": False,
    "displayLocationInDecimal": False,
    "encrypted": False,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "highScaleNumber": False,
    "htmlFormatted": False,
    "inlineHelpText": None,
    "mask": None,
    "maskType": None,
    "referenceTargetField": None,
    "relationshipOrder": None,
    "restrictedDelete": False,
    "writeRequiresMasterRead": False,
}


def describe(schema: Schema, sobject: SObject, root: str) -> dict[str, Any]:
    """The whole describe of an object; `root` is the path of the API version, for its addresses."""
    return {
        "actionOverrides": [],
        **_describe_briefly(sobject, root),
        "childRelationships": [_describe_child(child) for child in schema.children_of(sobject)],
        "compactLayoutable": True,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [describe_field(field) for field in sobject.fields],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [_describe_master_record_type(sobject, root)],
        "searchLayoutable": True,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": f"All {sobject.plural.lower()}", "name": "everything"}],
    }


def describe_global(schema: Schema, root: str) -> dict[str, Any]:
    """The list of all objects."""
    sobjects = sorted(schema.objects, key=lambda sobject: sobject.name)
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [_describe_briefly(sobject, root) for sobject in sobjects],
    }


def describe_field(field: Field) -> dict[str, Any]:
    """One field, with the keys in Salesforce's order, which is that of the alphabet."""
    is_system = not field.createable and not field.updateable
    told = {
        "aggregatable": field.is_aggregatable,
        "autoNumber": field.auto_number is not None,
        "byteLength": field.length if field.type in ("id", "reference") else field.length * _BYTES_PER_CHAR,
        "calculated": field.calculated,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": field.default if field.type in ("boolean", "picklist") else None,
        "defaultedOnCreate": field.defaulted_on_create,
        "digits": field.digits,
        "externalId": field.external_id,
        "extraTypeInfo": _to_extra_type(field),
        "filterable": field.is_filterable,
        "groupable": field.is_groupable,
        "idLookup": field.id_lookup,
        "label": field.label,
        "length": field.length,
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": field.is_polymorphic,
        "nillable": field.nillable,
        "permissionable": field.nillable and (field.type == "address" or not is_system),
        "picklistValues": _describe_picklist(field),
        "polymorphicForeignKey": field.is_polymorphic,
        "precision": field.precision,
        "queryByDistance": field.type == "address",
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship,
        "restrictedPicklist": field.restricted_picklist,
        "scale": field.scale if field.type in NUMBER_TYPES else 0,
        "searchPrefilterable": field.type == "reference" and field.nillable and field.updateable,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": field.is_sortable,
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable,
    }
    return dict(sorted((_SAME_FOR_ALL_FIELDS | told).items()))


def _describe_briefly(sobject: SObject, root: str) -> dict[str, Any]:
    """What the global describe tells of an object, and the whole describe as well."""
    address = f"{root}/sobjects/{sobject.name}"
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": sobject.createable,
        "custom": sobject.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": sobject.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.key_prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "layoutable": True,
        "mergeable": sobject.find("MasterRecordId") is not None,
        "mruEnabled": True,
        "name": sobject.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": True,
        "triggerable": True,
        "undeletable": sobject.is_recycled,
        "updateable": True,
        "urls": {
            "rowTemplate": f"{address}/{{ID}}",
            "describe": f"{address}/describe",
            "sobject": address,
        },
    }


def _describe_child(child: Child) -> dict[str, Any]:
    return {
        "cascadeDelete": child.field.cascade_delete,
        "childSObject": child.sobject.name,
        "deprecatedAndHidden": False,
        "field": child.field.name,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": child.field.child_relationship,
        "restrictedDelete": False,
    }


def _describe_master_record_type(sobject: SObject, root: str) -> dict[str, Any]:
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": MASTER_RECORD_TYPE,
        "urls": {"layout": f"{root}/sobjects/{sobject.name}/describe/layouts/{MASTER_RECORD_TYPE}"},
    }


def _to_extra_type(field: Field) -> str | None:
    if field.compound == "Name":
        return "personname"
    return "plaintextarea" if field.type == "textarea" else None


def _describe_picklist(field: Field) -> list[dict[str, Any]]:
    if field.type not in PICKLIST_TYPES:
        return []
    return [
        {"active": True, "defaultValue": v.is_default, "label": v.value, "validFor": None, "value": v.value}
        for v in field.values
    ]
