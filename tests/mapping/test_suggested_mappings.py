"""A mapping file that is suggested from an org's describe can be used as it is, whatever the org calls its fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from closedwon.errors import MappingFault
from closedwon.mapping.check import check_mapping
from closedwon.mapping.model import Field, Mapping
from closedwon.mapping.model.names import LONGEST_NAME
from closedwon.mapping.reader.assembly import assemble_catalog
from closedwon.mapping.reader.folder import read_files
from closedwon.mapping.suggest import Suggestion, suggest_mapping

FILES = tuple(read_files(Path(__file__).parents[2] / "include" / "mappings"))
MAPPINGS = assemble_catalog("mappings", FILES).mappings


def described(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "custom": name.endswith("__c"),
        "createable": True,
        "updateable": True,
        "nillable": True,
        "referenceTo": [],
        "picklistValues": [],
        "scale": 0,
        "inlineHelpText": None,
        **more,
    }


def choices(*values: str, **labels: str) -> dict[str, Any]:
    both = {value: value for value in values} | labels
    return {"picklistValues": [{"value": value, "label": label, "active": True} for value, label in both.items()]}


SYSTEM = [
    described("Id", "id"),
    described("IsDeleted", "boolean"),
    described("SystemModstamp", "datetime"),
    described("CreatedDate", "datetime", createable=False),
]
TYPES = {
    "string": {},
    "textarea": {},
    "picklist": choices("Hot", "Cold"),
    "multipicklist": choices("a", "b"),
    "combobox": choices("Call", "Email"),
    "double": {"scale": 3},
    "currency": {"scale": 2},
    "percent": {"scale": 1},
    "int": {},
    "long": {},
    "boolean": {},
    "date": {},
    "datetime": {},
    "time": {},
    "phone": {},
    "url": {},
    "email": {},
    "encryptedstring": {},
    "reference": {"referenceTo": ["Account"]},
    "address": {},
    "location": {},
    "base64": {},
    "anyType": {},
    "complexvalue": {},
}
HELP = 'Don\'t: {use} "this", #1\r\n\t- see https://x.test: 100 % \\ *a &b \u202e\x85\ud800'
WIDE = [
    described("Name", nameField=True, nillable=False),
    *(described(f"{kind.title()}_{number}__c", kind, **more) for number in (1, 2) for kind, more in TYPES.items()),
    described("Order__c"),
    described("User__c", "reference", referenceTo=["User"]),
    described("On__c", "boolean"),
    described("Null__c"),
    described("Id__c"),
    described("Ctid__c"),
    described("Salesforce_Id__c"),
    described("FooBar__c"),
    described("Foo_Bar__c"),
    described("Foo_Bar_2__c", inlineHelpText=HELP),
    described("Name__c"),
    described("A" * 39 + "_" + "B" * 40 + "__c"),
    described("A" * 39 + "_" + "B" * 41 + "__c"),
    described("aB" * 29 + "__c", "reference", referenceTo=["Account", "Contact"]),
    described("a_B" * 20 + "__c", "reference", referenceTo=["Account", "Contact"]),
    described("Odd__c", "picklist", **choices('a, "b"', "c\nd", "A+", "A-", " blank ", "BLANK", " ", "日本", "\ud800")),
    described("Tab__c", "picklist", **choices("x\ty", "x\x00y", "x\u2028- y")),
]


def describe(*fields: dict[str, Any], name: str = "Wide__c", **more: Any) -> dict[str, Any]:
    return {"name": name, "labelPlural": "Wide things", "fields": [*fields, *SYSTEM], **more}


def read(suggestion: Suggestion, org: dict[str, Any]) -> Mapping:
    """The mapping that the suggestion's files make in the folder, after the check that each import begins with."""
    files = {**dict(FILES), **{file: text.encode() for file, text in suggestion.files.items()}}
    catalog = assemble_catalog("mappings", tuple(files.items()))
    assert [file.message for file in catalog.broken] == []
    (mapping,) = (one for one in catalog.mappings if one.file == suggestion.file)
    assert check_mapping(mapping, org) == []
    return mapping


def suggest(org: dict[str, Any], *, with_values: bool = False) -> Mapping:
    return read(suggest_mapping(org, MAPPINGS, with_values=with_values), org)


def only(org: dict[str, Any], salesforce: str, *, with_values: bool = False) -> Field:
    (field,) = (one for one in suggest(org, with_values=with_values).fields if one.salesforce == salesforce)
    return field


@pytest.mark.parametrize("with_values", [False, True])
def test_every_field_that_a_kind_holds_has_one_line_whatever_its_type_and_name(with_values: bool) -> None:
    org = describe(*WIDE)
    assert len(org["fields"]) > 60

    mapping = suggest(org, with_values=with_values)

    unmapped = ("Address_", "Location_", "Base64_", "Anytype_", "Complexvalue_")
    expected = [one["name"] for one in org["fields"] if not one["name"].startswith((*unmapped, "IsDel", "SystemM"))]
    assert [field.salesforce for field in mapping.fields] == [name for name in expected if name != "Id"]
    columns = [column for field in mapping.fields for column in field.columns]
    assert len(set(columns)) == len(columns)
    assert max(map(len, columns)) <= LONGEST_NAME


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (described("X", "string"), "text"),
        (described("X", "picklist"), "picklist"),
        (described("X", "double", scale=0), "number"),  # it may hold decimals that it does not show
        (described("X", "int"), "integer"),
        (described("X", "boolean"), "boolean"),
        (described("X", "date"), "date"),
        (described("X", "datetime"), "datetime"),
        (described("X", "time"), "time"),
        (described("X", "multipicklist"), "multipicklist"),
    ],
    ids=lambda given: given["type"] if isinstance(given, dict) else "",
)
def test_the_kind_is_the_narrowest_that_holds_every_value_of_the_field(seen: dict[str, Any], kind: str) -> None:
    assert only(describe(seen), "X").type == kind


@pytest.mark.parametrize(
    ("name", "kind", "column"),
    [
        ("CreatedDate", "datetime", "created_at"),
        ("LastModifiedDate", "datetime", "last_modified_at"),
        ("CompletedDateTime", "datetime", "completed_at"),
        ("CloseDate", "date", "close_on"),
        ("Birthdate", "date", "birthdate"),
        ("BillingPostalCode", "string", "billing_postal_code"),
        ("SLA_Tier__c", "picklist", "sla_tier"),
        ("SLATier__c", "picklist", "sla_tier"),
        ("npo02__LargestAmount__pc", "currency", "npo02_largest_amount"),
        ("Id__c", "string", "id_c"),
        ("On__c", "boolean", "on"),
        ("Order__c", "string", "order"),
    ],
)
def test_a_column_is_called_as_its_field_is_in_snake_case(name: str, kind: str, column: str) -> None:
    org = {"name": "X__c", "fields": [described(name, kind), *SYSTEM[:3]]}

    assert only(org, name).column == column


def test_of_two_fields_with_one_name_in_snake_case_the_second_keeps_its_ending() -> None:
    org = describe(described("Name"), described("Name__c"), described("FooBar__c"), described("Foo_Bar__c"))

    assert [field.column for field in suggest(org).fields][:4] == ["name", "name_c", "foo_bar", "foo_bar_c"]


def test_the_records_name_comes_first_and_is_required_where_the_org_requires_it() -> None:
    number = described("CaseNumber", nameField=True, nillable=False)
    subject = described("Subject", nameField=True)

    first = suggest(describe(described("Status"), number)).fields[0]

    assert (first.salesforce, first.required) == ("CaseNumber", True)
    assert [field.required for field in suggest(describe(described("Must__c", nillable=False), subject)).fields] == [
        False
    ] * 3


def test_a_part_of_a_persons_name_is_not_required_as_companies_have_none() -> None:
    parts = {"compoundFieldName": "Name", "nameField": True, "nillable": False}

    fields = suggest(describe(described("LastName", **parts), described("Name", **parts))).fields

    assert [(field.salesforce, field.required) for field in fields[:2]] == [("Name", True), ("LastName", False)]


def test_a_lookup_refers_to_the_table_of_its_object_and_waits_for_the_parent() -> None:
    field = only(describe(described("AccountId", "reference", referenceTo=["Account"])), "AccountId")

    assert (field.type, field.references, field.is_polymorphic) == ("reference", ("crm.accounts",), False)


@pytest.mark.parametrize(
    ("seen", "tables"),
    [
        (described("WhatId", "reference", referenceTo=["Account", "Asset", "Opportunity"]), "accounts opportunities"),
        (described("CreatedById", "reference", referenceTo=["User"], createable=False), "users"),
        (described("ParentId", "reference", referenceTo=["Wide__c"]), "wide_things"),
    ],
    ids=["several-objects", "set-by-the-system", "itself"],
)
def test_a_lookup_whose_parent_may_not_come_is_a_list_and_waits_for_none(seen: dict[str, Any], tables: str) -> None:
    field = only(describe(seen), seen["name"])

    assert field.is_polymorphic
    assert field.references == tuple(f"crm.{name}" for name in tables.split())


def test_a_lookup_to_objects_that_are_not_mapped_is_a_line_that_moves_nothing_and_says_why() -> None:
    field = only(describe(described("AssetId", "reference", referenceTo=["Asset", "A", "B", "C"])), "AssetId")

    assert (field.type, field.direction) == ("text", "none")
    assert field.note == (
        "id of a record of Asset or A or B and 1 more, not mapped: write `receive` to keep the id as text"
    )


def test_a_lookup_that_would_make_a_circle_of_tables_keeps_the_id_as_text() -> None:
    users = describe(described("AccountId", "reference", referenceTo=["Account"]), name="User", labelPlural="Users")

    field = only(users, "AccountId")

    assert (field.type, field.direction) == ("text", "receive")
    assert field.note == "id of a record of Account, whose table refers to this one"


def test_a_formula_is_noted_since_its_changes_alone_are_not_seen() -> None:
    field = only(describe(described("Sum__c", "double", calculated=True, calculatedFormula="1 + 1")), "Sum__c")

    assert field.note == "a formula: it is read again when the record itself changes"


def test_the_orgs_help_text_is_the_note_in_one_line() -> None:
    field = only(describe(described("Odd__c", inlineHelpText=HELP)), "Odd__c")

    assert field.note == 'Don\'t: {use} "this", #1 - see https://x.test: 100 % \\ *a &b'


def test_what_gets_no_line_is_named_with_the_reason() -> None:
    org = describe(
        described("Place__c", "location"),
        described("Place__Latitude__s", "double", scale=6, compoundFieldName="Place__c"),
        described("Logo__c", "base64"),
        described("LastViewedDate", "datetime"),
    )

    text = suggest_mapping(org, MAPPINGS).text

    assert "#   Place__c: a compound field, its parts are fields of their own\n" in text
    assert "#   Logo__c: base64, which no type holds\n" in text
    assert "#   LastViewedDate: when the integration user itself looked at the record\n" in text
    assert "column: place_latitude," in text


def test_a_value_map_has_a_code_of_its_own_for_each_choice_of_the_org() -> None:
    field = only(describe(*WIDE), "Odd__c", with_values=True)

    assert field.values is not None
    assert field.values.codes == {
        'a, "b"': "a_b",
        "c\nd": "c_d",
        "A+": "a",
        "A-": "a_2",
        "blank": "blank",
        "日本": "日本",
    }


def test_codes_follow_what_people_see_and_the_map_lists_what_records_hold() -> None:
    tiers = described("Tier__c", "picklist", **choices(T1="Gold Customer", T2="Größe"))

    field = only(describe(tiers), "Tier__c", with_values=True)

    assert field.values is not None
    assert field.values.codes == {"T1": "gold_customer", "T2": "grosse"}


@pytest.mark.parametrize(
    "seen",
    [
        described("X", "combobox", **choices("Call")),
        described("X", "picklist", **choices(EUR="EUR - Euro")),
        described("X", "picklist", **choices(*map(str, range(51)))),
        described("X", "picklist"),
    ],
    ids=["free-text", "codes-of-salesforce", "too-many", "none"],
)
def test_what_is_free_text_or_a_code_already_gets_no_value_map(seen: dict[str, Any]) -> None:
    assert suggest_mapping(describe(seen), MAPPINGS, with_values=True).value_maps == {}


def test_what_is_printed_needs_no_other_file_and_shows_the_value_maps_as_comments() -> None:
    seen = described("Stage__c", "picklist", **choices("Closed, Won"))

    suggestion = suggest_mapping(describe(seen), MAPPINGS)

    assert suggestion.value_maps == {}
    assert (
        '# values/wide_things_stage.csv, for Stage__c:\n#   label,code\n#   "Closed, Won",closed_won\n'
        in suggestion.text
    )


def test_an_object_that_is_mapped_keeps_its_file_and_its_table() -> None:
    accounts = describe(described("Name", nameField=True), name="Account", labelPlural="Companies")

    suggestion = suggest_mapping(accounts, MAPPINGS)

    assert (suggestion.file, read(suggestion, accounts).table) == ("accounts.yaml", "crm.accounts")


@pytest.mark.parametrize(
    ("sobject", "plural", "table"),
    [
        ("Delivery_Slot__c", "Delivery Slots", "crm.delivery_slots"),
        ("Slot__c", "日程", "crm.slot_c"),
        ("Slot__c", "2nd slots", "crm.slot_c"),
        ("Partner__c", "Accounts", "crm.partner_c"),
    ],
    ids=["plural", "no-letters", "digit", "taken"],
)
def test_the_table_is_called_as_people_call_the_records(sobject: str, plural: str, table: str) -> None:
    org = describe(described("Name"), name=sobject, labelPlural=plural)

    assert suggest(org).table == table


def test_an_object_without_systemmodstamp_is_refused_with_what_to_do() -> None:
    with pytest.raises(MappingFault, match="Wide__c has no field SystemModstamp") as refused:
        suggest_mapping({"name": "Wide__c", "fields": [described("Name")]}, MAPPINGS)

    assert refused.value.remedy


def test_an_object_without_a_field_that_can_be_received_is_refused() -> None:
    with pytest.raises(MappingFault, match="no field that can be received, of 4"):
        suggest_mapping({"name": "Wide__c", "fields": [*SYSTEM[:3], described("Logo", "base64")]}, MAPPINGS)
