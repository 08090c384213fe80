"""What the org makes of the values, references and names that clients send."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from org_samples import Sales, StandingClock, values

from localorg.errors import OrgError
from localorg.org import Org


def refusal(act: Any, *arguments: Any, **options: Any) -> OrgError:
    with pytest.raises(OrgError) as caught:
        act(*arguments, **options)
    return caught.value


def account(**fields: Any) -> dict[str, Any]:
    return {"Name": "Acme", **fields}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("AnnualRevenue", json.loads("1e400"), "JSON_PARSER_ERROR"),
        ("AnnualRevenue", json.loads("NaN"), "JSON_PARSER_ERROR"),
        ("AnnualRevenue", json.loads("-Infinity"), "JSON_PARSER_ERROR"),
        ("AnnualRevenue", "NaN", "JSON_PARSER_ERROR"),
        ("AnnualRevenue", "1e400", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("AnnualRevenue", "1e999999999", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("AnnualRevenue", "1e9999999999999999999999", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("AnnualRevenue", "9" * 5_000, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("AnnualRevenue", 10**4_000, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("AnnualRevenue", 10**18, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("AnnualRevenue", "١٢", "JSON_PARSER_ERROR"),
        ("AnnualRevenue", True, "JSON_PARSER_ERROR"),
        ("AnnualRevenue", [1], "JSON_PARSER_ERROR"),
        ("AnnualRevenue", {"a": 1}, "JSON_PARSER_ERROR"),
        ("NumberOfEmployees", "1e999999999", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("NumberOfEmployees", 10**4_000, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("NumberOfEmployees", 100_000_000, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("NumberOfEmployees", "250.0", "JSON_PARSER_ERROR"),
        ("NumberOfEmployees", 2.5, "JSON_PARSER_ERROR"),
        ("OwnerId", 5, "MALFORMED_ID"),
        ("OwnerId", "005Lo0000000001IAB", "MALFORMED_ID"),
        ("Rating", 5, "JSON_PARSER_ERROR"),
        ("Description", "x" * 32_001, "STRING_TOO_LONG"),
    ],
    ids=lambda value: str(value)[:24] if len(str(value)) < sys.get_int_max_str_digits() else "long",
)
def test_a_value_that_no_field_can_hold_is_refused_with_a_clear_error(
    org: Org, field: str, value: Any, code: str
) -> None:
    error = refusal(org.create, "Account", account(**{field: value}))

    assert (error.status, error.code) == (400, code)
    assert org.counts()["Account"] == 0


@pytest.mark.parametrize(
    ("field", "sent", "read"),
    [
        ("AnnualRevenue", "0e999999999", 0.0),
        ("AnnualRevenue", "1e-999999999", 0.0),
        ("AnnualRevenue", 10**17, 1e17),
        ("AnnualRevenue", -2.5, -2.5),
        ("NumberOfEmployees", 250.0, 250),
        ("NumberOfEmployees", "-99999999", -99_999_999),
        ("Phone", " (030) 12-34 ", "(030) 12-34"),
        ("Rating", "hOT", "Hot"),
        ("Rating", "Lukewarm", "Lukewarm"),
    ],
)
def test_a_value_at_the_edge_is_kept(org: Org, field: str, sent: Any, read: Any) -> None:
    assert org.read("Account", org.create("Account", account(**{field: sent})))[field] == read


def test_an_email_address_is_kept_in_lower_case(org: Org) -> None:
    contact = org.create("Contact", {"LastName": "x", "Email": "Ann.Meier@Acme.EXAMPLE"})

    assert org.read("Contact", contact)["Email"] == "ann.meier@acme.example"


@pytest.mark.parametrize("day", ["1699-12-31", "4001-01-01", "9999-12-31T23:59:59Z"])
def test_a_date_outside_the_years_that_salesforce_knows_is_refused(org: Org, day: str) -> None:
    date = refusal(org.create, "Contact", {"LastName": "x", "Birthdate": day})
    moment = refusal(org.create, "Contact", {"LastName": "x", "EmailBouncedDate": f"{day[:10]}T00:00:00Z"})

    assert (date.code, date.message) == ("FIELD_INTEGRITY_EXCEPTION", f"Birthdate: invalid date: {day}")
    assert moment.code == "FIELD_INTEGRITY_EXCEPTION"


@pytest.mark.parametrize("day", ["0001-01-01T00:00:00+14:00", "2026-02-30", "2026-1-2", "2026-01-02T25:00:00Z", "soon"])
def test_what_is_no_date_is_refused_as_a_value_of_another_type(org: Org, day: str) -> None:
    codes = {
        refusal(org.create, "Contact", {"LastName": "x", name: day}).code for name in ("Birthdate", "EmailBouncedDate")
    }

    assert codes <= {"JSON_PARSER_ERROR", "FIELD_INTEGRITY_EXCEPTION"}


@pytest.mark.parametrize("field", ["AnnualRevenue", "NumberOfEmployees"])
@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_text_is_no_number(org: Org, sales: Sales, field: str, blank: str) -> None:
    error = refusal(org.update, "Account", sales.acme, {field: blank})
    org.update("Account", sales.acme, {field: None})

    assert (error.code, error.fields) == ("JSON_PARSER_ERROR", [])
    assert org.read("Account", sales.acme)[field] is None


@pytest.mark.parametrize("field", ["Birthdate", "EmailBouncedDate", "DoNotCall"])
def test_a_blank_text_is_no_date_and_no_checkbox(org: Org, sales: Sales, field: str) -> None:
    assert refusal(org.update, "Contact", sales.ann, {field: ""}).code == "JSON_PARSER_ERROR"


def test_a_checkbox_cannot_be_emptied(org: Org, sales: Sales) -> None:
    error = refusal(org.update, "Contact", sales.ann, {"DoNotCall": None})

    assert (error.code, error.fields) == ("INVALID_TYPE_ON_FIELD_IN_RECORD", ["DoNotCall"])
    assert error.message == "Do Not Call: value not of required type: "


def test_a_required_field_cannot_be_emptied(org: Org, sales: Sales) -> None:
    error = refusal(org.update, "Account", sales.acme, {"Name": None})

    assert (error.code, error.fields) == ("REQUIRED_FIELD_MISSING", ["Name"])


def test_a_field_that_is_named_twice_is_refused(org: Org) -> None:
    letters = refusal(org.create, "Account", {"Name": "a", "name": "b"})
    parent = refusal(org.create, "Account", account(OwnerId=org.admin_user_id, Owner={"Username": "x"}))

    assert [letters.code, parent.code] == ["INVALID_FIELD", "INVALID_FIELD"]
    assert letters.message == "Duplicate field specified: name"


def test_an_id_is_not_for_the_client_to_choose(org: Org, sales: Sales) -> None:
    created = refusal(org.create, "Account", account(Id=sales.acme))
    updated = refusal(org.update, "Account", sales.acme, {"id": sales.acme})

    assert (created.code, created.message) == (
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "cannot specify Id in an insert call",
    )
    assert (updated.code, updated.message) == (
        "INVALID_FIELD",
        "The Id field should not be specified in the sobject data.",
    )


def test_a_parent_is_named_by_one_field_only(org: Org) -> None:
    error = refusal(org.create, "Account", account(Owner={"Username": "x", "Alias": "y"}))

    assert error.message == "More than 1 field provided in an external foreign key reference in entity: User"


def test_an_owner_is_an_active_user_or_a_queue(org: Org, sales: Sales) -> None:
    user = org.create("User", _user("owner"))
    group, queue = (org.create("Group", {"Name": kind, "Type": kind}) for kind in ("Regular", "Queue"))
    org.update("Account", sales.acme, {"OwnerId": user})
    org.update("User", user, {"IsActive": False})
    org.update("Account", sales.acme, {"Rating": "Hot"})
    inactive = refusal(org.update, "Account", sales.globex, {"OwnerId": user})
    no_queue = refusal(org.create, "Delivery_Project__c", {"OwnerId": group})
    project = org.create("Delivery_Project__c", {"OwnerId": queue})

    assert (inactive.code, inactive.message) == (
        "INACTIVE_OWNER_OR_USER",
        f"operation performed with inactive user [{user}] as owner of account",
    )
    assert (no_queue.code, no_queue.message) == ("INVALID_OPERATION", "Queue not associated with this SObject type")
    assert org.read("Delivery_Project__c", project)["OwnerId"] == queue


def test_a_reference_to_a_deleted_record_is_refused(org: Org, sales: Sales) -> None:
    org.lifecycle.delete("Contact", sales.ann)
    error = refusal(org.create, "Case", {"ContactId": sales.ann})

    assert (error.status, error.code) == (400, "ENTITY_IS_DELETED")


def test_a_person_is_called_by_all_parts_of_the_name(org: Org) -> None:
    org.catalogue.add_field("Contact", "MiddleName")
    org.catalogue.add_field("Contact", "Suffix")
    fields = {"Salutation": "Dr.", "FirstName": "Ann", "MiddleName": "B.", "LastName": "Meier", "Suffix": "Jr."}

    assert org.read("Contact", org.create("Contact", fields))["Name"] == "Ann B. Meier Jr."


def test_the_forecast_category_follows_its_name(org: Org) -> None:
    fields = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-05-31", "ForecastCategoryName": "Commit"}
    deal = org.create("Opportunity", fields)
    given = org.read("Opportunity", deal)["ForecastCategory"]
    org.update("Opportunity", deal, {"NextStep": "call"})
    kept = org.read("Opportunity", deal)["ForecastCategory"]
    org.update("Opportunity", deal, {"StageName": "Closed Lost"})
    record = org.read("Opportunity", deal)

    assert (given, kept) == ("Forecast", "Forecast")
    assert (record["ForecastCategory"], record["ForecastCategoryName"]) == ("Omitted", "Omitted")


def test_a_task_is_completed_once_and_belongs_to_the_account(org: Org, sales: Sales, clock: StandingClock) -> None:
    (deal,) = values(org, "SELECT Id FROM Opportunity WHERE Name = 'Door'")
    task = org.create("Task", {"Subject": "Call", "WhatId": deal, "WhoId": sales.ann})
    first = org.read("Task", task)
    org.update("Task", task, {"Status": "Completed", "WhatId": None})
    clock.advance(hours=1)
    org.update("Task", task, {"Description": "done"})
    done = org.read("Task", task)
    org.update("Task", task, {"Status": "Deferred", "WhoId": None})
    undone = org.read("Task", task)

    assert (first["IsClosed"], first["AccountId"], first["CompletedDateTime"]) == (False, sales.globex, None)
    assert (done["IsClosed"], done["AccountId"]) == (True, sales.acme)
    assert done["CompletedDateTime"] == "2026-05-06T11:56:44.000+0000"
    assert (undone["CompletedDateTime"], undone["AccountId"]) == (None, None)


def test_the_times_of_an_event_follow_from_one_another(org: Org) -> None:
    by_duration = org.create("Event", {"ActivityDateTime": "2026-05-06T23:30:00Z", "DurationInMinutes": 60})
    by_end = org.create("Event", {"StartDateTime": "2026-05-06T09:00:00Z", "EndDateTime": "2026-05-06T09:45:00Z"})
    all_day = org.create("Event", {"IsAllDayEvent": True, "ActivityDate": "2026-05-07", "DurationInMinutes": 1440})
    org.update("Event", by_end, {"StartDateTime": "2026-05-06T10:00:00Z"})
    told = ("ActivityDate", "StartDateTime", "DurationInMinutes", "EndDateTime", "EndDate")
    shown = [[org.read("Event", event)[name] for name in told] for event in (by_duration, by_end, all_day)]

    assert shown == [
        ["2026-05-06", "2026-05-06T23:30:00.000+0000", 60, "2026-05-07T00:30:00.000+0000", "2026-05-07"],
        ["2026-05-06", "2026-05-06T10:00:00.000+0000", 45, "2026-05-06T10:45:00.000+0000", "2026-05-06"],
        ["2026-05-07", "2026-05-07T00:00:00.000+0000", 1440, "2026-05-08T00:00:00.000+0000", "2026-05-08"],
    ]


def test_rows_of_a_bulk_job_fail_for_wrong_types_with_messages_of_their_own(org: Org) -> None:
    header = ["LastName", "DoNotCall", "Birthdate", "OwnerId"]
    inactive = org.create("User", {**_user("gone"), "IsActive": False})
    rows = [["a", "#N/A", "", ""], ["b", "", "soon", ""], ["c", "", "1066-10-14", ""], ["d", "", "", inactive]]
    written = org.batches("insert", "Contact", header).write([*rows, ["e", "true", "2000-01-02", ""]])

    assert [(row.error.code, row.error.message) for row in written if row.error] == [
        ("INVALID_TYPE_ON_FIELD_IN_RECORD", "Do Not Call: value not of required type: "),
        ("INVALID_TYPE_ON_FIELD_IN_RECORD", "Birthdate: value not of required type: soon"),
        ("FIELD_INTEGRITY_EXCEPTION", "Birthdate: invalid date: 1066-10-14"),
        ("INACTIVE_OWNER_OR_USER", f"operation performed with inactive user [{inactive}] as owner of contact"),
    ]
    assert org.counts()["Contact"] == 1


def test_tasks_of_a_batch_belong_to_their_accounts(org: Org, sales: Sales) -> None:
    org.batches("insert", "Task", ["Subject", "WhoId"]).write([["a", sales.ann], ["b", sales.bob]])

    assert values(org, "SELECT AccountId FROM Task ORDER BY Subject") == [sales.acme, None]


def _user(name: str) -> dict[str, Any]:
    return {
        "Username": f"{name}@localorg.example",
        "LastName": name,
        "Email": f"{name}@localorg.example",
        "Alias": name,
        "TimeZoneSidKey": "UTC",
        "LocaleSidKey": "en_US",
        "EmailEncodingKey": "UTF-8",
        "LanguageLocaleKey": "en_US",
        "ProfileId": "00eLo0000000002IAA",
    }


def test_choices_come_back_in_the_order_of_the_picklist(org: Org) -> None:
    project = org.create("Delivery_Project__c", {"Name": "x", "Skills__c": "Run;Paint;Build;Arrange;Design"})
    org.batches("insert", "Delivery_Project__c", ["Name", "Skills__c"]).write([["y", "Run;Build"]])

    assert org.read("Delivery_Project__c", project, ["Skills__c"])["Skills__c"] == "Design;Build;Run;Paint;Arrange"
    assert values(org, "SELECT Skills__c FROM Delivery_Project__c WHERE Name = 'y'") == ["Build;Run"]


def test_numbers_given_by_the_api_keep_all_their_places(org: Org) -> None:
    project = "Delivery_Project__c"
    org.create(project, {"Name": "1 single", "Hours__c": 1.00555})
    org.batches("insert", project, ["Name", "Hours__c"]).write([["2 bulk", "2.00555"], ["3 bulk", "1e-5"]])
    org.insert_many(project, [{"Name": "4 loaded", "Hours__c": "4.00555"}])

    assert values(org, f"SELECT Hours__c FROM {project} ORDER BY Name") == [1.00555, 2.00555, 0.00001, 4.00555]
    assert values(org, f"SELECT Name FROM {project} WHERE Hours__c = 2.00555") == ["2 bulk"]
