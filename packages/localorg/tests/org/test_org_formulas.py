from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from org_samples import StandingClock, opened_org, values

from localorg.errors import OrgError
from localorg.org import Org
from localorg.schema import load_schema
from localorg.schema.definition_format import SchemaError

OBJECTS = """
objects:
  Account:
    fields:
      Nick__c: {type: text}
      Owner_Mail__c: {type: text, formula: "Owner.Email"}
      Shout__c: {type: text, formula: 'UPPER(Name) & IF(ISBLANK(Site), "", " (" & Site & ")")'}
      Won__c: {type: currency, summary: {of: Opportunity.AccountId, operation: sum, field: Amount, where: IsWon}}
      Deals__c: {type: number, scale: 0, summary: {of: Opportunity.AccountId, operation: count}}
      Last_Close__c: {type: date, summary: {of: Opportunity.AccountId, operation: max, field: CloseDate}}
      Smallest__c: {type: currency, summary: {of: Opportunity.AccountId, operation: min, field: Amount}}
      Big__c: {type: checkbox, formula: "Won__c > 100"}
  Opportunity:
    fields:
      Expected__c: {type: currency, formula: "Amount * Probability"}
      Share__c: {type: percent, scale: 1, formula: "Amount / Account.Won__c"}
      Days_Left__c: {type: number, scale: 0, formula: "CloseDate - TODAY()"}
      Doubled__c: {type: currency, formula: "Expected__c * 2"}
      Blank_Amount__c: {type: currency, formula: "Amount + 1", blanks: blank}
      Account_Nick__c: {type: text, formula: "Account.Nick__c"}
      Stage_Code__c: {type: text, formula: 'CASE(StageName, "Closed Won", "W", "Closed Lost", "L", "O")'}
      Is_Warm__c: {type: checkbox, formula: 'ISPICKVAL(StageName, "Prospecting") && Amount > 10'}
"""


@pytest.fixture
def org(tmp_path: Path, clock: StandingClock) -> Iterator[Org]:
    yield from opened_org(tmp_path, OBJECTS, clock)


def deal(org: Org, account: str | None, amount: float | None, stage: str = "Closed Won", **fields: Any) -> str:
    given = {"Name": "Deal", "StageName": stage, "CloseDate": "2026-05-31", "Amount": amount, "AccountId": account}
    return org.create("Opportunity", given | fields)


def shown(org: Org, field: str, record_id: str, sobject: str = "Opportunity") -> Any:
    return org.read(sobject, record_id)[field]


def test_a_formula_reads_the_record_with_percents_as_parts_of_one(org: Org) -> None:
    record_id = deal(org, None, 200, "Prospecting")

    assert shown(org, "Expected__c", record_id) == 20.0
    assert shown(org, "Doubled__c", record_id) == 40.0
    assert shown(org, "Stage_Code__c", record_id) == "O"
    assert shown(org, "Is_Warm__c", record_id) is True


def test_a_blank_number_is_zero_unless_the_formula_says_blank(org: Org) -> None:
    record_id = deal(org, None, None)

    assert shown(org, "Expected__c", record_id) == 0.0
    assert shown(org, "Blank_Amount__c", record_id) is None


def test_a_formula_follows_its_parents_even_from_a_query_that_starts_below(org: Org) -> None:
    account = org.create("Account", {"Name": "Acme", "Nick__c": "Ace", "Site": "HQ"})
    record_id = deal(org, account, 30)

    assert shown(org, "Account_Nick__c", record_id) == "Ace"
    assert values(org, "SELECT Account.Shout__c FROM Opportunity")[0]["Shout__c"] == "ACME (HQ)"
    assert values(org, "SELECT Account.Owner_Mail__c FROM Opportunity")[0]["Owner_Mail__c"] == "admin@localorg.example"


def test_a_percent_formula_is_returned_in_hundredths_rounded_half_up(org: Org) -> None:
    account = org.create("Account", {"Name": "Acme"})
    part, _ = deal(org, account, 1), deal(org, account, 7)

    assert shown(org, "Share__c", part) == 12.5
    assert shown(org, "Share__c", deal(org, None, 1)) is None


def test_formulas_and_summaries_can_be_filtered_sorted_and_counted(org: Org) -> None:
    small, big = (org.create("Account", {"Name": name}) for name in ("Small", "Big"))
    for account, amount in ((small, 20), (small, 30), (big, 500)):
        deal(org, account, amount)

    assert values(org, "SELECT Name FROM Account WHERE Big__c = TRUE") == ["Big"]
    assert values(org, "SELECT Name FROM Account ORDER BY Won__c DESC") == ["Big", "Small"]
    assert values(org, "SELECT Name FROM Account WHERE Shout__c = 'small'") == ["Small"]
    assert org.query("SELECT COUNT() FROM Opportunity WHERE Account.Won__c > 40").total_size == 3
    grouped = org.query("SELECT Is_Warm__c, COUNT(Id) n FROM Opportunity GROUP BY Is_Warm__c").records(0, 9)
    assert [(row["Is_Warm__c"], row["n"]) for row in grouped] == [(False, 3)]
    assert values(org, "SELECT SUM(Expected__c) FROM Opportunity") == [550.0]


def test_a_summary_takes_in_the_children_that_are_wanted_and_not_deleted(org: Org) -> None:
    account = org.create("Account", {"Name": "Acme"})
    deal(org, account, 50)
    deal(org, account, 70, "Prospecting")
    gone = deal(org, account, 900, CloseDate="2027-01-01")
    before = org.read("Account", account)
    org.lifecycle.delete("Opportunity", gone)
    after = org.read("Account", account)

    assert (before["Won__c"], before["Deals__c"], before["Last_Close__c"]) == (950.0, 3.0, "2027-01-01")
    assert (after["Won__c"], after["Deals__c"], after["Smallest__c"]) == (50.0, 2.0, 50.0)


def test_a_record_that_is_not_visible_yet_does_not_count(org: Org, clock: StandingClock) -> None:
    account = org.create("Account", {"Name": "Acme"})
    with org.lifecycle.delayed(60):
        deal(org, account, 50)
    early = org.read("Account", account)["Won__c"]
    clock.advance(seconds=61)

    assert (early, org.read("Account", account)["Won__c"]) == (0.0, 50.0)


def test_a_summary_over_no_children_is_zero_or_null(org: Org) -> None:
    record = org.read("Account", org.create("Account", {"Name": "Acme"}))

    assert (record["Won__c"], record["Deals__c"], record["Last_Close__c"]) == (0.0, 0.0, None)


def test_what_is_computed_changes_without_any_stamp(org: Org, clock: StandingClock) -> None:
    account = org.create("Account", {"Name": "Acme", "Nick__c": "Ace"})
    record_id = deal(org, account, 50)
    stamps = ("SystemModstamp", "LastModifiedDate")
    before = org.read("Opportunity", record_id), org.read("Account", account)
    clock.advance(days=1)
    org.write_system("Account", [{"Id": account, "Nick__c": "King", "SystemModstamp": "2026-05-06T11:56:44.000Z"}])
    deal(org, account, 25)
    after = org.read("Opportunity", record_id), org.read("Account", account)

    assert (before[0]["Days_Left__c"], after[0]["Days_Left__c"]) == (25.0, 24.0)
    assert (before[0]["Account_Nick__c"], after[0]["Account_Nick__c"]) == ("Ace", "King")
    assert (before[1]["Won__c"], after[1]["Won__c"]) == (50.0, 75.0)
    assert all(b[stamp] == a[stamp] for b, a in zip(before, after, strict=True) for stamp in stamps)


def test_a_computed_field_is_described_as_recorded_and_cannot_be_written(org: Org) -> None:
    described = {field["name"]: field for field in org.describe("Account")["fields"]}
    shout, won = described["Shout__c"], described["Won__c"]

    told = (
        "calculated",
        "createable",
        "updateable",
        "nillable",
        "filterable",
        "sortable",
        "groupable",
        "permissionable",
    )
    assert [shout[key] for key in told] == [True, False, False, True, True, True, False, True]
    assert (shout["length"], shout["byteLength"], shout["formulaTreatNullNumberAsZero"]) == (1300, 3900, True)
    assert shout["calculatedFormula"].startswith("UPPER(Name)")
    assert (won["calculated"], won["calculatedFormula"], won["updateable"]) == (True, None, False)
    with pytest.raises(OrgError) as caught:
        org.create("Account", {"Name": "x", "Shout__c": "y"})
    assert (caught.value.code, caught.value.fields) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ["Shout__c"])


def test_computed_fields_are_in_bulk_results_and_child_subqueries(org: Org) -> None:
    account = org.create("Account", {"Name": "Acme"})
    deal(org, account, 50)
    export = org.export("SELECT Name, Big__c, Won__c FROM Account")
    children = values(org, "SELECT (SELECT Expected__c FROM Opportunities) FROM Account")[0]

    assert [tuple(row) for batch in export.batches() for row in batch] == [("Acme", "false", 50.0)]
    assert [child["Expected__c"] for child in children["records"]] == [50.0]


EVERYDAY: list[tuple[str, str, Any]] = [
    ('LEFT(Name, 2) & "-" & RIGHT(Name, 2) & "-" & MID(Name, 2, 2)', "text", "Ac-me-cm"),
    ('LOWER(TRIM("  ÄB ")) + TEXT(12.50)', "text", "äb12.5"),
    ('SUBSTITUTE(Name, "c", "k") & TEXT(LEN(Name))', "text", "Akme4"),
    ("TEXT(Rating) & TEXT(DATE(2026, 2, 3))", "text", "Hot2026-02-03"),
    ('IF(CONTAINS(Name, "cm"), IF(BEGINS(Name, "Ac"), "both", "one"), "none")', "text", "both"),
    ('BLANKVALUE(Site, "nowhere")', "text", "nowhere"),
    ('NULLVALUE(Site, "nowhere")', "text", None),
    ('IF(REGEX(Name, "A.m."), "fits", "not")', "text", "fits"),
    ('IF(Name = "acme", "same", "other")', "text", "other"),
    ("ROUND(1.005, 2) + ABS(-2) + MOD(7, 4)", "number", 6.01),
    ("CEILING(-2.5) * 10 + FLOOR(-2.5)", "number", -32.0),
    ("MIN(3, 1, 2) + MAX(1, 5) * 2 ^ 3 ^ 0", "number", 11.0),
    ("-2 ^ 2 + 7 / 2 - NumberOfEmployees / 2", "number", -2.0),
    ('VALUE("12.5") / 0', "number", None),
    ('VALUE("twelve")', "number", None),
    ("YEAR(TODAY()) * 10000 + MONTH(TODAY()) * 100 + DAY(TODAY())", "number", 20260506.0),
    ("DATE(2026, 3, 1) - DATE(2026, 2, 1)", "number", 28.0),
    ("(NOW() - (NOW() - 0.25)) * 4", "number", 1.0),
    ("DATEVALUE(NOW()) + 1", "date", "2026-05-07"),
    ("DATE(2026, 2, 30)", "date", None),
    ("NOW() - 1", "datetime", "2026-05-05T11:56:44.000+0000"),
    ("ISBLANK(Site) && !ISBLANK(Name) && NOT(ISNULL(Site)) || FALSE", "checkbox", True),
    ("AND(TRUE, 1 <> 2, 2 >= 2, OR(FALSE, 1 == 1))", "checkbox", True),
    ("LastActivityDate > TODAY() /* blank is never later */", "checkbox", False),
    ("ISBLANK(AnnualRevenue)", "checkbox", False),
    ('CASE(NumberOfEmployees, 1, "one", 3, "three", "many")', "text", "three"),
]


@pytest.fixture(scope="module")
def everyday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """One account, with a field for each of the formulas."""
    fields = {f"F{n}__c": {"type": kind, "formula": formula} for n, (formula, kind, _) in enumerate(EVERYDAY)}
    file = tmp_path_factory.mktemp("everyday") / "objects.yaml"
    file.write_text(yaml.safe_dump({"objects": {"Account": {"fields": fields}}}), encoding="utf-8")
    org = Org(load_schema(file), None, StandingClock())
    yield org.read("Account", org.create("Account", {"Name": "Acme", "Rating": "Hot", "NumberOfEmployees": 3}))
    org.close()


@pytest.mark.parametrize("number", range(len(EVERYDAY)), ids=[formula for formula, _, _ in EVERYDAY])
def test_the_everyday_functions_compute_what_salesforce_does(everyday: dict[str, Any], number: int) -> None:
    assert everyday[f"F{number}__c"] == EVERYDAY[number][2]


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("Name +", "the formula ends too early"),
        ("Name # 2", "unexpected '#' in line 1, column 6"),
        ("Nmae", "No such column 'Nmae' on entity 'Account'"),
        ("Ownr.Name", "Didn't understand relationship 'Ownr'"),
        ("Name * 2", "operator '*': text and number"),
        ('IF(Name, "a", "b")', "Expected boolean, received text"),
        ("LEN(Rating)", "Expected text, received picklist"),
        ("SQUARE(2)", "Unknown function SQUARE"),
        ("LEFT(Name)", "Incorrect number of parameters for function 'LEFT()'; received 1"),
        ("ISNEW()", "Function ISNEW may not be used in this type of formula"),
        ("1 + 1", "data type (number), incompatible with expected data type (text)"),
        ("F__c", "refers to itself"),
        ("BillingAddress", "may not be used"),
    ],
)
def test_a_formula_that_makes_no_sense_is_refused_at_the_start_with_its_place(
    tmp_path: Path, clock: StandingClock, formula: str, words: str
) -> None:
    schema = load_schema(_file(tmp_path, formula, "text"))
    with pytest.raises(SchemaError) as caught:
        Org(schema, None, clock)

    assert str(caught.value).startswith("Account: F__c: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("summary", "words"),
    [
        ("{of: Opportunity, operation: count}", "a summary is of Object.ReferenceField"),
        ("{of: Opportunity.AccountId, operation: mean, field: Amount}", "one of sum, count, min, max"),
        ("{of: Opportunity.AccountId, operation: sum}", "needs a field, unless it counts"),
        ("{of: Opportunity.OwnerId, operation: count}", "does not refer to Account"),
        ("{of: Opportunity.AccountId, operation: max, field: Name}", "what it sums up is string"),
        ("{of: Opportunity.AccountId, operation: count, where: Amount}", "must be true or false, not number"),
        ("{of: Opportunity.AccountId, operation: count, where: Account.F__c > 1}", "refers to itself: F__c > F__c"),
    ],
)
def test_a_summary_that_makes_no_sense_is_refused_at_the_start(
    tmp_path: Path, clock: StandingClock, summary: str, words: str
) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text(
        f"objects: {{Account: {{fields: {{F__c: {{type: number, summary: {summary}}}}}}}}}", encoding="utf-8"
    )
    with pytest.raises(SchemaError) as caught:
        Org(load_schema(file), None, clock)

    assert words in str(caught.value)


def _file(folder: Path, formula: str, kind: str) -> Path:
    file = folder / "objects.yaml"
    fields = {"F__c": {"type": kind, "formula": formula}}
    file.write_text(yaml.safe_dump({"objects": {"Account": {"fields": fields}}}), encoding="utf-8")
    return file
