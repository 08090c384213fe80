"""A mapping is compared with the org's describe before any record moves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from closedwon.mapping.check import check_mapping
from closedwon.mapping.model import Field, Key, Mapping, Send, ValueMap
from closedwon.mapping.reader import read_catalog, require_sound

PROJECT_FOLDER = Path(__file__).parents[2]


def described(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "createable": True, "updateable": True, "referenceTo": [], **more}


DESCRIBE = {
    "name": "Account",
    "fields": [
        described("Id", "id"),
        described("Name", "string"),
        described("Industry", "picklist"),
        described("Tags__c", "multipicklist"),
        described("AnnualRevenue", "currency", scale=2),
        described("Seats__c", "double", scale=0),
        described("NumberOfEmployees", "int", scale=0),
        described("IsPartner", "boolean"),
        described("Since__c", "date"),
        described("Seen__c", "datetime"),
        described("OwnerId", "reference", referenceTo=["User"], relationshipName="Owner"),
        described("BillingAddress", "address"),
        described("BillingCity", "string", compoundFieldName="BillingAddress"),
        described("Score__c", "double", scale=0, createable=False, updateable=False),
        described("Code__c", "string", externalId=True),
        described("Once__c", "string", updateable=False),
        described("Logo__c", "base64"),
        described("Odd__c", "complexvalue"),
        described("Opens__c", "time"),
        described(
            "Tier__c",
            "picklist",
            picklistValues=[
                {"value": "T1", "label": "Gold customer", "active": True},
                {"value": "T2", "label": "Silver customer", "active": True},
                {"value": "Gone", "label": "Gone", "active": False},
            ],
        ),
    ],
}


def mapping(field: Field, send: Send | None = None) -> Mapping:
    fields = (replace(field, line=7),)
    return Mapping("accounts", "accounts.yaml", "Account", "crm.accounts", field.direction, fields, send=send)


def received(name: str, kind: Any, **more: Any) -> Mapping:
    return mapping(Field(name, "column", kind, "receive", **more))


def tiers(*labels: str) -> ValueMap:
    return ValueMap("tiers", "values/tiers.csv", dict.fromkeys(labels, "tier"))


def sent(name: str, kind: Any, key: str) -> Mapping:
    return mapping(Field(name, "column", kind, "send"), Send(Key(key, "id")))


@pytest.mark.parametrize(
    "fitting",
    [
        received("Name", "text"),
        received("Industry", "picklist"),
        received("Industry", "text"),
        received("Tags__c", "text"),
        received("Tags__c", "multipicklist"),
        received("Opens__c", "time"),
        received("Opens__c", "text"),
        received("AnnualRevenue", "number"),
        received("NumberOfEmployees", "integer"),
        received("Seats__c", "integer"),
        received("IsPartner", "boolean"),
        received("Since__c", "date"),
        received("Seen__c", "datetime"),
        received("OwnerId", "reference", references="crm.users", parents={"User": "crm.users"}),
        received("OwnerId", "text"),
        received("Tier__c", "picklist", values=tiers("t1", "T2 ", "Gone", "of an older org")),
        received("Owner.Email", "text"),
        received("Score__c", "number"),
        sent("Name", "text", "Code__c"),
        sent("Name", "text", "Id"),
    ],
    ids=lambda m: f"{m.fields[0].salesforce}-{m.fields[0].type}{'-sent' if m.send else ''}",
)
def test_what_fits_the_org_has_no_findings(fitting: Mapping) -> None:
    assert check_mapping(fitting, DESCRIBE) == []


@pytest.mark.parametrize(
    ("unfit", "expected"),
    [
        pytest.param(
            received("Nam", "text"),
            "accounts.yaml:7: Account has no field 'Nam' (did you mean 'Name'?), "
            "or it is hidden from the integration user by field-level security",
            id="field-missing",
        ),
        pytest.param(received("Ovner.Email", "text"), "no relationship 'Ovner' (did you mean 'Owner'?)", id="path"),
        pytest.param(
            received("AnnualRevenue", "date"),
            "Account.AnnualRevenue is currency in the org, but date in the mapping: write `type: number`",
            id="type",
        ),
        pytest.param(received("Tags__c", "picklist"), "write `type: text or multipicklist`", id="multipicklist"),
        pytest.param(received("Opens__c", "datetime"), "write `type: text or time`", id="time"),
        pytest.param(
            received("Logo__c", "text"),
            "accounts.yaml:7: Account.Logo__c is base64, the content of a file, which is no value of a row and cannot "
            "be mapped: take it out; the fields that describe the file, such as its name and size, can be",
            id="content-of-a-file",
        ),
        pytest.param(received("Odd__c", "text"), "it cannot be mapped: take it out", id="type-without-remedy"),
        pytest.param(received("AnnualRevenue", "integer"), "has 2 decimal places in the org", id="decimal-places"),
        pytest.param(
            received("OwnerId", "reference", references="crm.accounts", parents={"Account": "crm.accounts"}),
            "Account.OwnerId refers to User in the org, but crm.accounts holds Account",
            id="reference-target",
        ),
        pytest.param(
            received("Tier__c", "picklist", values=tiers("Gold customer", "silver Customer", "T3")),
            "accounts.yaml:7: values/tiers.csv lists what people see of Account.Tier__c, but records hold its API "
            "values, so that no record would match: write 'T1' for 'Gold customer', 'T2' for 'silver Customer'",
            id="X15-labels-for-api-values",
        ),
        pytest.param(
            received("BillingAddress", "text"),
            "is a compound field, which Bulk API 2.0 refuses: map its parts (BillingCity)",
            id="compound",
        ),
        pytest.param(
            sent("Score__c", "number", "Code__c"), "cannot be set on a new record or changed", id="sent-computed"
        ),
        pytest.param(sent("Once__c", "text", "Id"), "Once__c is sent, but cannot be changed", id="sent-read-only"),
        pytest.param(sent("Name", "text", "Industry"), "Industry is the key, but no external id", id="key"),
        pytest.param(sent("Name", "text", "Code"), "no field 'Code' (did you mean 'Code__c'?)", id="key-missing"),
    ],
)
def test_what_does_not_fit_the_org_is_a_finding(unfit: Mapping, expected: str) -> None:
    findings = check_mapping(unfit, DESCRIBE)

    assert len(findings) == 1
    assert expected in findings[0]


TASK = {
    "name": "Task",
    "fields": [described("WhoId", "reference", referenceTo=["Contact", "Lead"], relationshipName="Who")],
}


def test_a_field_that_refers_to_several_objects_asks_for_a_list() -> None:
    (finding,) = check_mapping(
        received("WhoId", "reference", references="crm.contacts", parents={"Contact": "crm.contacts"}), TASK
    )

    assert "write `references: [crm.contacts]`, a list" in finding
    assert "records of other objects then arrive with the link empty and their id kept" in finding


def test_a_list_may_name_some_of_the_objects_that_a_field_refers_to() -> None:
    parents = {"Contact": "crm.contacts"}
    named = received("WhoId", "reference", references=("crm.contacts",), parents=parents, is_polymorphic=True)

    assert check_mapping(named, TASK) == []


def test_each_table_of_a_list_holds_an_object_that_the_field_refers_to() -> None:
    parents = {"Contact": "crm.contacts", "Account": "crm.accounts"}
    named = received("WhoId", "reference", references=tuple(parents.values()), parents=parents, is_polymorphic=True)

    (finding,) = check_mapping(named, TASK)

    assert "refers to Contact, Lead in the org, but crm.accounts holds Account" in finding


def test_fields_that_are_neither_received_nor_sent_are_not_checked() -> None:
    assert check_mapping(mapping(Field("Gone__c", "column", "text", "none")), DESCRIBE) == []


@pytest.mark.parametrize("name", ["accounts", "contacts", "opportunities"])
def test_the_mapping_files_of_the_project_fit_a_real_org(name: str) -> None:
    """The describes were recorded from a live org."""
    fits = require_sound(read_catalog(PROJECT_FOLDER / "include" / "mappings")).mapping(name)
    recorded = PROJECT_FOLDER.parent / f"shared/material/recorded/describe/{fits.sobject}.cumulusci.json"
    if not recorded.exists():
        pytest.skip(f"the recording is not there: {recorded}")

    assert check_mapping(fits, json.loads(recorded.read_text())) == []
