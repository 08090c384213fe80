"""Connections as people fill them in: each works, or the message names the Connection and the field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import Engine, make_url, text

from closedwon.errors import SetupFault
from closedwon.orchestration.clients import open_org, open_warehouse
from closedwon.warehouse.state.api_usage import API_USAGE
from closedwon.warehouse.state.org import ORG
from localorg.server import RunningOrg, running_org

CLIENT_CREDENTIALS = {"consumer_key": "closedwon", "consumer_secret": "local-only", "domain": "localorg"}


def give_warehouse(monkeypatch: pytest.MonkeyPatch, database_url: str, extra: Any) -> None:
    address = make_url(database_url)
    connection = {
        "conn_type": "postgres",
        "host": address.host,
        "port": address.port,
        "login": address.username,
        "schema": address.database,
        "extra": extra,
    }
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(connection))


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param(None, id="none"),
        pytest.param("{}", id="X06-nothing"),
        pytest.param({"keepalives_idle": 30}, id="X06-a-number"),
        pytest.param({"cursor": "realdictcursor"}, id="X06-a-key-of-Airflow"),
        pytest.param({"sslmode": "prefer", "iam": False, "sqlalchemy_query": {"a": "b"}}, id="several"),
        pytest.param({"keepalives": True}, id="true"),
    ],
)
def test_extras_of_the_warehouse_go_to_postgres_without_those_that_are_for_airflow(
    monkeypatch: pytest.MonkeyPatch, database_url: str, extra: Any
) -> None:
    give_warehouse(monkeypatch, database_url, extra)

    with open_warehouse() as engine, engine.connect() as connection:
        assert connection.scalar(text("SELECT current_setting('application_name')")) == "closedwon"


def test_an_extra_of_the_warehouse_wins_over_our_own_setting(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    give_warehouse(monkeypatch, database_url, {"application_name": "theirs"})

    with open_warehouse() as engine, engine.connect() as connection:
        assert connection.scalar(text("SELECT current_setting('application_name')")) == "theirs"


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        pytest.param({"sslmod": "require"}, "`sslmod`", id="X06-unknown"),
        pytest.param({"options": {"a": 1}}, "`options`", id="X06-nested"),
        pytest.param({"keepalives_idle": None}, "`keepalives_idle`", id="X06-null"),
        pytest.param(["sslmode"], "not an object", id="a-list"),
        pytest.param("{'sslmode': 'require'}", "not JSON", id="not-JSON"),
    ],
)
def test_another_extra_of_the_warehouse_is_refused_by_the_names_of_connection_and_key(
    monkeypatch: pytest.MonkeyPatch, database_url: str, extra: Any, named: str
) -> None:
    give_warehouse(monkeypatch, database_url, extra)

    with pytest.raises(SetupFault, match=f"Connection `warehouse`.*{named}.*Admin > Connections"), open_warehouse():
        pass


@pytest.mark.parametrize("conn_id", ["warehouse", "salesforce"])
def test_a_connection_that_is_not_there_is_named_with_the_place_to_make_it(
    monkeypatch: pytest.MonkeyPatch, engine: Engine, conn_id: str
) -> None:
    monkeypatch.delenv(f"AIRFLOW_CONN_{conn_id.upper()}", raising=False)
    opened = open_warehouse() if conn_id == "warehouse" else open_org(engine, run_id="run", task_id="probe")

    with pytest.raises(SetupFault, match=f"Connection `{conn_id}` does not exist.*Admin > Connections"), opened:
        pass


@pytest.fixture
def org(tmp_path: Path) -> Any:
    with running_org(tmp_path / "org") as running:
        yield running


def log_in(monkeypatch: pytest.MonkeyPatch, engine: Engine, org: RunningOrg, extra: Any, **parts: str) -> str:
    """The org's daily limit of calls, which only who has logged in can read."""
    connection = {"conn_type": "salesforce", "host": org.base_url, "extra": extra, **parts}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE", json.dumps(connection))
    with engine.begin() as made:
        made.execute(text("CREATE SCHEMA IF NOT EXISTS sync"))
        for table in (API_USAGE, ORG):
            table.create(made, checkfirst=True)
    with open_org(engine, run_id="run", task_id="probe") as sf:
        return str(sf.limits()["DailyApiRequests"]["Max"])


@pytest.fixture(scope="module")
def pem() -> str:
    return private_key().private_bytes(*PEM, serialization.NoEncryption()).decode()


PEM = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)


def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        pytest.param("\n", "\n", id="as-it-is"),
        pytest.param("\n", "\\n", id="X20-written-out"),
        pytest.param("\n", " ", id="X20-blanks"),
        pytest.param("\n", "", id="X20-nothing"),
        pytest.param("\n", "\r\n", id="X20-of-Windows"),
    ],
)
def test_a_private_key_whose_line_ends_were_lost_logs_in(
    monkeypatch: pytest.MonkeyPatch, engine: Engine, org: RunningOrg, pem: str, found: str, kept: str
) -> None:
    extra = {"consumer_key": "closedwon", "private_key": pem.replace(found, kept)}

    assert log_in(monkeypatch, engine, org, extra, login="admin@localorg.example") == "100000"


def test_a_private_key_that_cannot_be_read_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, engine: Engine, org: RunningOrg, pem: str, tmp_path: Path
) -> None:
    locked = private_key().private_bytes(*PEM, serialization.BestAvailableEncryption(b"secret")).decode()
    public = private_key().public_key().public_bytes(PEM[0], serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    (tmp_path / "not.pem").write_text("hello")
    for field, value in (
        ("private_key", pem[:600]),
        ("private_key", pem.replace("A", "B")),
        ("private_key", locked),
        ("private_key", public),
        ("private_key", "abc"),
        ("private_key_file_path", str(tmp_path / "not there.pem")),
        ("private_key_file_path", str(tmp_path / "not.pem")),
    ):
        with pytest.raises(SetupFault, match=f"Connection `salesforce`.*`{field}`") as refused:
            log_in(monkeypatch, engine, org, {"consumer_key": "closedwon", field: value}, login="a@b.test")
        assert pem[60:100] not in str(refused.value)


@pytest.mark.parametrize(
    ("extra", "parts", "missing"),
    [
        ({"consumer_key": "k", "consumer_secret": "s"}, {}, "`domain`"),
        ({"consumer_key": "k", "consumer_secret": "s", "domain": "login"}, {}, "`domain`"),
        ({"consumer_key": "k", "consumer_secret": "", "domain": "acme.my"}, {}, "`consumer_secret`"),
        ({"consumer_secret": "s"}, {}, "`consumer_key` and `domain`"),
        ({"consumer_key": "k", "private_key": "PEM"}, {}, "`login`"),
        ({"private_key": "PEM"}, {}, "`consumer_key` and `login`"),
        ({"extra__salesforce__consumer_key": "k", "domain": "acme.my"}, {}, "`consumer_secret`"),
        ({}, {"login": "a@b.test"}, "`consumer_key`, `consumer_secret` and `domain`"),
        ({}, {}, "`consumer_key`, `consumer_secret` and `domain`"),
    ],
)
def test_what_a_login_lacks_is_named(
    monkeypatch: pytest.MonkeyPatch,
    engine: Engine,
    org: RunningOrg,
    pem: str,
    extra: dict[str, str],
    parts: dict[str, str],
    missing: str,
) -> None:
    given = {key: pem if value == "PEM" else value for key, value in extra.items()}

    with pytest.raises(SetupFault, match=f"Connection `salesforce` lacks {missing},") as refused:
        log_in(monkeypatch, engine, org, given, **parts)

    assert "Admin > Connections" in str(refused.value)


def test_a_whole_connection_logs_in(monkeypatch: pytest.MonkeyPatch, engine: Engine, org: RunningOrg) -> None:
    assert log_in(monkeypatch, engine, org, CLIENT_CREDENTIALS) == "100000"
