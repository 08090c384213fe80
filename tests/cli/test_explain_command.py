"""`closedwon explain`, from the command line to the warehouse of the Connection."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from closedwon.mapping.reader import read_catalog
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.transaction import transaction
from tests.cli.conftest import Closedwon


@pytest.fixture
def warehouse(engine: Engine, database_url: str, mappings: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A warehouse that an import has prepared, with one won opportunity."""
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", database_url)
    with transaction(engine) as connection:
        prepare_warehouse(connection, read_catalog(mappings))
        connection.exec_driver_sql("INSERT INTO crm.opportunities (salesforce_id) VALUES ('0065g0000000001AAA')")
    return engine


def test_an_id_of_15_characters_is_told_in_three_lines(closedwon: Closedwon, warehouse: Engine) -> None:
    said = closedwon("explain", "0065g0000000001")

    assert said.exit_code == 0
    first, second, third = said.stdout.splitlines()
    assert first == "0065g0000000001AAA is Opportunity, row 1 of crm.opportunities."
    assert (second[:15], third) == ("No decision yet", "It has no project.")


def test_what_is_no_id_is_said(closedwon: Closedwon) -> None:
    said = closedwon("explain", "P-000001")

    assert said.exit_code == 2
    assert "'P-000001' is not a Salesforce id: it needs 15 or 18 letters and digits." in said.stderr


def test_a_warehouse_that_no_import_has_prepared_is_said(
    closedwon: Closedwon, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", database_url)

    said = closedwon("explain", "0065g0000000001")

    assert said.exit_code == 1
    assert "Error: The warehouse has no table sync.decision" in said.stderr
