from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from localorg.clock import Clock
from localorg.data.load import load_data
from localorg.org import Org
from localorg.schema import load_schema
from localorg.seed import Sizes, generate, write_csv

TODAY = date(2026, 11, 23)

Tables = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return made(Sizes(), 7)


def made(sizes: Sizes, seed: int) -> Tables:
    return {name: list(rows) for name, rows in generate(sizes, seed, TODAY).items()}


def test_the_same_seed_and_day_give_the_same_data_and_another_seed_does_not(tables: Tables) -> None:
    assert made(Sizes(), 7) == tables
    assert made(Sizes(), 8) != tables


def test_the_same_seed_and_day_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("once", "again"):
        write_csv(tmp_path / folder, generate(Sizes(20, 30, 10), 7, TODAY))
    for file in ("User", "Account", "Contact", "Opportunity"):
        assert (tmp_path / "once" / f"{file}.csv").read_bytes() == (tmp_path / "again" / f"{file}.csv").read_bytes()


def test_more_accounts_leave_those_that_were_there_as_they_were(tables: Tables) -> None:
    assert made(Sizes(600, 0, 0), 7)["Account"][:500] == tables["Account"]


def test_large_data_are_written_row_by_row(tmp_path: Path) -> None:
    tracemalloc.start()
    write_csv(tmp_path, generate(Sizes(5_000, 0, 0), 7, TODAY))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "Account.csv").stat().st_size > 1_500_000
    assert most < 3_000_000


def test_sizes_are_as_asked(tables: Tables) -> None:
    sizes = {name: len(rows) for name, rows in tables.items()}
    assert sizes == {"User": 11, "Account": 500, "Contact": 2000, "Opportunity": 1500}


def test_every_change_lies_before_the_day_by_an_hour_and_after_the_making(tables: Tables) -> None:
    latest = (datetime(2026, 11, 23, tzinfo=UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    rows = [row for table in tables.values() for row in table]
    assert all(row["CreatedDate"] <= row["SystemModstamp"] for row in rows)
    assert max(row["SystemModstamp"] for row in rows) <= f"{latest}.000+0000"
    assert min(row["CreatedDate"] for row in rows).startswith("2024-11")


def test_the_funnel_is_believable(tables: Tables) -> None:
    stages = Counter(row["StageName"] for row in tables["Opportunity"])
    won = [row for row in tables["Opportunity"] if row["StageName"] == "Closed Won"]
    assert 0.25 <= stages["Closed Won"] / 1500 <= 0.31
    assert len(stages) == 10
    assert all(row["CloseDate"] <= TODAY.isoformat() and row["Amount"] for row in won)


def test_names_of_accounts_and_addresses_of_contacts_are_unique(tables: Tables) -> None:
    assert len({row["Name"] for row in tables["Account"]}) == 500
    assert len({row["Name"] for row in made(Sizes(3_000, 0, 0), 7)["Account"]}) == 3_000
    assert len({row["Email"] for row in tables["Contact"]}) == 2000
    assert all("example" in row["Email"] for row in tables["Contact"] + tables["User"])


def test_the_awkward_ones_are_there(tables: Tables) -> None:
    accounts, contacts, deals = tables["Account"], tables["Contact"], tables["Opportunity"]
    assert any('"' in row["Name"] for row in accounts)
    assert any("\n" in row["Description"] for row in accounts)
    assert any("🥐" in row["Name"] for row in accounts)
    assert any(row["BillingPostalCode"] == "00123" for row in accounts)
    assert [row["Industry"] for row in accounts].count("Llama Farming") == 1
    assert [row["AccountId"] for row in contacts].count("") == 1
    assert [row.get("IsDeleted") for row in contacts].count("true") == 1
    assert [row["StageName"] for row in deals if float(row["Amount"] or 0) < 0] == ["Closed Won", "Closed Won"]


def test_an_org_takes_them_all() -> None:
    org = Org(load_schema(), None, Clock())
    load_data(org, "generated", TODAY, lambda _: None)
    counts = org.counts()
    llamas = org.query("SELECT Name FROM Account WHERE Industry = 'Llama Farming'").records(0, 10)
    (lead,) = org.query("SELECT Name, Department FROM User WHERE Email = 'delivery.lead@example.com'").records(0, 10)
    assert [counts[name] for name in ("User", "Account", "Contact", "Opportunity")] == [12, 500, 1999, 1500]
    assert [row["Name"] for row in llamas] == ["Cuzco Highland Wool"]
    assert (lead["Name"], lead["Department"]) == ("Dana Whitfield", "Delivery")
    assert org.query("SELECT Id FROM Contact WHERE IsDeleted = true", include_deleted=True).total_size == 1
    assert org.query("SELECT Id FROM Contact WHERE AccountId = null").total_size == 1


def test_the_command_writes_files_that_an_org_loads(tmp_path: Path) -> None:
    command = [
        "--out",
        str(tmp_path),
        "--accounts",
        "20",
        "--contacts",
        "5",
        "--opportunities",
        "4",
        "--today",
        "2026-11-23",
    ]
    told = subprocess.run([sys.executable, "-m", "localorg.seed", *command], check=True, capture_output=True, text=True)
    org = Org(load_schema(), None, Clock())
    load_data(org, tmp_path, TODAY, lambda _: None)
    assert "20 Account, 5 Contact, 4 Opportunity" in told.stdout
    assert (org.counts()["Account"], org.counts()["Contact"]) == (20, 4)
    assert org.query("SELECT Id FROM Account WHERE Owner.Email LIKE '%@example.com'").total_size == 20
