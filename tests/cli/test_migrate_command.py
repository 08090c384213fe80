"""`closedwon migrate` makes what the warehouse lacks, without a run."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from tests.cli.conftest import Closedwon


def test_an_empty_warehouse_gets_its_tables_and_views_and_a_second_time_nothing_is_missing(
    closedwon: Closedwon, engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", database_url)

    first, second = closedwon("migrate"), closedwon("migrate")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert {"made crm.accounts", "made sync.status"} <= {*first.stdout.splitlines()}
    assert second.stdout == "Nothing was missing.\n"
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM delivery.people")) == 0
