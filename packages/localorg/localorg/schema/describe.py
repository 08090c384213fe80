"""Describe objects as Salesforce does, with all keys of the live recordings."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from localorg.schema.describe_fields import describe_field
from localorg.schema.model import Child, RecordType, Schema, SObject

MASTER_RECORD_TYPE = "012000000000000AAA"
"""The id that every org has for the record type of records without one."""

_MASTER = RecordType("Master", "Master", id=MASTER_RECORD_TYPE)
_USUAL_FLAGS = {
    "activateable": False,
    "customSetting": False,
    "deepCloneable": False,
    "deprecatedAndHidden": False,
    "feedEnabled": False,
    "hasSubtypes": False,
    "isInterface": False,
    "isSubtype": False,
    "layoutable": True,
    "mergeable": False,
    "mruEnabled": True,
    "queryable": True,
    "replicateable": True,
    "retrieveable": True,
    "searchable": True,
    "triggerable": True,
}
FLAGS = frozenset({*_USUAL_FLAGS, "undeletable", "compactLayoutable", "searchLayoutable", "recordTypes"})
"""Keys that a definition may set; `recordTypes` is no key of describe, but sets recordTypeInfos."""
_WITHOUT_APPROVALS = ("Event", "Task", "User")
_described: WeakKeyDictionary[Schema, dict[tuple[str, str], dict[str, Any]]] = WeakKeyDictionary()


def describe(schema: Schema, sobject: SObject, root: str) -> dict[str, Any]:
    """Return the whole describe of an object; `root` is the path of the API version, for its addresses.

    Kept with the schema, because clients ask often: it is not to be changed.
    """
    kept = _described.setdefault(schema, {})
    key = (sobject.name, root)
    if key not in kept:
        kept[key] = _describe(schema, sobject, root)
    return kept[key]


def describe_global(schema: Schema, root: str) -> dict[str, Any]:
    """Return the list of all objects, kept like `describe`."""
    kept = _described.setdefault(schema, {})
    key = ("", root)
    if key not in kept:
        sobjects = sorted(schema.objects, key=lambda sobject: sobject.name)
        brief = [_describe_briefly(sobject, root) for sobject in sobjects]
        kept[key] = {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": brief}
    return kept[key]


def _describe(schema: Schema, sobject: SObject, root: str) -> dict[str, Any]:
    children = sorted(schema.children_of(sobject), key=lambda child: (child.sobject.name, child.field.name))
    return {
        "actionOverrides": [],
        **_describe_briefly(sobject, root),
        "childRelationships": [_describe_child(child) for child in children if child.field.name != "MasterRecordId"],
        "compactLayoutable": sobject.flags.get("compactLayoutable", True),
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [describe_field(sobject, field) for field in sobject.fields],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": _describe_record_types(sobject, root),
        "searchLayoutable": sobject.flags.get("searchLayoutable", True),
        "sobjectDescribeOption": "FULL",
        "supportedScopes": _describe_scopes(sobject),
    }


def _describe_briefly(sobject: SObject, root: str) -> dict[str, Any]:
    """Return the part that the global describe and the whole describe share."""
    flags = _USUAL_FLAGS | {"undeletable": sobject.is_recycled}
    return dict(
        sorted(
            {
                **{name: sobject.flags.get(name, usual) for name, usual in flags.items()},
                "associateEntityType": None,
                "associateParentEntity": None,
                "createable": sobject.createable,
                "custom": sobject.custom,
                "deletable": sobject.deletable,
                "keyPrefix": sobject.key_prefix,
                "label": sobject.label,
                "labelPlural": sobject.plural,
                "name": sobject.name,
                "updateable": sobject.updateable,
                "urls": _describe_urls(sobject, root),
            }.items()
        )
    )


_URLS_OF_ONE_OBJECT = {
    "Case": {
        "caseArticleSuggestions": "/suggestedArticles",
        "caseRowArticleSuggestions": "/{ID}/suggestedArticles",
    },
    "User": {"namedLayouts": "/describe/namedLayouts/{LayoutName}", "passwordUtilities": "/{ID}/password"},
}


def _describe_urls(sobject: SObject, root: str) -> dict[str, str]:
    address = f"{root}/sobjects/{sobject.name}"
    urls = {"rowTemplate": f"{address}/{{ID}}", "describe": f"{address}/describe", "sobject": address}
    if not sobject.flags.get("layoutable", True):
        return urls
    urls |= {"compactLayouts": f"{address}/describe/compactLayouts", "layouts": f"{address}/describe/layouts"}
    urls["quickActions"] = f"{address}/quickActions"
    if sobject.flags.get("mruEnabled", True) and sobject.name not in _WITHOUT_APPROVALS:
        urls |= {"approvalLayouts": f"{address}/describe/approvalLayouts", "listviews": f"{address}/listviews"}
    return urls | {name: address + rest for name, rest in _URLS_OF_ONE_OBJECT.get(sobject.name, {}).items()}


def _describe_child(child: Child) -> dict[str, Any]:
    return {
        "cascadeDelete": child.field.cascade_delete,
        "childSObject": child.sobject.name,
        "deprecatedAndHidden": False,
        "field": child.field.name,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": child.field.child_relationship,
        "restrictedDelete": child.field.restricted_delete,
    }


def _describe_record_types(sobject: SObject, root: str) -> list[dict[str, Any]]:
    """Return the object's own record types, and last the one that stands for none."""
    if not sobject.has_record_types:
        return []
    is_plain = not any(kind.is_default for kind in sobject.record_types)
    own = [_describe_record_type(sobject, kind, kind.is_default, root) for kind in sobject.record_types]
    return [*own, _describe_record_type(sobject, _MASTER, is_plain, root)]


def _describe_record_type(sobject: SObject, kind: RecordType, is_default: bool, root: str) -> dict[str, Any]:
    return {
        "active": kind.is_active,
        "available": kind.is_active,
        "defaultRecordTypeMapping": is_default,
        "developerName": kind.developer_name,
        "master": kind is _MASTER,
        "name": kind.name,
        "recordTypeId": kind.id,
        "urls": {"layout": f"{root}/sobjects/{sobject.name}/describe/layouts/{kind.id}"},
    }


def _describe_scopes(sobject: SObject) -> list[dict[str, str]]:
    """Return the values for USING SCOPE."""
    plural = sobject.plural.lower()
    labels = {"everything": f"All {plural}"}
    if owner := sobject.find("OwnerId"):
        labels |= {"mine": f"My {plural}", "scopingRule": "Filter by scope", "team": f"My team's {plural}"}
        if "Group" in owner.reference_to:
            labels |= {"queue_owned": f"Queue owned {plural}", "user_owned": f"User owned {plural}"}
    return [{"label": labels[name], "name": name} for name in sorted(labels)]
