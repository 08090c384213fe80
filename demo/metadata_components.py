"""The components of `salesforce/`: custom objects and fields, their tab, list view and page layout, permission sets.

Made of mappings and describes alone. A component is the name of its type in the Metadata API, and its content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any

from closedwon.mapping.currency import to_readable
from closedwon.mapping.model import Mapping
from closedwon.mapping.model.mapping import NEVER_DELETED
from demo.metadata_fields import Content, Described, to_custom_field

Component = tuple[str, Content]

READER, INTEGRATION = "Closedwon_Reader", "Closedwon_Integration"
_MOST_COLUMNS = 8
"""Fields beside the name that the list view shows; it could show 14."""
_BEHAVIORS = {"Name": "Required", "OwnerId": "Edit"}
"""What people can do with a field on the page; all others are read-only, as the next export would overwrite them."""


@dataclass(frozen=True)
class UsedObject:
    """An object of the org, and what the mappings do with it."""

    describe: Dictionary[str, Any]
    mappings: Sequence[Mapping]

    @property
    def name(self) -> str:
        return str(self.describe["name"])

    @property
    def fields(self) -> dict[str, Described]:
        return {field["name"]: field for field in self.describe["fields"]}

    @property
    def sent(self) -> list[str]:
        """The names of the fields that are written, each mapping's key first."""
        keys = [m.send.key.salesforce for m in self.mappings if m.send and m.sent and m.send.key.salesforce != "Id"]
        return list(dict.fromkeys([*keys, *(field.salesforce for m in self.mappings for field in m.sent)]))

    @property
    def received(self) -> list[str]:
        """The names of the fields that are read, without those of parent records, which are the parents' own."""
        readable = [to_readable(mapping, self.describe) for mapping in self.mappings]
        received = [field for mapping in readable for field in mapping.received]
        names = dict.fromkeys(name for field in received for name in (field.salesforce, *field.sources))
        return [name for name in names if "." not in name]

    @property
    def made_fields(self) -> list[Described]:
        """The custom fields that are sent: the org has them from here."""
        return [self.fields[name] for name in self.sent if name.endswith("__c")]

    @property
    def is_made(self) -> bool:
        """Return whether the org has the object itself from here."""
        return self.name.endswith("__c") and bool(self.sent)

    @property
    def is_created(self) -> bool:
        """Return whether an export creates records, and does not only update some that are there."""
        return any(m.sent and m.send and m.send.key.salesforce != "Id" for m in self.mappings)


def to_components(
    mappings: Sequence[Mapping], describes: Dictionary[str, Dictionary[str, Any]]
) -> dict[str, Component]:
    """Return the components by their files' paths in the source folder."""
    names = sorted({mapping.sobject for mapping in mappings})
    used = [UsedObject(describes[name], [m for m in mappings if m.sobject == name]) for name in names]
    components = dict(component for one in used for component in _of_object(one))
    sets = {INTEGRATION: _integration(used), READER: _reader(used)}
    return components | {
        f"permissionsets/{name}.permissionset-meta.xml": ("PermissionSet", content) for name, content in sets.items()
    }


def _of_object(used: UsedObject) -> Iterator[tuple[str, Component]]:
    name, folder = used.name, f"objects/{used.name}"
    for field in used.made_fields:
        yield f"{folder}/fields/{field['name']}.field-meta.xml", ("CustomField", to_custom_field(used.describe, field))
    if used.is_made:
        layout = f"{name}-{used.describe['label']} Layout"
        yield f"{folder}/{name}.object-meta.xml", ("CustomObject", _custom_object(used))
        yield f"{folder}/listViews/All.listView-meta.xml", ("ListView", _list_view(used))
        yield f"layouts/{layout}.layout-meta.xml", ("Layout", _layout(used))
        yield f"tabs/{name}.tab-meta.xml", ("CustomTab", {"customObject": True, "motif": "Custom18: Form"})


def _custom_object(used: UsedObject) -> Content:
    return {
        "deploymentStatus": "Deployed",
        "description": "Written by Closedwon: a change by hand is overwritten by the next export.",
        # The three go together; without them the Bulk API refuses the object.
        "enableBulkApi": True,
        "enableSharing": True,
        "enableStreamingApi": True,
        "enableReports": True,
        "enableSearch": True,
        "label": used.describe["label"],
        "nameField": {"label": used.fields["Name"]["label"], "type": "Text"},
        "pluralLabel": used.describe["labelPlural"],
        "sharingModel": "Read",
    }


def _list_view(used: UsedObject) -> Content:
    shown = [field["name"] for field in used.made_fields if field["filterable"]]
    return {
        "fullName": "All",
        "columns": ["NAME", *shown[:_MOST_COLUMNS]],
        "filterScope": "Everything",
        "label": "All",
    }


def _layout(used: UsedObject) -> Content:
    names = ["Name", *(field["name"] for field in used.made_fields)]
    half = -(-len(names) // 2)
    return {
        "layoutSections": [
            _layout_section("Information", names[:half], names[half:]),
            _layout_section("System Information", ["CreatedById", "OwnerId"], ["LastModifiedById"]),
        ]
    }


def _layout_section(label: str, *columns: Iterable[str]) -> Content:
    return {
        "customLabel": True,
        "detailHeading": True,
        "editHeading": True,
        "label": label,
        "layoutColumns": [
            {"layoutItems": [{"behavior": _BEHAVIORS.get(name, "Readonly"), "field": name} for name in names]}
            for names in columns
        ],
        "style": "TwoColumnsTopToBottom",
    }


def _integration(used: Sequence[UsedObject]) -> Content:
    # Users and other objects of Setup have no permissions of their own in a permission set.
    records = [one for one in used if one.name.casefold() not in NEVER_DELETED]
    editable = {name for one in records for name in _secured(one, one.sent)}
    readable = {name for one in records for name in _secured(one, one.received)}
    return {
        "description": "What the integration user of Closedwon needs: to read what the mappings receive, and to write "
        "what they send.",
        "fieldPermissions": [_field_permission(name, name in editable) for name in sorted(readable | editable)],
        "hasActivationRequired": False,
        "label": "Closedwon: integration user",
        "objectPermissions": [
            _object_permission(one, edit=bool(one.sent), create=one.is_created, view_all=bool(one.received))
            for one in records
        ],
        "userPermissions": [{"enabled": True, "name": "ApiEnabled"}],
    }


def _reader(used: Sequence[UsedObject]) -> Content:
    shown = {name for one in used for name in _secured(one, [field["name"] for field in one.made_fields])}
    made = [one for one in used if one.is_made]
    return {
        "description": "What people need who look at projects in Salesforce.",
        "fieldPermissions": [_field_permission(name, False) for name in sorted(shown)],
        "hasActivationRequired": False,
        "label": "Closedwon: readers of projects",
        "objectPermissions": [_object_permission(one) for one in made],
        "tabSettings": [{"tab": one.name, "visibility": "Visible"} for one in made],
    }


def _secured(used: UsedObject, names: Iterable[str]) -> set[str]:
    """Return the names by which field-level security knows these fields: an address is one field, required ones none.

    A permission set that names a part of an address, or a required field, is refused as a whole.
    """
    known_as = {used.fields[name]["compoundFieldName"] or name for name in names}
    return {f"{used.name}.{name}" for name in known_as if used.fields[name]["permissionable"]}


def _field_permission(name: str, editable: bool) -> Content:
    return {"editable": editable, "field": name, "readable": True}


def _object_permission(
    used: UsedObject, *, edit: bool = False, create: bool = False, view_all: bool = False
) -> Content:
    return {
        "allowCreate": create,
        "allowDelete": False,
        "allowEdit": edit,
        "allowRead": True,
        "modifyAllRecords": False,
        "object": used.name,
        "viewAllRecords": view_all,
    }
