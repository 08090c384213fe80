"""From a page to rows and rejects."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from closedwon.errors import BatchRejected
from closedwon.ids import to_id18
from closedwon.transform.rows import to_rows


def with_field(mapping, name: str, **changes):
    """The mapping with one of its fields changed."""
    fields = tuple(replace(f, **changes) if f.salesforce == name else f for f in mapping.fields)
    return replace(mapping, fields=fields)


def test_rows_have_the_types_of_the_mapping(page_of, accounts) -> None:
    rows, rejects = to_rows(page_of({}), accounts)

    assert rows.dtypes.astype(str).to_dict() == {
        "salesforce_id": "str",
        "system_modstamp": "datetime64[us, UTC]",
        "is_deleted": "bool",
        "name": "str",
        "kind": "str",
        "revenue": "str",
        "employees": "Int64",
        "is_partner": "boolean",
        "since_on": "datetime64[s]",
        "seen_at": "datetime64[us, UTC]",
        "owner_id": "str",
    }
    assert rejects.empty


def test_a_record_becomes_a_row(page_of, accounts) -> None:
    rows, _ = to_rows(page_of({}), accounts)

    assert rows.iloc[0].to_dict() == {
        "salesforce_id": "0015g0000000000AAA",
        "system_modstamp": pd.Timestamp("2026-05-06T11:56:44Z"),
        "is_deleted": False,
        "name": "Acme",
        "kind": "prospect",
        "revenue": "1500.50",
        "employees": 12,
        "is_partner": True,
        "since_on": pd.Timestamp("2026-01-31"),
        "seen_at": pd.Timestamp("2026-01-31T23:30:00Z"),
        "owner_id": "0055g00000ABCDEAA4",
    }


def test_what_is_empty_is_missing_and_no_fault(page_of, accounts) -> None:
    optional = [field.salesforce for field in accounts.fields if not field.required]

    rows, rejects = to_rows(page_of(dict.fromkeys(optional, "")), accounts)

    assert rows[[field.column for field in accounts.fields if not field.required]].isna().all(axis=None)
    assert rejects.empty


def test_a_page_without_records_makes_typed_rows(page_of, accounts) -> None:
    rows, rejects = to_rows(page_of({})[:0], accounts)

    assert (len(rows), len(rejects)) == (0, 0)
    assert rows["since_on"].dtype == "datetime64[s]"


def test_ids_of_15_characters_become_18(page_of, accounts) -> None:
    rows, _ = to_rows(page_of({"Id": "0012a000005FxYz", "OwnerId": "0052a000005FxYz"}), accounts)

    assert rows["salesforce_id"].tolist() == [to_id18("0012a000005FxYz")]
    assert rows["owner_id"].tolist() == [to_id18("0052a000005FxYz")]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        pytest.param(
            "Type",
            "Customer - Drect",
            "Type = 'Customer - Drect' is not one of the 3 mapped labels of accounts.yaml (did you mean 'Customer - "
            "Direct'?). Correct it in Salesforce, or add the label to values/kind.csv; the next import then takes it "
            "in.",
            id="unmapped-label",
        ),
        pytest.param("Name", "", "Name is empty, but accounts.yaml, line 5, requires it.", id="required"),
        pytest.param(
            "AnnualRevenue", "1,500", "AnnualRevenue = '1,500' is not a number, as `type: number`", id="number"
        ),
        pytest.param("NumberOfEmployees", "5.5", "NumberOfEmployees = '5.5' is not a whole number", id="integer"),
        pytest.param("IsPartner", "yes", "IsPartner = 'yes' is not true or false", id="boolean"),
        pytest.param("Since__c", "2026-02-30", "Since__c = '2026-02-30' is not a date such as 2026-01-31", id="date"),
        pytest.param("Seen__c", "2026-01-01T00:00:00", "is not a time with a zone such as", id="datetime"),
        pytest.param("OwnerId", "not an id", "OwnerId = 'not an id' is not a Salesforce id", id="reference"),
        pytest.param("Name", "A\0B", "Name = 'A␀B' holds a NUL character, which Postgres cannot store.", id="nul"),
    ],
)
def test_a_value_that_cannot_be_mapped_sets_its_record_apart(page_of, accounts, name, value, reason) -> None:
    rows, rejects = to_rows(page_of({}, {name: value}, {}), accounts)

    assert rows["salesforce_id"].tolist() == ["0015g0000000000AAA", "0015g0000000002AAA"]
    assert rows.index.tolist() == [0, 1]
    assert list(rejects.columns) == [
        *("salesforce_id", "system_modstamp", "class", "field", "value", "reason", "waits_for_table", "waits_for_id")
    ]
    reject = rejects.iloc[0]
    assert (len(rejects), reject["salesforce_id"], reject["class"], reject["field"]) == (
        1,
        "0015g0000000001AAA",
        "needs_data",
        name,
    )
    assert reason in reject["reason"]
    assert pd.isna(reject["value"]) if not value else reject["value"] == value.replace("\0", "␀")


def test_each_fault_of_a_record_is_a_reject(page_of, accounts) -> None:
    rows, rejects = to_rows(page_of({"Name": "", "Type": "?", "AnnualRevenue": "much"}), accounts)

    assert len(rows) == 0
    assert rejects["field"].tolist() == ["Name", "Type", "AnnualRevenue"]


def test_a_long_value_is_quoted_in_short(page_of, accounts) -> None:
    _, rejects = to_rows(page_of({"AnnualRevenue": "x" * 500}), accounts)

    assert len(rejects["reason"][0]) < 300
    assert rejects["value"][0] == "x" * 500


@pytest.mark.parametrize(("fallback", "code"), [("customer", "customer"), (None, None)], ids=["code", "empty"])
def test_an_unlisted_label_becomes_the_fallback(page_of, accounts, fallback, code) -> None:
    mapping = with_field(accounts, "Type", fallback=fallback)

    rows, rejects = to_rows(page_of({"Type": "Reseller"}, {"Type": "Prospect"}, {"Type": ""}), mapping)

    assert rows["kind"].fillna("missing").tolist() == [code or "missing", "prospect", "missing"]
    assert rejects.empty


def test_a_deleted_record_is_not_rejected_for_its_values(page_of, accounts) -> None:
    emptied = {"IsDeleted": "true", "Name": "", "Type": "?", "AnnualRevenue": "much", "OwnerId": "?"}

    rows, rejects = to_rows(page_of(emptied), accounts)

    assert rejects.empty
    assert rows["is_deleted"].tolist() == [True]
    assert rows[["name", "kind", "revenue", "owner_id"]].isna().all(axis=None)


def test_a_record_that_comes_twice_counts_as_it_was_last(page_of, accounts) -> None:
    page = page_of(
        {"Id": to_id18("0012a000005FxYz"), "Name": "new", "SystemModstamp": "2026-01-02T00:00:00.000Z"},
        {"Name": "other"},
        {"Id": "0012a000005FxYz", "Name": "", "SystemModstamp": "2026-01-01T00:00:00.000Z"},
    )

    rows, rejects = to_rows(page, accounts)

    assert rows["name"].tolist() == ["new", "other"]
    assert rejects.empty


def test_a_record_that_comes_again_later_in_the_page_leaves_no_gap(page_of, accounts) -> None:
    page = page_of(
        {"Id": "0012a000005FxYz", "Name": "old", "SystemModstamp": "2026-01-01T00:00:00.000Z"},
        {"Name": "other"},
        {"Id": "0012a000005FxYz", "Name": "new", "SystemModstamp": "2026-01-02T00:00:00.000Z"},
    )

    rows, _ = to_rows(page, accounts)

    assert rows["name"].to_dict() == {0: "other", 1: "new"}


def test_users_come_without_a_deletion_mark(page_of, accounts) -> None:
    users = replace(accounts, sobject="User", name="users", file="users.yaml")

    rows, _ = to_rows(page_of({}).drop(columns="IsDeleted"), users)

    assert rows["is_deleted"].tolist() == [False]


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        pytest.param(
            lambda page: page.drop(columns="Type"), "it lacks Type and has nothing besides", id="column-missing"
        ),
        pytest.param(lambda page: page.drop(columns="IsDeleted"), "it lacks IsDeleted", id="deletion-mark-missing"),
        pytest.param(
            lambda page: page.rename(columns={"Type": "Kind"}), "lacks Type and has Kind", id="column-differs"
        ),
        pytest.param(lambda page: page.assign(Id=["x"]), "1 of 1 records in a page of Account have no Id", id="id"),
        pytest.param(lambda page: page.assign(SystemModstamp=["soon"]), "have no SystemModstamp", id="stamp"),
        pytest.param(lambda page: page.assign(IsDeleted=["maybe"]), "have no IsDeleted", id="deletion-mark"),
    ],
)
def test_a_page_that_does_not_fit_the_mapping_is_refused(page_of, accounts, page, seen) -> None:
    with pytest.raises(BatchRejected) as refused:
        to_rows(page(page_of({})), accounts)

    assert seen in str(refused.value)
    assert "Clear the task `accounts.extract` and those after it" in str(refused.value)
