from __future__ import annotations

from typing import Any

import pytest
from org_samples import Sales, StandingClock, values

from localorg.errors import OrgError
from localorg.org import Org


def test_a_new_record_has_an_id_an_owner_and_stamps_in_whole_seconds(org: Org) -> None:
    record_id = org.create("account", {"name": "Acme", "attributes": {"type": "Account"}})
    record = org.read("Account", record_id[:15])

    assert record_id == record["Id"] == "001Lo0000000001IAA"
    assert record["OwnerId"] == record["CreatedById"] == record["LastModifiedById"] == org.admin_user_id
    stamps = {record[name] for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp")}
    assert stamps == {"2026-05-06T11:56:44.000+0000"}


def test_an_update_moves_the_stamps_of_change_and_nothing_else(org: Org, sales: Sales, clock: StandingClock) -> None:
    before = org.read("Account", sales.acme)
    clock.advance(seconds=10)
    org.update("Account", sales.acme, {"Industry": "energy"})
    after = org.read("Account", sales.acme)

    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"Industry", "LastModifiedDate", "SystemModstamp"}
    assert (after["Industry"], after["SystemModstamp"]) == ("Energy", "2026-05-06T11:56:54.000+0000")


def test_what_the_system_writes_moves_only_system_modstamp(org: Org, sales: Sales, clock: StandingClock) -> None:
    clock.advance(seconds=10)
    org.write_system("Account", [{"Id": sales.acme, "Rating": "Hot"}])
    record = org.read("Account", sales.acme, ["Rating", "LastModifiedDate", "SystemModstamp"])

    assert record["Rating"] == "Hot"
    assert record["LastModifiedDate"] == "2026-05-06T11:56:44.000+0000"
    assert record["SystemModstamp"] == "2026-05-06T11:56:54.000+0000"


def test_reading_gives_the_named_fields_in_their_order(org: Org, sales: Sales) -> None:
    record = org.read("Account", sales.acme, ["name", "Id"])

    assert list(record) == ["attributes", "Name", "Id"]


@pytest.mark.parametrize(
    ("stage", "probability", "is_closed", "is_won", "category"),
    [
        ("Closed Won", 100.0, True, True, "Closed"),
        ("Closed Lost", 0.0, True, False, "Omitted"),
        ("Prospecting", 10.0, False, False, "Pipeline"),
        ("A stage of our own", 0.0, False, False, "Pipeline"),
    ],
)
def test_the_stage_decides_what_follows_from_it(
    org: Org, stage: str, probability: float, is_closed: bool, is_won: bool, category: str
) -> None:
    fields = {"Name": "Deal", "StageName": stage, "CloseDate": "2026-05-31", "Amount": 200}
    record = org.read("Opportunity", org.create("Opportunity", fields))

    assert (record["Probability"], record["IsClosed"], record["IsWon"]) == (probability, is_closed, is_won)
    assert record["ForecastCategory"] == category
    assert record["ExpectedRevenue"] == 2 * probability
    assert (record["FiscalYear"], record["FiscalQuarter"], record["Fiscal"]) == (2026, 2, "2026 2")


def test_a_probability_that_was_given_stands_until_the_stage_changes(org: Org) -> None:
    fields = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-05-31", "Probability": 33}
    deal = org.create("Opportunity", fields)
    given = org.read("Opportunity", deal)["Probability"]
    org.update("Opportunity", deal, {"NextStep": "call"})
    kept = org.read("Opportunity", deal)["Probability"]
    org.update("Opportunity", deal, {"StageName": "Closed Won"})

    assert (given, kept, org.read("Opportunity", deal)["Probability"]) == (33.0, 33.0, 100.0)


def test_the_name_of_a_person_follows_from_its_parts(org: Org, sales: Sales) -> None:
    org.update("Contact", sales.ann, {"LastName": "Meier"})

    assert org.read("Contact", sales.ann)["Name"] == "Ann Meier"


@pytest.mark.parametrize(
    ("sobject", "fields", "code", "message", "about"),
    [
        ("Account", {}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ["Name"]),
        ("Account", {"Name": " "}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ["Name"]),
        ("Account", {"Name": "x", "foo": 1}, "INVALID_FIELD", "No such column 'foo' on sobject of type Account", []),
        ("Account", {"Name": "xxx" * 86}, "STRING_TOO_LONG", "(max length=255)", ["Name"]),
        (
            "Account",
            {"Name": 5},
            "JSON_PARSER_ERROR",
            "Cannot deserialize instance of string from VALUE_NUMBER",
            [],
        ),
        ("Account", {"Name": "x", "CreatedDate": "2020-01-01"}, "INVALID_FIELD_FOR_INSERT_UPDATE", "", ["CreatedDate"]),
        ("Account", {"Name": "x", "BillingAddress": {}}, "INVALID_FIELD_FOR_INSERT_UPDATE", "", ["BillingAddress"]),
        ("Account", {"Name": "x", "AnnualRevenue": "much"}, "JSON_PARSER_ERROR", "instance of currency from", None),
        ("Account", {"Name": "x", "NumberOfEmployees": 123456789}, "NUMBER_OUTSIDE_VALID_RANGE", "Employees", None),
        ("Account", {"Name": "x", "OwnerId": "123"}, "MALFORMED_ID", "Owner ID: id value of incorrect type: 123", None),
        ("Account", {"Name": "x", "ParentId": "003Lo0000000001IAA"}, "MALFORMED_ID", "of incorrect type", ["ParentId"]),
        (
            "Account",
            {"Name": "x", "ParentId": "001Lo000000zzzzAAA"},
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross",
            [],
        ),
        (
            "Contact",
            {"LastName": "x", "Email": "a@b"},
            "INVALID_EMAIL_ADDRESS",
            "Email: invalid email address: a@b",
            None,
        ),
        ("Contact", {"LastName": "x", "Birthdate": "31.12.2000"}, "JSON_PARSER_ERROR", "instance of date from", None),
        (
            "Delivery_Project__c",
            {"Status__c": "Stopped"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Status: bad value for restricted picklist field: Stopped",
            ["Status__c"],
        ),
        ("Account", {"Name": "\ud83d"}, "JSON_PARSER_ERROR", r"from VALUE_STRING value \ud83d", []),
        ("Account", {"Name": "x", "Parent": 5}, "JSON_PARSER_ERROR", "Cannot deserialize instance of reference", None),
        ("Contact", {"LastName": "x", "Birthdate": "20001231"}, "JSON_PARSER_ERROR", "instance of date from", None),
        (
            "Profile",
            {"Name": "x"},
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            "entity type cannot be inserted: Profile",
            [],
        ),
    ],
)
def test_a_record_that_is_wrong_is_refused_with_the_reason_and_not_written(
    org: Org, sobject: str, fields: dict[str, Any], code: str, message: str, about: list[str] | None
) -> None:
    before = org.counts()
    with pytest.raises(OrgError) as caught:
        org.create(sobject, fields)

    assert (caught.value.status, caught.value.code) == (400, code)
    assert message in caught.value.message
    assert about is None or caught.value.fields == about
    assert org.counts() == before


@pytest.mark.parametrize(
    ("sobject", "field", "sent", "read"),
    [
        ("Account", "AnnualRevenue", "1234.6", 1234.6),
        ("Account", "NumberOfEmployees", "12", 12),
        ("Account", "Description", " two\nlines  ", " two\nlines"),
        ("Account", "Site", "  HQ ", "HQ"),
        ("Account", "Rating", "", None),
        ("Contact", "Birthdate", "2000-12-31T23:00:00Z", "2000-12-31"),
        ("Contact", "EmailBouncedDate", "2026-01-02T03:04:05.678+01:00", "2026-01-02T02:04:05.000+0000"),
        ("Contact", "DoNotCall", "TRUE", True),
        ("Delivery_Project__c", "Hours__c", 1.005, 1.005),
        ("Delivery_Project__c", "Skills__c", "run; design;run", "Design;Run"),
    ],
)
def test_a_value_is_kept_in_the_form_of_its_field(org: Org, sobject: str, field: str, sent: Any, read: Any) -> None:
    required = {"Account": {"Name": "x"}, "Contact": {"LastName": "x"}}.get(sobject, {})
    record_id = org.create(sobject, {**required, field: sent})

    assert org.read(sobject, record_id)[field] == read


def test_a_custom_object_without_a_name_is_named_by_its_short_id(org: Org) -> None:
    record_id = org.create("Delivery_Project__c", {})

    assert record_id.startswith("a00")
    assert org.read("Delivery_Project__c", record_id)["Name"] == record_id[:15]


def test_an_upsert_creates_once_and_then_updates(org: Org) -> None:
    first, created = org.upsert("Delivery_Project__c", "Project_ID__c", "P-1", {"Hours__c": 1})
    second, created_again = org.upsert("Delivery_Project__c", "project_id__c", "p-1", {"Hours__c": 2})

    assert (created, created_again) == (True, False)
    assert first == second
    assert values(org, "SELECT Hours__c FROM Delivery_Project__c") == [2.0]


def test_an_upsert_that_may_only_update_creates_nothing(org: Org) -> None:
    with pytest.raises(OrgError) as caught:
        org.upsert("Delivery_Project__c", "Project_ID__c", "P-1", {}, update_only=True)

    assert caught.value.status == 404
    assert org.counts()["Delivery_Project__c"] == 0


def test_an_upsert_by_an_id_that_several_records_have_names_them_all(org: Org) -> None:
    ids = [org.create("Delivery_Project__c", {"Legacy_Key__c": "K"}) for _ in range(2)]
    with pytest.raises(OrgError) as caught:
        org.upsert("Delivery_Project__c", "Legacy_Key__c", "K", {"Hours__c": 1})

    assert (caught.value.status, caught.value.record_ids) == (300, ids)


def test_an_upsert_by_a_field_that_is_no_external_id_is_refused(org: Org) -> None:
    with pytest.raises(OrgError, match="Provided external ID field does not exist or is not accessible: Hours__c"):
        org.upsert("Delivery_Project__c", "Hours__c", 1, {})


def test_an_upsert_refuses_the_external_id_among_the_fields(org: Org) -> None:
    with pytest.raises(OrgError, match="should not be specified in the sobject data"):
        org.upsert("Delivery_Project__c", "Project_ID__c", "P-1", {"project_id__c": "P-1"})


def test_a_unique_value_belongs_to_one_record_until_that_is_deleted(org: Org) -> None:
    first = org.create("Delivery_Project__c", {"Project_ID__c": "P-1"})
    with pytest.raises(OrgError, match=f"duplicate value found: Project_ID__c duplicates value on .* id: {first}"):
        org.create("Delivery_Project__c", {"Project_ID__c": "p-1"})
    org.update("Delivery_Project__c", first, {"Project_ID__c": "P-1"})
    org.lifecycle.delete("Delivery_Project__c", first)

    assert org.create("Delivery_Project__c", {"Project_ID__c": "P-1"}) != first


def test_a_parent_may_be_named_by_its_external_id(org: Org) -> None:
    org.catalogue.add_field("Account", "Key__c")
    org.create("User", {**_USER, "Username": "lead@localorg.example"})
    account = org.create("Account", {"Name": "x", "Owner": {"Username": "LEAD@localorg.example"}})

    assert values(org, f"SELECT Owner.Alias FROM Account WHERE Id = '{account}'")[0]["Alias"] == "lead"


def test_a_parent_that_is_not_found_by_its_external_id_is_an_error_that_names_it(org: Org) -> None:
    with pytest.raises(OrgError) as caught:
        org.create("Account", {"Name": "x", "Owner": {"Username": "nobody@localorg.example"}})

    assert caught.value.code == "INVALID_FIELD"
    expected = "Foreign key external ID: nobody@localorg.example not found for field Username in entity User"
    assert caught.value.message == expected


def test_deleting_an_account_takes_its_contacts_and_opportunities_along(org: Org, sales: Sales) -> None:
    org.lifecycle.delete("Account", sales.globex)
    org.update("Contact", sales.bob, {"AccountId": sales.acme})
    (won,) = values(org, "SELECT Id FROM Opportunity WHERE IsWon = TRUE")
    org.lifecycle.delete("Opportunity", won)
    org.lifecycle.delete("Account", sales.acme)

    counts = org.counts()
    assert (counts["Account"], counts["Contact"], counts["Opportunity"]) == (0, 0, 0)


@pytest.mark.parametrize("act", ["read", "update", "delete"])
def test_the_error_for_a_deleted_record_is_as_recorded(org: Org, sales: Sales, act: str) -> None:
    org.lifecycle.delete("Contact", sales.bob)
    with pytest.raises(OrgError) as caught:
        getattr(org.lifecycle if act == "delete" else org, act)(
            "Contact", sales.bob, *([{"Title": "x"}] if act == "update" else [])
        )

    error = caught.value
    assert (error.status, error.code, error.message) == (404, "ENTITY_IS_DELETED", "entity is deleted")


def test_a_record_that_never_existed_is_an_error(org: Org) -> None:
    with pytest.raises(OrgError) as on_update:
        org.update("Account", "001Lo000000zzzzAAA", {"Name": "x"})
    with pytest.raises(OrgError) as on_read:
        org.read("Account", "001Lo000000zzzzAAA")

    assert on_update.value.code == "INVALID_CROSS_REFERENCE_KEY"
    assert (on_read.value.status, on_read.value.code) == (404, "NOT_FOUND")


def test_a_transaction_that_is_taken_back_leaves_no_trace(org: Org, sales: Sales) -> None:
    with org.transaction() as transaction:
        org.update("Account", sales.acme, {"Name": "Changed"})
        org.create("Account", {"Name": "New"})
        seen_inside = values(org, "SELECT Name FROM Account ORDER BY Name")
        transaction.rollback()

    assert seen_inside == ["Changed", "Globex", "New"]
    assert values(org, "SELECT Name FROM Account ORDER BY Name") == ["Acme", "Globex"]


def test_a_failed_write_inside_a_transaction_spares_the_others(org: Org) -> None:
    with org.transaction():
        org.create("Account", {"Name": "kept"})
        with pytest.raises(OrgError, match="STRING_TOO_LONG"):
            org.create("Account", {"Name": "x" * 300})

    assert values(org, "SELECT Name FROM Account") == ["kept"]


_USER = {
    "LastName": "Lead",
    "Email": "lead@localorg.example",
    "Alias": "lead",
    "TimeZoneSidKey": "UTC",
    "LocaleSidKey": "en_US",
    "EmailEncodingKey": "UTF-8",
    "LanguageLocaleKey": "en_US",
    "ProfileId": "00eLo0000000002IAA",
}


def test_an_account_cannot_be_its_own_parent_nor_above_it(org: Org, sales: Sales) -> None:
    org.update("Account", sales.globex, {"ParentId": sales.acme})

    for account, parent in ((sales.acme, sales.acme), (sales.acme, sales.globex)):
        with pytest.raises(OrgError, match="attempt to violate hierarchy constraints") as caught:
            org.update("Account", account, {"ParentId": parent})
        assert (caught.value.code, caught.value.fields) == ("CIRCULAR_DEPENDENCY", ["ParentId"])
    written = org.batches("update", "Account", ["Id", "ParentId"]).write([[sales.acme, sales.globex]])
    assert [row.error.code for row in written if row.error] == ["CIRCULAR_DEPENDENCY"]
    assert values(org, "SELECT ParentId FROM Account ORDER BY Name") == [None, sales.acme]


def test_a_completed_task_moves_the_last_activity_of_what_it_relates_to(
    org: Org, sales: Sales, clock: StandingClock
) -> None:
    task = org.create(
        "Task", {"Subject": "Call", "WhatId": sales.acme, "WhoId": sales.ann, "ActivityDate": "2026-05-04"}
    )
    before = values(org, "SELECT LastActivityDate FROM Account")
    clock.advance(hours=1)
    org.update("Task", task, {"Status": "Completed"})

    account = org.read("Account", sales.acme, ["LastActivityDate", "SystemModstamp", "LastModifiedDate"])
    assert before == [None, None]
    assert account["LastActivityDate"] == "2026-05-04"
    assert account["SystemModstamp"] == "2026-05-06T12:56:44.000+0000"
    assert account["LastModifiedDate"] == "2026-05-06T11:56:44.000+0000"
    assert org.read("Contact", sales.ann, ["LastActivityDate"])["LastActivityDate"] == "2026-05-04"
    assert org.read("Account", sales.globex, ["LastActivityDate"])["LastActivityDate"] is None


def test_an_earlier_activity_moves_nothing(org: Org, sales: Sales, clock: StandingClock) -> None:
    call = {"Subject": "Call", "WhatId": sales.acme, "Status": "Completed"}
    rows = [["Call", sales.acme, "Completed", day] for day in ("2026-05-04", "2026-05-05")]
    org.batches("insert", "Task", ["Subject", "WhatId", "Status", "ActivityDate"]).write(rows)
    clock.advance(hours=1)
    org.create("Task", {**call, "ActivityDate": "2026-05-01"})
    org.create(
        "Event", {"Subject": "Later", "WhatId": sales.acme, "ActivityDate": "2026-06-01", "DurationInMinutes": 10}
    )

    account = org.read("Account", sales.acme, ["LastActivityDate", "SystemModstamp"])
    assert account["LastActivityDate"] == "2026-05-05"
    assert account["SystemModstamp"] == "2026-05-06T11:56:44.000+0000"
