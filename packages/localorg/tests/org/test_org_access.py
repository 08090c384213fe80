from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from org_samples import Sales, StandingClock, opened_org, values

from localorg.errors import OrgError
from localorg.org import Org
from localorg.schema import load_schema
from localorg.schema.definition_format import SchemaError

OBJECTS = """
objects:
  Account:
    fields:
      Secret__c: {type: text, access: hidden}
      Fixed__c: {type: checkbox, access: readonly}
      Told__c: {type: text, formula: '"<" & Secret__c & ">"'}
      Boxes__c: {type: number, scale: 0, summary: {of: Box__c.Account__c, operation: count}}
    rules:
      No_Secrets: {when: "LEN(Secret__c) > 3", message: Too much is said}
  Box__c:
    access: hidden
    fields:
      Account__c: {type: reference, to: Account}
"""


@pytest.fixture
def guarded(tmp_path: Path, clock: StandingClock) -> Iterator[Org]:
    yield from opened_org(tmp_path, OBJECTS, clock)


def refusal(act: object, *arguments: object) -> OrgError:
    with pytest.raises(OrgError) as caught:
        act(*arguments)  # type: ignore[operator]
    return caught.value


def fields_of(org: Org, sobject: str) -> dict[str, dict[str, object]]:
    return {field["name"]: field for field in org.describe(sobject)["fields"]}


def test_a_hidden_field_is_not_there_for_the_user(guarded: Org) -> None:
    account = guarded.create("Account", {"Name": "Acme"})

    assert "Secret__c" not in fields_of(guarded, "Account")
    assert "Secret__c" not in guarded.read("Account", account)
    assert "No such column 'Secret__c'" in refusal(guarded.query, "SELECT Secret__c FROM Account").message
    assert refusal(guarded.query, "SELECT Id FROM Account WHERE Secret__c = 'x'").code == "INVALID_FIELD"
    written = refusal(guarded.update, "Account", account, {"Secret__c": "x"})
    assert (written.code, written.message) == (
        "INVALID_FIELD",
        "No such column 'Secret__c' on sobject of type Account",
    )


def test_formulas_summaries_and_rules_see_what_is_hidden_from_the_user(guarded: Org) -> None:
    account = guarded.create("Account", {"Name": "Acme"})
    guarded.catalogue.set_access("Account.Secret__c", None)
    guarded.catalogue.set_access("Box__c", None)
    guarded.update("Account", account, {"Secret__c": "abc"})
    guarded.create("Box__c", {"Account__c": account})
    guarded.catalogue.set_access("Account.Secret__c", "hidden")
    guarded.catalogue.set_access("Box__c", "hidden")

    assert values(guarded, "SELECT Told__c FROM Account") == ["<abc>"]
    assert values(guarded, "SELECT Boxes__c FROM Account") == [1.0]
    guarded.catalogue.set_access("Account.Secret__c", None)
    assert refusal(guarded.update, "Account", account, {"Secret__c": "abcd"}).message == "Too much is said"


def test_a_hidden_object_is_not_there_for_the_user(guarded: Org) -> None:
    described = {sobject["name"] for sobject in guarded.describe_global()["sobjects"]}
    children = {child["childSObject"] for child in guarded.describe("Account")["childRelationships"]}

    assert "Box__c" not in described | children
    assert "Box__c" not in guarded.counts()
    assert refusal(guarded.query, "SELECT Id FROM Box__c").code == "INVALID_TYPE"
    assert refusal(guarded.query, "SELECT (SELECT Id FROM Boxs__r) FROM Account").code == "INVALID_TYPE"
    assert refusal(guarded.describe, "Box__c").status == 404
    assert refusal(guarded.create, "Box__c", {}).code == "NOT_FOUND"


def test_a_readonly_field_can_be_read_but_not_written(guarded: Org) -> None:
    described = fields_of(guarded, "Account")["Fixed__c"]
    error = refusal(guarded.create, "Account", {"Name": "x", "Fixed__c": True})

    assert (described["createable"], described["updateable"]) == (False, False)
    assert (error.code, error.fields) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ["Fixed__c"])
    assert guarded.read("Account", guarded.create("Account", {"Name": "x"}))["Fixed__c"] is False


def test_a_readonly_object_can_be_read_but_not_written(org: Org, sales: Sales) -> None:
    org.catalogue.set_access("Contact", "readonly")
    described = org.describe("Contact")
    inserted = refusal(org.create, "Contact", {"LastName": "x"})
    updated = refusal(org.update, "Contact", sales.ann, {"LastName": "x"})
    deleted = refusal(org.lifecycle.delete, "Contact", sales.ann)

    assert [described[key] for key in ("createable", "updateable", "deletable")] == [False, False, False]
    assert (inserted.status, inserted.code) == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
    assert inserted.message == "entity type cannot be inserted: Contact"
    assert updated.message == "entity type cannot be updated: Contact"
    assert (deleted.status, deleted.code) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert org.counts()["Contact"] == 2
    org.catalogue.set_access("Contact", None)
    org.lifecycle.delete("Contact", sales.ann)
    assert org.counts()["Contact"] == 1


def test_rights_that_come_back_show_what_was_written_before(org: Org, sales: Sales) -> None:
    org.catalogue.set_access("account.billingcity", "hidden")
    org.update("Account", sales.acme, {"Site": "HQ"})
    hidden = refusal(org.read, "Account", sales.acme, ["BillingCity"]).code
    org.catalogue.set_access("Account.BillingCity", None)

    assert hidden == "INVALID_FIELD"
    assert org.read("Account", sales.acme, ["BillingCity"])["BillingCity"] == "Bern"


def test_a_hidden_field_is_still_part_of_records_that_are_made(org: Org) -> None:
    org.catalogue.set_access("Contact.DoNotCall", "hidden")
    contact = org.create("Contact", {"LastName": "x"})
    org.catalogue.set_access("Contact.DoNotCall", None)

    assert values(org, f"SELECT DoNotCall FROM Contact WHERE Id = '{contact}'") == [False]


def test_a_delete_takes_hidden_children_along(org: Org, sales: Sales) -> None:
    org.catalogue.set_access("Opportunity", "hidden")
    org.lifecycle.delete("Account", sales.globex)
    org.catalogue.set_access("Opportunity", None)

    assert values(org, "SELECT Name FROM Opportunity WHERE AccountId = null OR Name = 'Door'") == []


def test_access_to_what_does_not_exist_is_not_found(org: Org) -> None:
    assert refusal(org.catalogue.set_access, "Account.Foo", "hidden").code == "NOT_FOUND"
    assert refusal(org.catalogue.set_access, "Foo", "hidden").code == "NOT_FOUND"


def test_an_access_that_does_not_exist_is_refused_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text("objects: {Account: {fields: {A__c: {type: text, access: writeonly}}}}", encoding="utf-8")
    with pytest.raises(SchemaError, match="access = 'writeonly' is not one of hidden, readonly"):
        load_schema(file)


@pytest.mark.parametrize("act", ["update", "delete", "update a child", "create a child"])
def test_a_locked_record_and_what_refers_to_it_cannot_be_written(org: Org, sales: Sales, act: str) -> None:
    org.locks.lock([sales.globex[:15]])
    (door,) = values(org, "SELECT Id FROM Opportunity WHERE Name = 'Door'")
    acts = {
        "update": lambda: org.update("Account", sales.globex, {"Rating": "Hot"}),
        "delete": lambda: org.lifecycle.delete("Account", sales.globex),
        "update a child": lambda: org.update("Opportunity", door, {"NextStep": "x"}),
        "create a child": lambda: org.create("Contact", {"LastName": "x", "AccountId": sales.globex}),
    }
    error = refusal(acts[act])
    org.update("Account", sales.acme, {"Rating": "Hot"})
    org.locks.unlock()
    acts[act]()

    assert (error.status, error.code) == (400, "UNABLE_TO_LOCK_ROW")
    assert error.message == f"unable to obtain exclusive access to this record or 1 records: {sales.globex}"


def test_a_lock_on_what_is_no_id_is_refused(org: Org) -> None:
    assert refusal(org.locks.lock, ["Acme"]).code == "MALFORMED_ID"
