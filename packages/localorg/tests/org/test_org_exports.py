from __future__ import annotations

import pytest
from org_samples import Sales

from localorg.errors import OrgError
from localorg.org import Org


def rows(org: Org, soql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for batch in org.export(soql).batches() for row in batch]


def test_rows_hold_paths_words_and_numbers(org: Org, sales: Sales) -> None:
    soql = "SELECT Name, Account.Name, IsWon, Amount, FiscalYear FROM Opportunity ORDER BY Name"

    assert org.export(soql).columns == ("Name", "Account.Name", "IsWon", "Amount", "FiscalYear")
    assert rows(org, soql) == [
        ("Door", "Globex", "false", 20.0, 2026),
        ("Roof", "Acme", "true", 50.0, 2026),
        ("Wall", "Acme", "false", None, 2026),
    ]


def test_a_datetime_is_written_with_z(org: Org, sales: Sales) -> None:
    assert rows(org, "SELECT CreatedDate FROM Account LIMIT 1") == [("2026-05-06T11:56:44.000Z",)]


def test_an_export_holds_the_records_as_they_were_when_it_was_made(org: Org, sales: Sales) -> None:
    export = org.export("SELECT Name FROM Account ORDER BY Name")
    org.update("Account", sales.acme, {"Name": "Zenith"})
    org.create("Account", {"Name": "Late"})

    assert [row[0] for batch in export.batches() for row in batch] == ["Acme", "Globex"]


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT COUNT(Id) FROM Account",
        "SELECT COUNT() FROM Account",
        "SELECT Industry FROM Account GROUP BY Industry",
        "SELECT BillingAddress FROM Account",
        "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
        "SELECT Id FROM Account LIMIT 5 OFFSET 1",
    ],
)
def test_what_the_bulk_api_does_not_take_is_refused(org: Org, soql: str) -> None:
    with pytest.raises(OrgError, match="not supported in Bulk Query"):
        org.export(soql)
