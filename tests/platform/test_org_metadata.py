"""The folder `salesforce/`: what it deploys is what the mappings ask for, and what the local org has."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from shutil import copytree
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import simple_salesforce
from lxml import etree

from closedwon.errors import MappingFault
from closedwon.mapping.check import check_mapping
from closedwon.mapping.model import Catalog
from closedwon.mapping.reader import read_catalog, require_sound
from demo.airflow_environment import ORG_KEY, ORG_SECRET
from demo.metadata_fields import to_custom_field
from demo.org_client import OrgClient
from demo.org_metadata import metadata_files
from localorg.server import RunningOrg, running_org

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "salesforce"
FOLDER = PROJECT / "force-app" / "main" / "default"
FILES = sorted(path for path in PROJECT.rglob("*.xml"))
OBJECTS = ROOT / "demo" / "org.yaml"
WSDL = Path(simple_salesforce.__file__).parent / "metadata.wsdl"
API = "{http://soap.sforce.com/2006/04/metadata}"
XSD = "{http://www.w3.org/2001/XMLSchema}"

DESCRIBED_AS = {
    "Checkbox": "boolean",
    "Currency": "currency",
    "Date": "date",
    "Email": "email",
    "LongTextArea": "textarea",
    "Lookup": "reference",
    "Number": "double",
    "Percent": "percent",
    "Picklist": "picklist",
    "Text": "string",
}
TEXT, NUMBER = ("length",), ("precision", "scale")
STATED = {"string": TEXT, "textarea": TEXT, "currency": NUMBER, "double": NUMBER, "percent": NUMBER}
"""What a field of this type states of its size, in the metadata as in describe."""


Describes = Mapping[str, Mapping[str, Any]]


def log_in(org: RunningOrg) -> OrgClient:
    return OrgClient(org.base_url, key=ORG_KEY, secret=ORG_SECRET, ca_file=None)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return require_sound(read_catalog(ROOT / "include" / "mappings"))


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Describes:
    """What the local org says of the mapped objects to a user with all rights."""
    with running_org(tmp_path_factory.mktemp("org"), objects=OBJECTS) as org:
        client = log_in(org)
        return {mapping.sobject: client.describe(mapping.sobject) for mapping in catalog.mappings}


def read(path: Path) -> dict[str, Any]:
    return to_content(ET.parse(path).getroot())


def to_content(element: ET.Element) -> Any:
    """An element as lists by tag, or its text."""
    if not len(element):
        return element.text
    content: dict[str, Any] = {}
    for child in element:
        content.setdefault(child.tag.removeprefix(API), []).append(to_content(child))
    return content


def custom_fields(sobject: str) -> dict[str, dict[str, Any]]:
    files = (FOLDER / "objects" / sobject / "fields").glob("*.field-meta.xml")
    return {path.name.removesuffix(".field-meta.xml"): read(path) for path in files}


def permissions(name: str, kind: str, of: str) -> dict[str, dict[str, bool]]:
    """The permissions that a set gives, by object or field."""
    given = read(FOLDER / "permissionsets" / f"{name}.permissionset-meta.xml")[kind]
    return {one[of][0]: {right: text == ["true"] for right, text in one.items() if right != of} for one in given}


def field_permissions(name: str) -> dict[str, dict[str, bool]]:
    return permissions(name, "fieldPermissions", "field")


def test_the_folder_is_as_make_metadata_writes_it() -> None:
    expected = metadata_files()

    found = {path: path.read_bytes() for path in FILES}
    assert sorted(found) == sorted(expected), "run `make metadata`: the mappings ask for other files"
    assert [path for path in FILES if found[path] != expected[path]] == [], "run `make metadata`"


@pytest.mark.parametrize("sobject", ["Delivery_Project__c", "Opportunity"])
def test_each_field_of_the_metadata_is_as_the_local_org_has_it(described: Describes, sobject: str) -> None:
    custom = {field["name"]: field for field in described[sobject]["fields"] if field["custom"]}
    children = [child for child in described["Opportunity"]["childRelationships"] if child["childSObject"] == sobject]
    names = {child["field"]: child["relationshipName"] for child in children}

    made = custom_fields(sobject)

    assert {name: facts_of_metadata(field) for name, field in made.items()} == {
        name: facts_of_describe(field, names) for name, field in custom.items()
    }


def facts_of_metadata(field: Mapping[str, Any]) -> dict[str, Any]:
    kind = DESCRIBED_AS[field["type"][0]]
    facts: dict[str, Any] = {"name": field["fullName"][0], "label": field["label"][0], "type": kind}
    facts |= {size: int(field[size][0]) for size in ("length", "precision", "scale") if size in field}
    marks = {"externalId": "externalId", "unique": "unique", "caseSensitive": "caseSensitive", "required": "required"}
    facts |= {name: field.get(tag) == ["true"] for name, tag in marks.items()}
    for values in field.get("valueSet", ()):
        facts["restricted"] = values["restricted"] == ["true"]
        facts["values"] = [
            (value["fullName"][0], value["label"][0], value["default"][0] == "true")
            for value in values["valueSetDefinition"][0]["value"]
        ]
    if kind == "reference":
        facts["referenceTo"], facts["children"] = field["referenceTo"], f"{field['relationshipName'][0]}__r"
    return facts


def facts_of_describe(field: Mapping[str, Any], children: Mapping[str, str]) -> dict[str, Any]:
    kind = field["type"]
    marks = ["externalId", "unique", "caseSensitive"]
    facts = {key: field[key] for key in ["name", "label", "type", *STATED.get(kind, ()), *marks]}
    facts["required"] = not field["nillable"] and kind != "boolean"
    if kind == "picklist":
        facts["restricted"] = field["restrictedPicklist"]
        choices = field["picklistValues"]
        facts["values"] = [(choice["value"], choice["label"], choice["defaultValue"]) for choice in choices]
    if kind == "reference":
        facts["referenceTo"], facts["children"] = field["referenceTo"], children[field["name"]]
    return facts


def test_the_object_is_named_as_in_the_local_org(described: Describes) -> None:
    project = described["Delivery_Project__c"]
    (name,) = (field for field in project["fields"] if field["nameField"])

    made = read(FOLDER / "objects" / "Delivery_Project__c" / "Delivery_Project__c.object-meta.xml")

    assert made["label"] + made["pluralLabel"] == [project["label"], project["labelPlural"]]
    assert made["nameField"] == [{"label": [name["label"]], "type": ["Text"]}]
    assert made["deploymentStatus"] + made["enableBulkApi"] == ["Deployed", "true"]


def test_the_custom_fields_are_those_that_the_mappings_send_and_their_keys(catalog: Catalog) -> None:
    sent = {(m.sobject, field.salesforce) for m in catalog.outbound for field in m.sent}
    keys = {(m.sobject, m.send.key.salesforce) for m in catalog.outbound if m.send}

    folders = (path.name for path in (FOLDER / "objects").iterdir())
    made = {(sobject, name) for sobject in folders for name in custom_fields(sobject)}

    assert made == {(sobject, name) for sobject, name in sent | keys if name.endswith("__c")}
    assert len(made) == 28


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """The types of the Metadata API, by its own WSDL, and an element for each type that a file is of."""
    # By way of its text, which has the prefixes that stand at the root of the WSDL.
    types = etree.fromstring(etree.tostring(etree.parse(WSDL).find(f".//{XSD}schema")))
    for root in {ET.parse(path).getroot().tag.removeprefix(API) for path in FILES}:
        etree.SubElement(types, f"{XSD}element", name=root, type=f"tns:{root}")
    return etree.XMLSchema(types)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_what_the_wsdl_of_the_metadata_api_says(schema: etree.XMLSchema, path: Path) -> None:
    schema.assertValid(etree.parse(path))


def test_the_integration_user_reads_what_is_received_and_writes_what_is_sent_and_no_more() -> None:
    rights = permissions("Closedwon_Integration", "objectPermissions", "object")

    given = {sobject: sorted(right for right, is_given in of.items() if is_given) for sobject, of in rights.items()}
    assert given == {
        "Account": ["allowRead", "viewAllRecords"],
        "Contact": ["allowRead", "viewAllRecords"],
        "Delivery_Project__c": ["allowCreate", "allowEdit", "allowRead"],
        "Opportunity": ["allowEdit", "allowRead", "viewAllRecords"],
    }
    fields = field_permissions("Closedwon_Integration")
    assert {name for name, of in fields.items() if of["editable"]} == {
        f"{sobject}.{name}" for sobject in ("Delivery_Project__c", "Opportunity") for name in custom_fields(sobject)
    }


def test_the_currency_of_a_record_is_no_field_of_an_org_that_has_one(tmp_path: Path) -> None:
    mappings = Path(copytree(ROOT / "include" / "mappings", tmp_path / "mappings"))
    deals = mappings / "opportunities.yaml"
    section = "receive: {currency: {column: currency, default: EUR}}\nfields:\n"
    deals.write_text(deals.read_text().replace("fields:\n", section))

    permissions = next(text for path, text in metadata_files(mappings).items() if "Integration" in path.name)

    assert b"Opportunity.Amount" in permissions
    assert b"CurrencyIsoCode" not in permissions


def test_readers_see_every_field_that_is_made_and_change_none() -> None:
    made = [
        f"{sobject}.{name}" for sobject in ("Delivery_Project__c", "Opportunity") for name in custom_fields(sobject)
    ]
    rights = permissions("Closedwon_Reader", "objectPermissions", "object")

    assert field_permissions("Closedwon_Reader") == {name: {"editable": False, "readable": True} for name in made}
    assert [right for right, is_given in rights.pop("Delivery_Project__c").items() if is_given] == ["allowRead"]
    assert rights == {}


@pytest.mark.parametrize("name", ["Closedwon_Integration", "Closedwon_Reader"])
def test_a_permission_set_names_no_field_that_everybody_sees_and_no_part_of_an_address(
    described: Describes, name: str
) -> None:
    fields = {f"{sobject}.{field['name']}": field for sobject, of in described.items() for field in of["fields"]}

    named = field_permissions(name)

    assert [field for field in named if not fields[field]["permissionable"]] == []
    assert [field for field in named if fields[field]["compoundFieldName"]] == []


def test_the_permission_set_is_enough_for_every_mapping_and_nothing_in_it_can_be_left_out(
    tmp_path: Path, catalog: Catalog, described: Describes
) -> None:
    given = field_permissions("Closedwon_Integration")
    with running_org(tmp_path, objects=OBJECTS) as org:
        for name in secured_fields(described):
            set_access(org, described, name, None if given.get(name, {}).get("editable") else "hidden")
        for name in given:
            set_access(org, described, name, None if given[name]["editable"] else "readonly")
        client = log_in(org)

        with_all = findings(catalog, client)
        without = {}
        for name, rights in given.items():
            set_access(org, described, name, "hidden")
            without[name] = findings(catalog, client)
            set_access(org, described, name, None if rights["editable"] else "readonly")

    assert with_all == []
    assert [name for name, found in without.items() if not found] == []


def secured_fields(described: Describes) -> list[str]:
    """The fields of these objects to which field-level security applies."""
    return [
        f"{sobject}.{field['name']}"
        for sobject in ("Account", "Contact", "Delivery_Project__c", "Opportunity")
        for field in described[sobject]["fields"]
        if field["permissionable"] and not field["compoundFieldName"]
    ]


def set_access(org: RunningOrg, described: Describes, name: str, access: str | None) -> None:
    """Sets the access to a field; to an address by that to its parts."""
    sobject, _, field = name.partition(".")
    parts = [part["name"] for part in described[sobject]["fields"] if part["compoundFieldName"] == field]
    for one in parts or [field]:
        org.control.set_access(f"{sobject}.{one}", access)


def findings(catalog: Catalog, client: OrgClient) -> list[str]:
    return [finding for m in catalog.mappings for finding in check_mapping(m, client.describe(m.sobject))]


def test_the_page_shows_every_field_once_and_lets_no_one_change_what_an_export_overwrites() -> None:
    layout = read(FOLDER / "layouts" / "Delivery_Project__c-Delivery Project Layout.layout-meta.xml")
    shown = [
        (item["field"][0], item["behavior"][0])
        for section in layout["layoutSections"]
        for column in section["layoutColumns"]
        for item in column["layoutItems"]
    ]

    made = [(name, "Readonly") for name in custom_fields("Delivery_Project__c")]
    others = [("Name", "Required"), ("OwnerId", "Edit"), ("CreatedById", "Readonly"), ("LastModifiedById", "Readonly")]
    assert sorted(shown) == sorted(made + others)


def test_the_list_shows_the_name_and_the_first_fields_that_a_list_can_show(tmp_path: Path) -> None:
    path = FOLDER / "objects" / "Delivery_Project__c" / "listViews" / "All.listView-meta.xml"
    objects = tmp_path / "org.yaml"
    objects.write_text(
        OBJECTS.read_text().replace("      Phase__c: {type: text}\n", "      Phase__c: {type: longtext}\n")
    )

    shipped = read(path)["columns"]
    without_phase = to_content(ET.fromstring(metadata_files(objects=objects)[path]))["columns"]

    assert shipped[:6] == ["NAME", "Project_ID__c", "Project_Title__c", "Opportunity__c", "Status__c", "Phase__c"]
    assert without_phase[:6] == [
        "NAME",
        "Project_ID__c",
        "Project_Title__c",
        "Opportunity__c",
        "Status__c",
        "Archived__c",
    ]
    assert len(shipped) == len(without_phase) == 9


def test_the_readmes_line_deploys_the_folder_and_it_names_the_permission_sets_that_are_there() -> None:
    readme = (ROOT / "README.md").read_text()
    deploy = re.search(r"^cd (\S+) && sf project deploy start --source-dir (\S+) ", readme, re.MULTILINE)
    assert deploy is not None

    project = json.loads((ROOT / deploy[1] / "sfdx-project.json").read_text())

    assert [folder["path"] for folder in project["packageDirectories"]] == [deploy[2]]
    assert FOLDER.is_relative_to(ROOT / deploy[1] / deploy[2])
    assert set(re.findall(r"Closedwon_\w+", readme)) == {
        path.name.removesuffix(".permissionset-meta.xml") for path in (FOLDER / "permissionsets").iterdir()
    }


def test_a_field_that_a_mapping_sends_and_org_yaml_lacks_is_named_with_its_line(tmp_path: Path) -> None:
    objects = tmp_path / "org.yaml"
    objects.write_text(OBJECTS.read_text().replace("      Project_Phase__c: {type: text}\n", ""))

    with pytest.raises(MappingFault) as fault:
        metadata_files(objects=objects)

    assert "add the field to org.yaml" in str(fault.value)
    assert "opportunity_projects.yaml:13: Opportunity has no field 'Project_Phase__c'" in str(fault.value)


def test_a_field_of_a_type_that_is_not_known_is_refused() -> None:
    field = {"name": "Time__c", "type": "time", "label": "Time"}

    with pytest.raises(ValueError, match=r"Opportunity.Time__c is time in demo/org.yaml"):
        to_custom_field({"name": "Opportunity"}, field)
