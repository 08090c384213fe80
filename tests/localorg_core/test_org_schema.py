from __future__ import annotations

import json
from pathlib import Path

import pytest
from org_samples import MATERIAL

from localorg.org import Org
from localorg.schema import load_schema
from localorg.schema.fields import SchemaFault


def fields_of(org: Org, sobject: str) -> dict[str, dict[str, object]]:
    return {field["name"]: field for field in org.describe(sobject)["fields"]}


@pytest.mark.parametrize("name", ["Account", "Contact", "Opportunity", "Lead", "Case", "OpportunityContactRole"])
def test_describe_has_the_keys_and_types_of_a_recorded_one(org: Org, name: str) -> None:
    file = MATERIAL / "recorded" / "describe" / f"{name}.cumulusci.json"
    if not file.exists():
        pytest.skip("the recorded describes are not here")
    recorded = json.loads(file.read_text(encoding="utf-8"))
    described = org.describe(name)
    theirs = {field["name"]: field for field in recorded["fields"]}
    ours = {field["name"]: field for field in described["fields"] if field["name"] in theirs}

    assert set(recorded) - {"sobjectDescribeOption"} <= set(described)
    assert len(ours) > 10
    for field_name, field in ours.items():
        assert list(field) == list(theirs[field_name]), field_name
        told = ("type", "length", "precision", "scale", "digits", "soapType", "nillable", "createable", "sortable")
        told += ("updateable", "defaultedOnCreate", "filterable", "referenceTo", "relationshipName")
        assert {key: field[key] for key in told} == {key: theirs[field_name][key] for key in told}


def test_describe_lists_children_with_their_relationship(org: Org) -> None:
    children = {(c["childSObject"], c["field"]): c for c in org.describe("account")["childRelationships"]}

    assert children["Contact", "AccountId"]["relationshipName"] == "Contacts"
    assert children["Contact", "AccountId"]["cascadeDelete"] is True


def test_a_custom_object_gets_the_fields_that_every_object_has(org: Org) -> None:
    fields = fields_of(org, "Delivery_Project__c")

    system = ["Id", "IsDeleted", "Name"]
    assert list(fields)[:3] == system
    assert list(fields)[-6:-5] == ["OwnerId"]
    assert list(fields)[-1] == "SystemModstamp"
    assert fields["Project_ID__c"]["externalId"] is True
    assert fields["Project_ID__c"]["label"] == "Project ID"
    assert fields["Opportunity__c"]["relationshipName"] == "Opportunity__r"


def test_a_users_file_adds_fields_to_a_standard_object(org: Org) -> None:
    assert fields_of(org, "Opportunity")["Kickoff_Done__c"]["type"] == "boolean"
    assert "StageName" in fields_of(org, "Opportunity")


def test_users_have_no_recycle_bin_and_so_no_is_deleted(org: Org) -> None:
    assert "IsDeleted" not in fields_of(org, "User")


def test_the_global_describe_lists_every_object_with_its_prefix(org: Org) -> None:
    described = org.describe_global()
    prefixes = {sobject["name"]: sobject["keyPrefix"] for sobject in described["sobjects"]}

    assert (described["encoding"], described["maxBatchSize"]) == ("UTF-8", 200)
    assert prefixes["Account"] == "001"
    assert prefixes["Delivery_Project__c"] == "a00"
    assert len(set(prefixes.values())) == len(prefixes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("objects: {A__c: {fields: {B__c: {type: strng}}}}", "B__c: unknown type 'strng'"),
        ("objects: {A__c: {fields: {B__c: {type: text, lenght: 3}}}}", "B__c: unknown key 'lenght'"),
        ("objects: {A__c: {fields: {'B c': {type: text}}}}", "'B c' is no API name"),
        ("objects: {A__c: {fields: {B__c: {type: reference}}}}", "says with 'to' which object"),
        ("objects: {A__c: {fields: {B__c: {type: picklist, values: [Yes, No]}}}}", "True is not text"),
        ("objects: {A__c: {labels: x}}", "A__c: unknown key 'labels'"),
        ("fields: {}", "must have one key, 'objects'"),
        (
            "objects: {A__c: {fields: {B__c: {type: reference, to: Account}, C__c: {type: reference, to: Account}}}}",
            "'As__r' names the children of Account",
        ),
    ],
)
def test_a_file_of_objects_that_is_wrong_is_refused_with_file_and_place(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(SchemaFault) as caught:
        load_schema(file)
    assert words in str(caught.value)
