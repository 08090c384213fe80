from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from org_samples import StandingClock, opened_org, values

from localorg.errors import OrgError
from localorg.org import Org
from localorg.schema import load_schema
from localorg.schema.definition_format import SchemaError


def fields_of(org: Org, sobject: str) -> dict[str, dict[str, object]]:
    return {field["name"]: field for field in org.describe(sobject)["fields"]}


def test_describe_lists_children_with_their_relationship(org: Org) -> None:
    children = {(c["childSObject"], c["field"]): c for c in org.describe("account")["childRelationships"]}

    assert children["Contact", "AccountId"]["relationshipName"] == "Contacts"
    assert children["Contact", "AccountId"]["cascadeDelete"] is True


def test_a_custom_object_gets_the_fields_that_every_object_has(org: Org) -> None:
    fields = fields_of(org, "Delivery_Project__c")

    assert list(fields)[:4] == ["Id", "OwnerId", "IsDeleted", "Name"]
    assert list(fields)[4:9] == [
        "CreatedDate",
        "CreatedById",
        "LastModifiedDate",
        "LastModifiedById",
        "SystemModstamp",
    ]
    assert fields["Project_ID__c"]["externalId"] is True
    assert fields["Project_ID__c"]["label"] == "Project ID"
    assert fields["Opportunity__c"]["relationshipName"] == "Opportunity__r"


def test_no_object_is_given_the_key_prefix_that_another_one_has_in_the_file(
    tmp_path: Path, clock: StandingClock
) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text("objects: {First__c: {label: First}, Second__c: {label: Second, prefix: a00}}", encoding="utf-8")
    org = Org(load_schema(file), None, clock)
    ids = [org.create(name, {}) for name in ("First__c", "Second__c")]
    org.close()

    assert [record_id[:3] for record_id in ids] == ["a01", "a00"]


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
        ("objects: {A__c: {fields: {B__c: {type: text, length: '40'}}}}", "B__c: length = '40' is not a whole number"),
        ("objects: {A__c: {fields: {B__c: {type: text, unique: sure}}}}", "unique = 'sure' is neither true nor false"),
        ("objects: {A__c: {flags: {feedable: true}}}", "A__c: flags: unknown key 'feedable'"),
        ("objects: {Lead: {label: Prospect}}", "Lead: 'label' is for new objects, and this one exists"),
        ("fields: {}", "must have the key 'objects', or 'org', or both"),
        ("objects: [A__c]", "'objects' must be object names with definitions"),
        ("objects: {A__c: text}", "an object is defined by keys with values"),
        ("objects: {'A c': {}}", "'A c' is no API name"),
        ("objects: {A__c: {fields: [B__c]}}", "'fields' must be field names with definitions"),
        ("objects: {A__c: {fields: {B__c: text}}}", "B__c: a field is defined by keys with values"),
        ("objects: {A__c: {fields: {B: {type: location}}}}", "B: a geolocation is a custom field"),
        ("objects: {A__c: {fields: {B__c: {type: location, to: Lead}}}}", "B__c: unknown key 'to'"),
        ("objects: {A__c: {fields: {B__c: {type: picklist, values: {x: y}}}}}", "behind the picklist value 'x'"),
        (
            "objects: {A__c: {fields: {B__c: {type: picklist, controller: C__c}}}}",
            "the controller 'C__c' is no picklist",
        ),
        (
            "objects: {A__c: {fields: {B__c: {type: picklist, values: [x]}, "
            "C__c: {type: picklist, controller: B__c, values: {y: {validFor: [z]}}}}}}",
            "'y' is valid for 'z', which B__c does not have",
        ),
        (
            "objects: {A__c: {fields: {B__c: {type: masterdetail, to: Lead}, C__c: {type: masterdetail, to: Case}, "
            "D__c: {type: masterdetail, to: Contact}}}}",
            "at most 2 masters, not 3",
        ),
        (
            "objects: {A__c: {fields: {B__c: {type: reference, to: Account}, C__c: {type: reference, to: Account}}}}",
            "'As__r' names the children of Account",
        ),
    ],
)
def test_a_file_of_objects_that_is_wrong_is_refused_with_file_and_place(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(SchemaError) as caught:
        load_schema(file)
    assert words in str(caught.value)


NAMESPACED = """
objects:
  i360__Appointment__c:
    fields:
      i360__Account__c: {type: masterdetail, to: Account}
      i360__Lead__c: {type: reference, to: Lead}
      i360__Starts_At__c: {type: time, label: Starts}
      i360__Site__c: {type: location, scale: 4}
      i360__Number__c: {type: text, length: 30, autoNumber: "V-{000}"}
      i360__Secret__c: {type: encryptedstring}
  Contact:
    fields:
      i360__Broker__c: {type: reference, to: Account}
"""


@pytest.fixture
def packaged(tmp_path: Path, clock: StandingClock) -> Iterator[Org]:
    yield from opened_org(tmp_path, NAMESPACED, clock)


def test_names_with_a_namespace_have_labels_and_relationships_of_their_own(packaged: Org) -> None:
    described = packaged.describe("i360__Appointment__c")
    fields = fields_of(packaged, "i360__Appointment__c")

    assert (described["label"], described["labelPlural"], described["custom"]) == ("Appointment", "Appointments", True)
    assert (fields["i360__Lead__c"]["label"], fields["i360__Lead__c"]["relationshipName"]) == ("Lead", "i360__Lead__r")
    children = {c["field"]: c["relationshipName"] for c in packaged.describe("Account")["childRelationships"]}
    assert children["i360__Account__c"] == "i360__Appointments__r"
    assert children["i360__Broker__c"] == "i360__Contacts__r"


def test_records_of_a_package_are_found_from_both_sides(packaged: Org) -> None:
    acme = packaged.create("Account", {"Name": "Acme"})
    visit = packaged.create("i360__Appointment__c", {"Name": "First", "i360__Account__c": acme})

    assert values(packaged, "SELECT i360__Account__r.Name FROM i360__Appointment__c")[0]["Name"] == "Acme"
    (found,) = values(packaged, "SELECT (SELECT Id FROM i360__Appointments__r) FROM Account")
    assert [record["Id"] for record in found["records"]] == [visit]


def test_a_detail_has_no_owner_needs_its_master_and_goes_with_it(packaged: Org) -> None:
    fields = fields_of(packaged, "i360__Appointment__c")
    acme = packaged.create("Account", {"Name": "Acme"})
    packaged.create("i360__Appointment__c", {"i360__Account__c": acme})

    assert "OwnerId" not in fields
    master = fields["i360__Account__c"]
    assert (master["cascadeDelete"], master["relationshipOrder"], master["nillable"]) == (True, 0, False)
    assert (master["createable"], master["updateable"]) == (True, False)
    with pytest.raises(OrgError) as caught:
        packaged.create("i360__Appointment__c", {"Name": "Nowhere"})
    assert (caught.value.code, caught.value.fields) == ("REQUIRED_FIELD_MISSING", ["i360__Account__c"])
    packaged.lifecycle.delete("Account", acme)
    assert values(packaged, "SELECT Id FROM i360__Appointment__c") == []


def test_a_geolocation_is_written_in_its_parts_and_read_as_one(packaged: Org) -> None:
    fields = fields_of(packaged, "i360__Appointment__c")
    acme = packaged.create("Account", {"Name": "Acme"})
    place = {"i360__Site__Latitude__s": 46.94801, "i360__Site__Longitude__s": 7.44744}
    packaged.create("i360__Appointment__c", {"i360__Account__c": acme, **place})

    site, part = fields["i360__Site__c"], fields["i360__Site__Latitude__s"]
    assert (site["type"], site["soapType"], site["createable"]) == ("location", "urn:location", False)
    assert (part["compoundFieldName"], part["custom"], part["scale"]) == ("i360__Site__c", True, 4)
    found = values(packaged, "SELECT i360__Site__c FROM i360__Appointment__c")
    assert found == [{"latitude": 46.94801, "longitude": 7.44744}]


def test_times_of_day_are_kept_to_the_millisecond(packaged: Org) -> None:
    acme = packaged.create("Account", {"Name": "Acme"})
    for text in ("09:30:00", "09:30:00.5Z", "23:59:59.123Z"):
        packaged.create("i360__Appointment__c", {"i360__Account__c": acme, "i360__Starts_At__c": text})

    found = values(packaged, "SELECT i360__Starts_At__c FROM i360__Appointment__c")
    assert found == ["09:30:00.000Z", "09:30:00.500Z", "23:59:59.123Z"]
    assert fields_of(packaged, "i360__Appointment__c")["i360__Starts_At__c"]["soapType"] == "xsd:time"
    with pytest.raises(OrgError) as caught:
        packaged.create("i360__Appointment__c", {"i360__Account__c": acme, "i360__Starts_At__c": "24:00:00"})
    assert caught.value.code == "JSON_PARSER_ERROR"


def test_auto_numbers_count_up(packaged: Org) -> None:
    acme = packaged.create("Account", {"Name": "Acme"})
    for _ in range(2):
        packaged.create("i360__Appointment__c", {"i360__Account__c": acme})

    assert values(packaged, "SELECT i360__Number__c FROM i360__Appointment__c") == ["V-001", "V-002"]


def test_the_name_of_a_custom_object_may_be_an_auto_number(tmp_path: Path, clock: StandingClock) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text("objects: {Visit__c: {name: {label: No., autoNumber: 'V-{000}'}}}", encoding="utf-8")
    org = Org(load_schema(file), None, clock)

    org.create("Visit__c", {})

    name = fields_of(org, "Visit__c")["Name"]
    assert values(org, "SELECT Name FROM Visit__c") == ["V-001"]
    assert [name[key] for key in ("autoNumber", "createable", "nillable", "groupable")] == [True, False, False, False]
    org.close()


def test_activities_notes_and_files_may_be_about_any_custom_object(packaged: Org) -> None:
    acme = packaged.create("Account", {"Name": "Acme"})
    visit = packaged.create("i360__Appointment__c", {"Name": "First", "i360__Account__c": acme})
    packaged.catalogue.add_object("Learned__c")
    learned = packaged.create("Learned__c", {"Name": "Other"})

    packaged.create("Task", {"Subject": "Call", "WhatId": visit})
    packaged.create("Note", {"Title": "n", "ParentId": learned})

    assert values(packaged, "SELECT What.Name FROM Task")[0]["Name"] == "First"
    assert "Learned__c" in fields_of(packaged, "ContentDocumentLink")["LinkedEntityId"]["referenceTo"]


def test_objects_without_the_usual_stamps_can_be_written(packaged: Org) -> None:
    role = packaged.create("UserRole", {"Name": "Sales"})

    packaged.update("UserRole", role, {"Name": "Service"})

    assert "CreatedDate" not in fields_of(packaged, "UserRole")
    assert values(packaged, "SELECT Name FROM UserRole WHERE LastModifiedDate != NULL") == ["Service"]


def test_values_that_follow_from_a_parent_are_those_of_the_parent(org: Org) -> None:
    ann = org.create("Contact", {"LastName": "Ann", "Email": "ann@example.com"})
    campaign = org.create("Campaign", {"Name": "Fair"})
    org.create("CampaignMember", {"CampaignId": campaign, "ContactId": ann})
    org.create("Case", {"ContactId": ann})

    assert values(org, "SELECT Email FROM CampaignMember WHERE Name = 'Ann'") == ["ann@example.com"]
    assert values(org, "SELECT LeadOrContactId FROM CampaignMember") == [ann]
    assert values(org, "SELECT ContactEmail FROM Case") == ["ann@example.com"]
    assert fields_of(org, "Case")["ContactEmail"]["calculated"] is False


def test_the_total_of_a_line_item_follows_from_its_price_and_the_other_way_round(org: Org) -> None:
    book = org.create("Pricebook2", {"Name": "Standard"})
    product = org.create("Product2", {"Name": "Tile", "ProductCode": "T-1"})
    entry = org.create("PricebookEntry", {"Pricebook2Id": book, "Product2Id": product, "UnitPrice": 12})
    deal = org.create("Opportunity", {"Name": "Roof", "StageName": "Prospecting", "CloseDate": "2026-06-30"})
    item = {"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 4}

    org.create("OpportunityLineItem", {**item, "UnitPrice": 10})
    org.create("OpportunityLineItem", {**item, "TotalPrice": 20})

    (first, second) = org.query(
        "SELECT UnitPrice, TotalPrice, ListPrice, Name, ProductCode FROM OpportunityLineItem"
    ).records(0, 9)
    assert (first["UnitPrice"], first["TotalPrice"], first["ListPrice"]) == (10, 40, 12)
    assert (second["UnitPrice"], second["TotalPrice"]) == (5, 20)
    assert (first["Name"], first["ProductCode"]) == ("Roof Tile", "T-1")


def test_every_reference_of_a_standard_object_leads_to_an_object_that_is_here() -> None:
    schema = load_schema()

    lost = [
        (o.name, f.name, to) for o in schema.objects for f in o.fields for to in f.reference_to if not schema.find(to)
    ]
    assert lost == []
    assert 25 <= len(schema.objects) <= 32


def test_an_inactive_value_of_a_restricted_picklist_cannot_be_written(tmp_path: Path, clock: StandingClock) -> None:
    file = tmp_path / "objects.yaml"
    values_of_it = "values: {now: {}, then: {inactive: true}}"
    file.write_text(
        f"objects: {{A__c: {{fields: {{Strict__c: {{type: picklist, restricted: true, {values_of_it}}}, "
        f"Open__c: {{type: picklist, {values_of_it}}}}}}}}}",
        encoding="utf-8",
    )
    org = Org(load_schema(file), None, clock)

    org.create("A__c", {"Open__c": "then", "Strict__c": "now"})
    with pytest.raises(OrgError) as caught:
        org.create("A__c", {"Strict__c": "then"})

    assert caught.value.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert values(org, "SELECT Open__c FROM A__c") == ["then"]
    org.close()


def test_a_new_org_has_the_standard_price_book(org: Org) -> None:
    assert values(org, "SELECT Name FROM Pricebook2 WHERE IsStandard = TRUE") == ["Standard Price Book"]
