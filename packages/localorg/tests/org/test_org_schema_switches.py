from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from org_samples import StandingClock, values

from localorg.errors import OrgError
from localorg.org import Org
from localorg.schema import load_schema
from localorg.schema.definition_format import SchemaError

MakeOrg = Callable[[str], Org]
PEOPLE = """
org: {personAccounts: true}
objects:
  Contact:
    fields:
      Level__c: {type: picklist, values: [Gold, Silver]}
      Friend__c: {type: reference, to: Contact}
"""
CURRENCIES = """
org:
  multiCurrency: {corporate: EUR, rates: {USD: 1.1, GBP: 0.85}}
objects:
  Visit__c: {fields: {Note__c: {type: text}}}
"""
RECORD_TYPES = """
objects:
  Opportunity:
    recordTypes:
      - {name: New Business, default: true}
      - {name: Renewal, developerName: Renewals, description: Every year}
      - {name: Barter, active: false}
"""


@pytest.fixture
def make_org(tmp_path: Path, clock: StandingClock) -> Iterator[MakeOrg]:
    made: list[Org] = []

    def make(text: str) -> Org:
        file = tmp_path / "objects.yaml"
        file.write_text(text, encoding="utf-8")
        made.append(Org(load_schema(file), tmp_path / "org.sqlite", clock))
        return made[-1]

    yield make
    for org in made:
        org.close()


def fields_of(org: Org, sobject: str) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in org.describe(sobject)["fields"]}


def code_of(act: Callable[[], object]) -> tuple[str, list[str]]:
    with pytest.raises(OrgError) as caught:
        act()
    return caught.value.code, caught.value.fields


def deal(**more: Any) -> dict[str, Any]:
    return {"Name": "Roof", "StageName": "Prospecting", "CloseDate": "2026-06-30", **more}


def test_an_account_with_a_last_name_becomes_a_person_with_a_contact_of_its_own(make_org: MakeOrg) -> None:
    org = make_org(PEOPLE)

    eva = org.create("Account", {"FirstName": "Eva", "LastName": "Meier", "PersonEmail": "eva@example.com"})

    account = org.read("Account", eva)
    assert (account["Name"], account["IsPersonAccount"]) == ("Eva Meier", True)
    assert values(org, "SELECT RecordType.DeveloperName FROM Account")[0]["DeveloperName"] == "PersonAccount"
    contact = org.read("Contact", account["PersonContactId"])
    assert (contact["Name"], contact["Email"], contact["IsPersonAccount"]) == ("Eva Meier", "eva@example.com", True)
    assert (contact["AccountId"], contact["OwnerId"]) == (eva, account["OwnerId"])
    assert contact["CreatedDate"] == account["CreatedDate"]


def test_the_contact_of_a_person_follows_the_account_with_its_stamp(make_org: MakeOrg, clock: StandingClock) -> None:
    org = make_org(PEOPLE)
    eva = org.create("Account", {"LastName": "Meier", "PersonMailingCity": "Bern", "Level__pc": "Gold"})
    clock.advance(minutes=5)

    org.update("Account", eva, {"LastName": "Huber", "PersonMailingCity": "Genf", "Level__pc": "Silver", "Phone": "1"})

    (contact,) = org.query("SELECT Name, MailingCity, Level__c, Phone, LastModifiedDate FROM Contact").records(0, 9)
    assert [contact[name] for name in ("Name", "MailingCity", "Level__c", "Phone")] == ["Huber", "Genf", "Silver", "1"]
    assert contact["LastModifiedDate"] == org.read("Account", eva)["LastModifiedDate"]


def test_business_accounts_in_an_org_with_persons_have_no_contact(make_org: MakeOrg) -> None:
    org = make_org(PEOPLE)

    acme = org.read("Account", org.create("Account", {"Name": "Acme"}))

    assert (acme["IsPersonAccount"], acme["PersonContactId"]) == (False, None)
    assert values(org, "SELECT RecordType.DeveloperName FROM Account")[0]["DeveloperName"] == "Business_Account"
    assert values(org, "SELECT Id FROM Contact") == []


def test_persons_and_businesses_each_have_their_own_names(make_org: MakeOrg) -> None:
    org = make_org(PEOPLE)
    eva, acme = org.create("Account", {"LastName": "Meier"}), org.create("Account", {"Name": "Acme"})

    refused = "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert code_of(lambda: org.create("Account", {"LastName": "x", "Name": "y"})) == (refused, ["Name"])
    assert code_of(lambda: org.update("Account", acme, {"FirstName": "x"})) == (refused, ["FirstName"])
    assert code_of(lambda: org.create("Account", {"Phone": "1"})) == ("REQUIRED_FIELD_MISSING", ["Name"])
    assert code_of(lambda: org.update("Account", eva, {"LastName": None})) == ("REQUIRED_FIELD_MISSING", ["LastName"])
    assert values(org, "SELECT Name FROM Account ORDER BY Name") == ["Acme", "Meier"]


def test_the_contact_of_a_person_goes_only_with_the_account(make_org: MakeOrg) -> None:
    org = make_org(PEOPLE)
    eva = org.create("Account", {"LastName": "Meier"})
    contact = org.read("Account", eva)["PersonContactId"]

    assert code_of(lambda: org.lifecycle.delete("Contact", contact))[0] == "DELETE_FAILED"
    assert values(org, "SELECT Id FROM Contact") == [contact]
    org.lifecycle.delete("Account", eva)
    assert values(org, "SELECT Id FROM Contact") == []


def test_loaded_persons_get_their_contacts_too(make_org: MakeOrg) -> None:
    org = make_org(PEOPLE)

    org.insert_many("Account", [{"LastName": "Meier", "FirstName": "Eva"}, {"Name": "Acme"}, {"LastName": "Kunz"}])

    assert values(org, "SELECT Account.Name, Name FROM Contact ORDER BY Name") == ["Eva Meier", "Kunz"]


def test_the_custom_fields_of_contacts_are_fields_of_the_account(make_org: MakeOrg) -> None:
    fields = fields_of(make_org(PEOPLE), "Account")

    assert (fields["Level__pc"]["custom"], fields["Level__pc"]["label"]) == (True, "Level")
    assert fields["Friend__pc"]["relationshipName"] == "Friend__pr"


def test_without_the_switch_there_are_no_persons(org: Org) -> None:
    assert {"LastName", "IsPersonAccount"}.isdisjoint(fields_of(org, "Account"))
    assert "IsPersonAccount" not in fields_of(org, "Contact")


def test_an_org_with_currencies_knows_their_rates(make_org: MakeOrg) -> None:
    org = make_org(CURRENCIES)

    rates = {
        r["IsoCode"]: r["ConversionRate"]
        for r in org.query("SELECT IsoCode, ConversionRate FROM CurrencyType").records(0, 9)
    }
    assert rates == {"EUR": 1.0, "USD": 1.1, "GBP": 0.85}
    assert values(org, "SELECT IsoCode FROM CurrencyType WHERE IsCorporate = TRUE") == ["EUR"]
    assert values(org, "SELECT DefaultCurrencyIsoCode FROM User") == ["EUR"]


def test_records_have_a_currency_of_those_and_the_corporate_one_if_none_is_given(make_org: MakeOrg) -> None:
    org = make_org(CURRENCIES)

    org.create("Opportunity", deal(Amount=5))
    org.create("Opportunity", deal(Amount=5, CurrencyIsoCode="USD"))
    org.create("Visit__c", {"CurrencyIsoCode": None})

    assert values(org, "SELECT CurrencyIsoCode FROM Opportunity ORDER BY CurrencyIsoCode") == ["EUR", "USD"]
    assert values(org, "SELECT CurrencyIsoCode FROM Visit__c") == ["EUR"]
    code, fields = code_of(lambda: org.create("Opportunity", deal(CurrencyIsoCode="CHF")))
    assert (code, fields) == ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["CurrencyIsoCode"])


def test_the_currency_is_described_with_its_choices(make_org: MakeOrg) -> None:
    org = make_org(CURRENCIES)

    field = fields_of(org, "Contact")["CurrencyIsoCode"]
    assert (field["type"], field["length"], field["restrictedPicklist"]) == ("picklist", 3, True)
    assert [value["value"] for value in field["picklistValues"]] == ["EUR", "USD", "GBP"]
    assert {"Account", "Opportunity", "Campaign", "User"} <= {
        s["name"] for s in org.describe_global()["sobjects"] if "CurrencyIsoCode" in fields_of(org, s["name"])
    }


def test_a_rate_that_was_changed_stays_when_the_org_is_opened_again(make_org: MakeOrg) -> None:
    org = make_org(CURRENCIES)
    (dollar,) = values(org, "SELECT Id FROM CurrencyType WHERE IsoCode = 'USD'")
    org.update("CurrencyType", dollar, {"ConversionRate": 1.2})
    org.close()

    again = make_org(CURRENCIES)

    assert values(again, "SELECT ConversionRate FROM CurrencyType WHERE IsoCode = 'USD'") == [1.2]
    assert again.counts()["CurrencyType"] == 3


def test_a_summary_of_amounts_is_returned_in_the_currency_of_its_own_record(make_org: MakeOrg) -> None:
    org = make_org("""
org: {multiCurrency: {corporate: EUR, rates: {USD: 2, GBP: 0.5}}}
objects:
  Account:
    fields:
      Sum__c: {type: currency, summary: {of: Opportunity.AccountId, operation: sum, field: Amount}}
      Most__c: {type: currency, summary: {of: Opportunity.AccountId, operation: max, field: Amount}}
      Count__c: {type: number, scale: 0, summary: {of: Opportunity.AccountId, operation: count}}
""")
    account = org.create("Account", {"Name": "In pounds", "CurrencyIsoCode": "GBP"})
    for amount, code in ((100, "USD"), (10, "EUR"), (None, "EUR")):
        org.create("Opportunity", deal(AccountId=account, Amount=amount, CurrencyIsoCode=code))
    org.create("Account", {"Name": "None"})

    assert values(org, "SELECT Sum__c FROM Account ORDER BY Name") == [30.0, 0.0]
    assert values(org, "SELECT Most__c FROM Account ORDER BY Name") == [25.0, None]
    assert values(org, "SELECT Count__c FROM Account ORDER BY Name") == [3, 0]
    assert org.query("SELECT COUNT() FROM Account WHERE Sum__c = GBP30").total_size == 1


def test_an_org_with_one_currency_does_not_speak_of_it(org: Org) -> None:
    assert "CurrencyIsoCode" not in fields_of(org, "Opportunity")
    assert "CurrencyType" not in {sobject["name"] for sobject in org.describe_global()["sobjects"]}


def test_records_get_the_default_record_type_unless_they_name_another(make_org: MakeOrg) -> None:
    org = make_org(RECORD_TYPES)
    (renewal,) = values(org, "SELECT Id FROM RecordType WHERE DeveloperName = 'Renewals'")

    org.create("Opportunity", deal())
    org.create("Opportunity", deal(RecordTypeId=renewal))
    org.insert_many("Opportunity", [deal()])

    names = [found["Name"] for found in values(org, "SELECT RecordType.Name FROM Opportunity ORDER BY RecordType.Name")]
    assert names == ["New Business", "New Business", "Renewal"]


def test_record_types_are_described_with_their_ids_and_the_master_last(make_org: MakeOrg) -> None:
    org = make_org(RECORD_TYPES)

    kinds = org.describe("Opportunity")["recordTypeInfos"]

    told = [(kind["developerName"], kind["available"], kind["defaultRecordTypeMapping"]) for kind in kinds]
    assert told == [
        ("New_Business", True, True),
        ("Renewals", True, False),
        ("Barter", False, False),
        ("Master", True, False),
    ]
    ids = values(org, "SELECT Id FROM RecordType WHERE SobjectType = 'Opportunity' ORDER BY Id")
    assert [kind["recordTypeId"] for kind in kinds] == [*ids, "012000000000000AAA"]
    assert kinds[0]["urls"]["layout"].endswith(f"/sobjects/Opportunity/describe/layouts/{ids[0]}")


def test_record_types_keep_their_ids_when_the_org_is_opened_again_with_one_more(make_org: MakeOrg) -> None:
    org = make_org(RECORD_TYPES)
    before = values(org, "SELECT Id FROM RecordType ORDER BY Id")
    org.close()

    again = make_org(RECORD_TYPES + "      - {name: Late}\n")

    after = values(again, "SELECT DeveloperName, Id FROM RecordType ORDER BY Id")
    assert after[:3] == before
    assert len(after) == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("org: {peopleAccounts: true}", "org: unknown key 'peopleAccounts'"),
        ("org: {personAccounts: maybe}", "personAccounts is true or false"),
        ("org: [personAccounts]", "'org' must be keys with values"),
        ("org: {multiCurrency: EUR}", "multiCurrency has the keys corporate and rates"),
        ("org: {multiCurrency: {rates: {USD: 1.1}}}", "multiCurrency has the keys corporate and rates"),
        ("org: {multiCurrency: {corporate: Euro}}", "'Euro' is no currency code"),
        ("org: {multiCurrency: {corporate: EUR, rates: {USD: 0}}}", "the rate of USD is a number above 0"),
        ("org: {multiCurrency: {corporate: EUR, rates: [USD]}}", "rates are currency codes with numbers"),
        ("objects: {Lead: {recordTypes: {name: A}}}", "Lead: 'recordTypes' is a list"),
        ("objects: {Lead: {recordTypes: [{label: A}]}}", "a record type has a name"),
        ("objects: {Lead: {recordTypes: [{name: A, colour: red}]}}", "record type A: unknown key 'colour'"),
        (
            "objects: {Lead: {recordTypes: [{name: A, default: true}, {name: B, default: true}]}}",
            "only one record type can be the default",
        ),
    ],
)
def test_a_switch_that_is_wrong_is_refused_with_file_and_place(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(SchemaError) as caught:
        load_schema(file)
    assert words in str(caught.value)
    assert str(file) in str(caught.value)


def test_record_types_that_came_as_records_are_described_too(org: Org) -> None:
    before = org.describe("Lead")["recordTypeInfos"]

    web = org.create("RecordType", {"Name": "Web", "DeveloperName": "Web", "SobjectType": "Lead", "IsActive": True})

    after = [(kind["developerName"], kind["recordTypeId"]) for kind in org.describe("Lead")["recordTypeInfos"]]
    assert [kind["developerName"] for kind in before] == ["Master"]
    assert after == [("Web", web), ("Master", "012000000000000AAA")]
    org.create("Lead", {"LastName": "Ann", "Company": "Acme", "Status": "Working - Contacted"})
    assert values(org, "SELECT RecordTypeId FROM Lead") == [None]


def test_a_record_type_of_an_object_that_cannot_have_any_changes_nothing(org: Org) -> None:
    org.create("RecordType", {"Name": "A", "DeveloperName": "A", "SobjectType": "Note"})

    assert "RecordTypeId" not in fields_of(org, "Note")
    acme = org.create("Account", {"Name": "Acme"})
    org.create("Note", {"Title": "n", "ParentId": acme})
    assert values(org, "SELECT Title FROM Note") == ["n"]


def test_rows_of_an_upload_become_persons_and_businesses_as_single_records_do(make_org: MakeOrg) -> None:
    org = make_org(PEOPLE)

    rows = [["Eva", "Meier", ""], ["", "", "Acme"], ["", "", ""], ["", "Kunz", "Both"]]
    written = org.batches("insert", "Account", ["FirstName", "LastName", "Name"]).write(rows)

    assert [row.error.code if row.error else None for row in written] == [
        None,
        None,
        "REQUIRED_FIELD_MISSING",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    ]
    assert values(org, "SELECT Account.Name, Name FROM Contact") == ["Eva Meier"]
    org.batches("update", "Account", ["Id", "LastName"]).write([[written[0].id, "Huber"]])
    assert values(org, "SELECT Name FROM Contact") == ["Eva Huber"]


def test_a_record_type_of_another_object_cannot_be_written(make_org: MakeOrg) -> None:
    org = make_org(RECORD_TYPES)
    (renewal,) = values(org, "SELECT Id FROM RecordType WHERE DeveloperName = 'Renewals'")

    refused = ("INVALID_CROSS_REFERENCE_KEY", ["RecordTypeId"])
    assert code_of(lambda: org.create("Account", {"Name": "Acme", "RecordTypeId": renewal})) == refused
    (written,) = org.batches("insert", "Account", ["Name", "RecordTypeId"]).write([["Acme", renewal]])
    assert written.error is not None
    assert (written.error.code, written.error.fields) == refused
    assert values(org, "SELECT Id FROM Account") == []
