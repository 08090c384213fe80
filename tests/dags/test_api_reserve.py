"""The last tenth of the org's API calls is left to people: tasks stop before it, and go on when calls are free."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from closedwon.errors import QuotaSpent
from closedwon.orchestration.clients import open_org
from closedwon.orchestration.retries import BY_CLASS_OF_ERROR
from closedwon.salesforce.limits import read_limits
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.transaction import transaction
from localorg.server import RunningOrg, running_org
from tests.warehouse.crm_rows import CATALOG
from tests.world import KEY, SECRET


@pytest.fixture
def small_org(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningOrg]:
    """An org that may be called 20 times a day, named in Airflow's Connection, beside a prepared warehouse."""
    with transaction(engine) as connection:
        prepare_warehouse(connection, CATALOG)
    with running_org(tmp_path / "org", api_limit=20) as org:
        extra = {"consumer_key": KEY, "consumer_secret": SECRET, "domain": "localorg", "version": "66.0"}
        connection_of_org = {"conn_type": "salesforce", "host": org.base_url, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE", json.dumps(connection_of_org))
        yield org


def call(engine: Engine, times: int, task_id: str = "probe") -> None:
    with open_org(engine, run_id="run", task_id=task_id) as sf:
        for _ in range(times):
            read_limits(sf)


def test_a_task_stops_before_the_last_tenth_of_the_calls_and_says_when_it_goes_on(
    small_org: RunningOrg, engine: Engine
) -> None:
    with pytest.raises(QuotaSpent, match=r"used 18 of its 20 API calls.*The last 2 are left.*fewer than 18 are used"):
        call(engine, 20)

    assert small_org.control.calls()["used"] == 18


def test_the_next_task_knows_of_it_without_a_call(small_org: RunningOrg, engine: Engine) -> None:
    with pytest.raises(QuotaSpent, match="has used 18 of its 20 API calls"):
        call(engine, 20)

    with pytest.raises(QuotaSpent, match="has used 18 of its 20 API calls"):
        call(engine, 1, "contacts.extract")

    assert small_org.control.calls()["used"] == 18


def test_a_task_that_is_cleared_when_calls_have_come_back_goes_on(small_org: RunningOrg, engine: Engine) -> None:
    with pytest.raises(QuotaSpent, match="has used 18 of its 20 API calls"):
        call(engine, 20)

    small_org.control.set_limits(used=3)
    with transaction(engine) as connection:
        connection.execute(text("UPDATE sync.api_usage SET recorded_at = recorded_at - interval '1 minute'"))

    call(engine, 1)
    assert small_org.control.calls()["used"] == 4


def test_a_task_without_calls_left_is_tried_again_after_ten_minutes() -> None:
    decision = BY_CLASS_OF_ERROR.evaluate(QuotaSpent("seen"), try_number=1, max_tries=4)

    assert (decision.action.value, decision.retry_delay) == ("retry", timedelta(minutes=10))
