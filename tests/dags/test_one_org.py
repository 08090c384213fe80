"""A warehouse belongs to one org: a Connection that leads to another one is refused before anything is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from simple_salesforce import Salesforce
from sqlalchemy import Engine, text

from closedwon.errors import SetupFault
from closedwon.orchestration.clients import open_org
from closedwon.salesforce.limits import read_limits
from closedwon.salesforce.session import open_session
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.transaction import transaction
from localorg.server import RunningOrg, running_org
from tests.warehouse.crm_rows import CATALOG
from tests.world import KEY, SECRET

OTHER = "00D000000000009EAA"


@pytest.fixture
def org(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningOrg]:
    """An org that is named in Airflow's Connection, beside a prepared warehouse."""
    with transaction(engine) as connection:
        prepare_warehouse(connection, CATALOG)
    with running_org(tmp_path / "org") as running:
        extra = {"consumer_key": KEY, "consumer_secret": SECRET, "domain": "localorg"}
        named = {"conn_type": "salesforce", "host": running.base_url, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE", json.dumps(named))
        yield running


def call(engine: Engine) -> None:
    with open_org(engine, run_id="run", task_id="probe") as sf:
        read_limits(sf)


def known_orgs(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT organization_id FROM sync.org")))


def test_Baton_1_the_first_login_connects_the_warehouse_to_its_org_for_good(org: RunningOrg, engine: Engine) -> None:
    call(engine)
    call(engine)

    assert known_orgs(engine) == [str(org.org.organization_id)]


def test_Baton_1_a_connection_to_another_org_is_refused_before_a_call(org: RunningOrg, engine: Engine) -> None:
    call(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE sync.org SET organization_id = :other"), {"other": OTHER})
    before = org.control.calls()["used"]

    with pytest.raises(SetupFault, match=rf"leads to the org {org.org.organization_id} .*belongs to the org {OTHER}"):
        call(engine)

    assert org.control.calls()["used"] == before
    assert known_orgs(engine) == [OTHER]


@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param({"consumer_key": KEY, "consumer_secret": SECRET}, id="OAuth"),
        pytest.param({"username": "admin@localorg.example", "password": SECRET, "security_token": ""}, id="SOAP"),
    ],
)
def test_each_way_to_log_in_says_which_org_it_is(org: RunningOrg, credentials: dict[str, str]) -> None:
    session = open_session(login_host=org.base_url)

    Salesforce(session=session, domain="localorg", **credentials)

    assert session.organization_id == org.org.organization_id
