from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from org_samples import StandingClock, opened_org, values

from localorg.errors import OrgError
from localorg.org import Org
from localorg.records.bulk.batches import Written
from localorg.schema import load_schema
from localorg.schema.definition_format import SchemaError

OBJECTS = """
objects:
  Account:
    duplicates:
      Same_Company: {match: [Name, BillingCity]}
      Same_Site: {match: [Website], action: alert, message: "Really another one, Jürgen?"}
  Opportunity:
    fields:
      Twice__c: {type: currency, formula: "Amount * 2"}
    rules:
      Amount_Needed:
        when: "IsWon && ISBLANK(Amount)"
        message: "What is it worth? Say so: 0 is fine too."
        field: amount
      No_Way_Back:
        when: "!ISNEW() && ISCHANGED(StageName) && ISPICKVAL(PRIORVALUE(StageName), 'Closed Won')"
        message: "A deal that was won stays won."
      Too_Big:
        when: "Account.Type = 'Prospect' && Twice__c > 1000"
        message: Too big for a prospect
      Grows: {when: "ISCHANGED(Amount) && Amount < PRIORVALUE(Amount)", message: "Amounts only grow", field: Amount}
"""


@pytest.fixture
def org(tmp_path: Path, clock: StandingClock) -> Iterator[Org]:
    yield from opened_org(tmp_path, OBJECTS, clock)


def deal(org: Org, **fields: Any) -> str:
    given = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-05-31"}
    return org.create("Opportunity", given | fields)


def refusal(act: Any, *arguments: Any, **options: Any) -> OrgError:
    with pytest.raises(OrgError) as caught:
        act(*arguments, **options)
    return caught.value


def test_a_record_that_breaks_a_rule_is_refused_with_the_administrators_words(org: Org) -> None:
    error = refusal(deal, org, StageName="Closed Won")

    assert (error.status, error.code) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert error.message == "What is it worth? Say so: 0 is fine too."
    assert error.fields == ["Amount"]
    assert org.counts()["Opportunity"] == 0


def test_the_error_lists_all_rules_that_are_broken(org: Org) -> None:
    account = org.create("Account", {"Name": "Acme", "Type": "Prospect"})
    record_id = deal(org, Amount=900, AccountId=None)
    error = refusal(org.update, "Opportunity", record_id, {"AccountId": account, "Amount": 800})

    assert [each.message for each in error.all] == ["Too big for a prospect", "Amounts only grow"]


def test_an_update_that_breaks_a_rule_changes_nothing(org: Org, clock: StandingClock) -> None:
    record_id = deal(org, StageName="Closed Won", Amount=0)
    before = org.read("Opportunity", record_id)
    clock.advance(seconds=60)
    error = refusal(org.update, "Opportunity", record_id, {"StageName": "Closed Lost", "NextStep": "cry"})

    assert (error.message, error.fields) == ("A deal that was won stays won.", [])
    assert org.read("Opportunity", record_id) == before


def test_a_rule_sees_parents_formulas_and_the_record_as_it_will_be(org: Org) -> None:
    account = org.create("Account", {"Name": "Acme", "Type": "Prospect"})
    record_id = deal(org, Amount=501)
    error = refusal(org.update, "Opportunity", record_id, {"AccountId": account})
    org.update("Opportunity", deal(org, Amount=500), {"AccountId": account})

    assert error.message == "Too big for a prospect"


def test_what_was_there_before_is_compared_with_what_is_written(org: Org) -> None:
    record_id = deal(org, Amount=100)
    error = refusal(org.update, "Opportunity", record_id, {"Amount": 99})
    org.update("Opportunity", record_id, {"Amount": 100})
    org.update("Opportunity", record_id, {"Amount": 101})
    org.update("Opportunity", record_id, {"NextStep": "call"})

    assert error.message == "Amounts only grow"
    assert values(org, "SELECT Amount FROM Opportunity") == [101.0]


def test_what_the_system_writes_is_not_asked(org: Org) -> None:
    record_id = deal(org, StageName="Closed Won", Amount=100)
    org.write_system("Opportunity", [{"Id": record_id, "Amount": None}])

    assert values(org, "SELECT Amount FROM Opportunity") == [None]


def test_a_broken_rule_inside_a_transaction_spares_the_other_records(org: Org) -> None:
    with org.transaction():
        deal(org, Name="kept")
        refusal(deal, org, StageName="Closed Won")

    assert values(org, "SELECT Name FROM Opportunity") == ["kept"]


def test_a_duplicate_is_refused_whatever_its_letters_case(org: Org) -> None:
    org.create("Account", {"Name": "Acme", "BillingCity": "Bern"})
    error = refusal(org.create, "Account", {"Name": "ACME", "BillingCity": "bern"}, allow_duplicates=True)
    org.create("Account", {"Name": "Acme", "BillingCity": "Basel"})

    assert (error.status, error.code) == (400, "DUPLICATES_DETECTED")
    assert (error.message, error.fields) == ("Use one of these records?", [])
    assert org.counts()["Account"] == 2


def test_blanks_and_deleted_records_are_no_duplicates(org: Org) -> None:
    first = org.create("Account", {"Name": "Acme"})
    org.update("Account", org.create("Account", {"Name": "Acme"}), {"BillingCity": "Bern"})
    error = refusal(org.update, "Account", first, {"BillingCity": "Bern"})
    org.lifecycle.delete("Account", first)
    org.lifecycle.delete("Account", org.create("Account", {"Name": "Globex", "BillingCity": "Genf"}))
    org.create("Account", {"Name": "Globex", "BillingCity": "Genf"})

    assert error.code == "DUPLICATES_DETECTED"


def test_an_alert_lets_the_client_insist_and_says_its_own_words(org: Org) -> None:
    org.create("Account", {"Name": "Acme", "Website": "acme.example"})
    error = refusal(org.create, "Account", {"Name": "Acme 2", "Website": "ACME.example"})
    second = org.create("Account", {"Name": "Acme 2", "Website": "ACME.example"}, allow_duplicates=True)
    org.update("Account", second, {"Rating": "Hot"})

    assert error.message == "Really another one, Jürgen?"
    assert org.counts()["Account"] == 2


def test_an_upsert_is_asked_like_any_other_write(org: Org) -> None:
    org.catalogue.add_field("Account", "Key__c")
    org.create("Account", {"Name": "Acme", "Website": "acme.example"})
    key = ("Account", "Id", org.create("Account", {"Name": "Other"}))

    assert refusal(org.upsert, *key, {"Website": "acme.example"}).code == "DUPLICATES_DETECTED"
    assert org.upsert(*key, {"Website": "acme.example"}, allow_duplicates=True)[1] is False


def codes(written: list[Written]) -> list[str | None]:
    return [None if row.error is None else row.error.code for row in written]


def test_rows_of_a_batch_are_judged_one_by_one(org: Org) -> None:
    header = ["Name", "StageName", "CloseDate", "Amount"]
    rows = [["a", "Prospecting", "2026-05-31", ""], ["b", "Closed Won", "2026-05-31", ""]]
    rows += [["c", "Closed Won", "2026-05-31", "7"]]
    made = org.batches("insert", "Opportunity", header).write(rows)
    ids = [row.id for row in made if row.id]
    changed = org.batches("update", "Opportunity", ["Id", "StageName", "Amount"]).write(
        [[ids[0], "Qualification", "5"], [ids[1], "Prospecting", "8"]]
    )

    assert codes(made) == [None, "FIELD_CUSTOM_VALIDATION_EXCEPTION", None]
    assert codes(changed) == [None, "FIELD_CUSTOM_VALIDATION_EXCEPTION"]
    assert values(org, "SELECT Amount FROM Opportunity ORDER BY Name") == [5.0, 7.0]


def test_of_two_duplicates_in_one_batch_the_first_stays(org: Org) -> None:
    header = ["Name", "BillingCity", "Website"]
    rows = [["Acme", "Bern", ""], ["ACME", "Bern", ""], ["Acme", "Basel", "x.example"], ["Globex", "", "x.example"]]
    made = org.batches("insert", "Account", header).write(rows)
    again = org.batches("insert", "Account", header).write([["acme", "BERN", ""], ["New", "Bern", ""]])

    assert codes(made) == [None, "DUPLICATES_DETECTED", None, "DUPLICATES_DETECTED"]
    assert codes(again) == ["DUPLICATES_DETECTED", None]
    assert org.counts()["Account"] == 3


def test_many_rows_are_judged_as_one_by_one(org: Org) -> None:
    rows = [
        [f"Deal {n}", "Closed Won" if n % 3 else "Prospecting", "2026-05-31", "" if n % 2 else "1"]
        for n in range(1_200)
    ]
    made = org.batches("insert", "Opportunity", ["Name", "StageName", "CloseDate", "Amount"]).write(rows)

    assert [row.error is not None for row in made] == [bool(n % 3 and n % 2) for n in range(1_200)]
    assert org.counts()["Opportunity"] == 800


def test_a_record_that_is_refused_is_nobodys_duplicate(tmp_path: Path, clock: StandingClock) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text(
        "objects: {Lead: {rules: {R: {when: 'ISBLANK(Email)', message: x}}, duplicates: {D: {match: [Company]}}}}",
        encoding="utf-8",
    )
    org = Org(load_schema(file), None, clock)
    rows = [["a", "Acme", ""], ["b", "Acme", "b@x.example"], ["c", "Acme", "c@x.example"]]
    made = org.batches("insert", "Lead", ["LastName", "Company", "Email"]).write(rows)

    assert codes(made) == ["FIELD_CUSTOM_VALIDATION_EXCEPTION", None, "DUPLICATES_DETECTED"]
    org.close()


def test_duplicates_far_apart_in_a_batch_are_found(org: Org) -> None:
    rows = [[f"Account {n % 900}", "Bern"] for n in range(1_200)]
    made = org.batches("insert", "Account", ["Name", "BillingCity"]).write(rows)

    assert [row.error is not None for row in made] == [n >= 900 for n in range(1_200)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules: {R: {when: 'Amount'}}", "a rule needs when and message"),
        ("rules: {R: {when: 'Amount', message: x}}", "Opportunity: R: Formula result is data type (number)"),
        ("rules: {R: {when: 'Amuont > 1', message: x}}", "Opportunity: R: No such column 'Amuont'"),
        ("rules: {R: {when: 'ISCHANGED(Account.Name)', message: x}}", "takes one field of the record itself"),
        ("rules: {R: {when: 'IsWon', message: x, field: Foo}}", "R: Opportunity has no field 'Foo'"),
        ("rules: {R: {when: 'IsWon', massage: x, message: x}}", "R: unknown key 'massage'"),
        ("duplicates: {D: {match: [Nmae]}}", "D: Opportunity has no field 'Nmae'"),
        ("duplicates: {D: {match: [Name], action: stop}}", "'stop' is neither block nor alert"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_at_the_start(
    tmp_path: Path, clock: StandingClock, text: str, words: str
) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text(f"objects: {{Opportunity: {{{text}}}}}", encoding="utf-8")
    with pytest.raises(SchemaError) as caught:
        Org(load_schema(file), None, clock)

    assert words in str(caught.value)
