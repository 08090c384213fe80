"""Batches write as single writes do: random rows, good and bad, go both ways, and the same comes of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

import pytest
from org_samples import CUSTOM, Sales, StandingClock, values

from localorg.errors import OrgError, WrongType
from localorg.org import Org
from localorg.records.bulk.batches import Operation, Written
from localorg.records.bulk.upload_columns import to_fields
from localorg.schema import Schema, load_schema

KEYS = """
objects:
  Account:
    fields:
      Account_Key__c: {type: text, length: 20, externalId: true}
  Delivery_Project__c:
    rules:
      Too_Long: {when: "Hours__c > 500", message: Too long.}
      Key_Stays: {when: "NOT(ISNEW()) && ISCHANGED(Legacy_Key__c)", message: The key stays.}
"""
PROJECTS = {
    "Name": ["", "Roof", "  Wall  ", "x" * 81, "Ünïcode"],
    "Project_ID__c": ["P-1", "p-1", "P-2", "P-3", "P-4", "", "#N/A"],
    "Legacy_Key__c": ["L-1", "L-2", ""],
    "Hours__c": ["", "1.5", "2", "1e3", "99999999", "three", "#N/A", "1.005"],
    "Status__c": ["Planned", "running", "Nope", "", "#N/A"],
    "Skills__c": ["Design;Build", "Build;build", "", "Else"],
    "Notes__c": ["", "a\nb ", "#N/A"],
    "Opportunity__c": ["", "{roof}", "{acme}", "006000000000001", "no id", "#N/A"],
}
DEALS = {
    "Name": ["Roof", "", "#N/A", "Wall"],
    "StageName": ["Closed Won", "Prospecting", "Unheard of", "", "#N/A"],
    "CloseDate": ["2026-05-06", "2026-05-06T10:00:00Z", "06.05.2026", "", "#N/A"],
    "Amount": ["", "10", "1000000.55", "ten"],
    "Probability": ["", "5", "200", "#N/A"],
    "Account.Account_Key__c": ["", "Acme", "GLOBEX", "Nobody", "#N/A"],
    "OwnerId": ["", "{acme}", "#N/A"],
    "IsWon": ["", "", "", "true"],
}
_ID = re.compile(r"\b(?:a00|006|001|005)\w{12}(\w{3})?\b")
Case = tuple[Operation, str, dict[str, list[str]]]
CASES: list[Case] = [
    ("insert", "Delivery_Project__c", PROJECTS),
    ("update", "Delivery_Project__c", PROJECTS),
    ("upsert", "Delivery_Project__c", PROJECTS),
    ("insert", "Opportunity", DEALS),
    ("update", "Opportunity", DEALS),
]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    """The objects of the other tests, and keys by which accounts are found."""
    folder = tmp_path_factory.mktemp("batches")
    for name, text in (("custom", CUSTOM), ("keys", KEYS)):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_schema(folder / "custom.yaml", folder / "keys.yaml")


@pytest.fixture
def other(schema: Schema, clock: StandingClock) -> Iterator[Org]:
    """A second org with the same records, in which every row is written by itself."""
    org = Org(schema, None, clock)
    yield org
    org.close()


def filled(org: Org) -> dict[str, str]:
    """The records that rows refer to, by the words that the cells hold."""
    ids = {name: org.create("Account", {"Name": name, "Account_Key__c": name}) for name in ("Acme", "Globex")}
    deal = {"Name": "Roof", "StageName": "Prospecting", "CloseDate": "2026-04-30", "Amount": 50}
    made = [org.create("Opportunity", {**deal, "Name": f"Deal {n}"}) for n in range(12)]
    projects = [{"Name": f"Old {n}", "Project_ID__c": f"P-{n}", "Hours__c": n} for n in range(12)]
    ids |= {f"p{n}": org.create("Delivery_Project__c", project) for n, project in enumerate(projects)}
    return {**ids, "acme": ids["Acme"], "roof": made[0], **{f"o{n}": record_id for n, record_id in enumerate(made)}}


def drawn(case: Case, random: Random) -> tuple[list[str], list[list[str]]]:
    """A header, and rows that name records by words in braces; no record and no key comes twice."""
    operation, sobject, columns = case
    chosen = {name: cells for name, cells in columns.items() if random.random() < 0.8 or name == "Project_ID__c"}
    rows = [[random.choice(cells) for cells in chosen.values()] for _ in range(10)]
    header = list(chosen)
    if operation == "update":
        letter = "p" if sobject == "Delivery_Project__c" else "o"
        known = [f"{{{letter}{number}}}" for number in range(12)]
        ids = random.sample([*known, "", "not an id", "{acme}", "a00000000000001"], 10)
        return ["Id", *header], [[record_id, *row] for record_id, row in zip(ids, rows, strict=True)]
    if operation == "upsert":
        at = header.index("Project_ID__c")
        for row, key in zip(rows, random.sample([f"{c}-{n}" for n in range(16) for c in "P"], 10), strict=True):
            row[at] = random.choice((key, key.lower()))
    return header, rows


def one_by_one(org: Org, operation: Operation, sobject: str, header: Sequence[str], row: Sequence[str]) -> Written:
    record_id: str | None = None
    try:
        fields = to_fields(header, row)
        if operation == "insert":
            return Written(org.create(sobject, fields), True)
        if operation == "upsert":
            return Written(*org.upsert(sobject, "Project_ID__c", fields.pop("Project_ID__c", None), fields))
        record_id = fields.pop("Id", "")
        if not record_id:
            raise OrgError(400, "MISSING_ARGUMENT", "Id not specified in an update call")
        org.update(sobject, record_id, fields)
        return Written(record_id, False)
    except OrgError as error:
        return Written(record_id, False, error)


def told(written: Written) -> tuple[Any, ...]:
    """The outcome without ids, which are not the same in two orgs."""
    if written.error is None:
        return ("done", written.created)
    error = written.error.of_record() if isinstance(written.error, WrongType) else written.error
    return error.code, _ID.sub("<id>", error.message), error.fields


def contents(org: Org, sobject: str, ids: dict[str, str]) -> list[dict[str, Any]]:
    """All records, in which ids are the words for them; the order in which they were made is not looked at."""
    names = {record_id: name for name, record_id in ids.items()}
    records = org.query(f"SELECT FIELDS(ALL) FROM {sobject} LIMIT 200").records(0, 200)
    shown = ({name: value for name, value in record.items() if name != "attributes"} for record in records)
    return sorted(({n: names.get(v, _without_id(v)) for n, v in record.items()} for record in shown), key=repr)


def _without_id(value: Any) -> Any:
    return _ID.sub("<id>", value) if isinstance(value, str) else value


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_rows_end_the_same_together_as_one_by_one(org: Org, other: Org, case: Case, seed: int) -> None:
    operation, sobject, _ = case
    ids, other_ids = filled(org), filled(other)
    header, rows = drawn(case, Random(f"{operation}{sobject}{seed}"))
    key = "Project_ID__c" if operation == "upsert" else None

    together = org.batches(operation, sobject, header, key=key).write([_named(row, ids) for row in rows])
    apart = [one_by_one(other, operation, sobject, header, _named(row, other_ids)) for row in rows]

    assert [told(written) for written in together] == [told(written) for written in apart]
    assert contents(org, sobject, ids) == contents(other, sobject, other_ids)


def _named(row: Sequence[str], ids: dict[str, str]) -> list[str]:
    return [ids[cell[1:-1]] if cell.startswith("{") else cell for cell in row]


def test_the_second_row_with_a_unique_value_is_refused(org: Org) -> None:
    rows = [["A", "P-1"], ["B", "p-1"], ["C", "P-2"]]
    written = org.batches("insert", "Delivery_Project__c", ["Name", "Project_ID__c"]).write(rows)

    assert [row.error.code if row.error else "done" for row in written] == ["done", "DUPLICATE_VALUE", "done"]
    assert sorted(values(org, "SELECT Name FROM Delivery_Project__c")) == ["A", "C"]


def test_rows_with_the_same_external_id_all_fail(org: Org) -> None:
    batches = org.batches("upsert", "Delivery_Project__c", ["Name", "Project_ID__c"], key="Project_ID__c")
    written = batches.write([["A", "P-1"], ["B", "P-1"]])

    assert [(row.error.code, row.error.message) for row in written if row.error] == [
        ("DUPLICATE_VALUE", "Duplicate external id specified: P-1"),
        ("DUPLICATE_VALUE", "Duplicate external id specified: P-1"),
    ]
    assert values(org, "SELECT Name FROM Delivery_Project__c") == []
    assert [(row.error, row.created) for row in batches.write([["C", "p-1"]])] == [(None, True)]


def test_an_external_id_that_is_not_unique_matches_in_its_own_case_only(org: Org) -> None:
    batches = org.batches("upsert", "Account", ["Name", "Account_Key__c"], key="Account_Key__c")
    written = batches.write([["Upper", "K-1"], ["Lower", "k-1"]])
    single = org.upsert("Account", "Account_Key__c", "k-1", {"Name": "Lower, once more"})
    org.create("Contact", {"LastName": "x", "Account": {"Account_Key__c": "K-1"}})

    assert [row.created for row in written] == [True, True]
    assert single == (written[1].id, False)
    assert values(org, "SELECT AccountId FROM Contact") == [written[0].id]
    assert org.find("Account", "Account_Key__c", "K-1") == written[0].id


def test_rows_of_one_batch_are_not_parents_of_each_other(org: Org) -> None:
    batches = org.batches("insert", "Account", ["Name", "Account_Key__c", "Parent.Account_Key__c"])
    first = batches.write([["Holding", "H", ""], ["Branch", "B", "H"]])
    second = batches.write([["Branch", "B", "H"]])

    assert [row.error.code if row.error else "done" for row in first] == ["done", "INVALID_FIELD"]
    assert second[0].error is None
    assert org.query("SELECT Id FROM Account WHERE Parent.Name = 'Holding'").total_size == 1


def test_records_keep_the_order_of_their_rows(org: Org) -> None:
    names = [f"Account {number}" for number in range(300)]
    org.batches("insert", "Account", ["Name"]).write([[name] for name in names])

    assert values(org, "SELECT Name FROM Account") == names
    assert sorted(values(org, "SELECT Id FROM Account")) == values(org, "SELECT Id FROM Account")


def test_a_row_that_is_too_long_is_refused_by_itself(org: Org) -> None:
    written = org.batches("insert", "Account", ["Name", "Phone"]).write([["A", "1"], ["B", "2", "3"]])

    assert [row.error.code if row.error else "done" for row in written] == ["done", "INVALID_FIELD"]


def test_rows_of_json_are_written_as_those_of_csv(org: Org, sales: Sales) -> None:
    org.update("Account", sales.acme, {"Account_Key__c": "A"})
    rows: list[Mapping[str, Any] | OrgError] = [
        {"LastName": "Json", "Account": {"attributes": {"type": "Account"}, "Account_Key__c": "A"}, "DoNotCall": True},
        OrgError(400, "INVALID_FIELD", "unreadable"),
        {"LastName": None},
    ]
    written = org.write_rows("insert", "Contact", rows)

    assert [row.error.code if row.error else "done" for row in written] == [
        "done",
        "INVALID_FIELD",
        "REQUIRED_FIELD_MISSING",
    ]
    assert values(org, f"SELECT AccountId FROM Contact WHERE Id = '{written[0].id}'") == [sales.acme]


@pytest.mark.parametrize("operation", ["delete", "hardDelete"])
def test_records_are_deleted_many_at_once(org: Org, sales: Sales, operation: Operation) -> None:
    written = org.batches(operation, "Contact", ["Id"]).write([[sales.ann], [""], ["nonsense"], [sales.ann]])

    assert [row.error.code if row.error else "done" for row in written] == [
        "done",
        "MISSING_ARGUMENT",
        "MALFORMED_ID",
        "ENTITY_IS_DELETED",
    ]
    deleted = org.query("SELECT Id FROM Contact WHERE IsDeleted = true", include_deleted=True).total_size
    assert deleted == (1 if operation == "delete" else 0)
