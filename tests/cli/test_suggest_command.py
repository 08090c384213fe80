"""`closedwon suggest`: from an org over HTTP to a mapping file that an import uses as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from closedwon.flows import suggestion
from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.mapping.reader.folder import read_files
from closedwon.orchestration.clients import SALESFORCE_CONNECTION
from localorg.server import RunningOrg
from tests.cli.conftest import Closedwon
from tests.world import MAPPINGS, ROOT, World


def test_what_is_printed_is_a_mapping_file_and_nothing_else(closedwon: Closedwon, mappings: Path) -> None:
    said = closedwon("suggest", "Case")

    assert said.exit_code == 0
    (mappings / "cases.yaml").write_text(said.stdout)
    cases = require_sound(read_catalog(mappings)).mapping("cases")
    assert (cases.sobject, cases.table, cases.fields[0].salesforce) == ("Case", "crm.cases", "CaseNumber")


def test_Beyond_21_what_one_command_writes_is_imported_without_an_edit(
    closedwon: Closedwon, org: RunningOrg, mappings: Path, engine: Engine, database_url: str, tmp_path: Path
) -> None:
    world = World(org, engine, database_url, tmp_path, mappings=mappings)
    account = world.people().create("Account", {"Name": "Acme"})
    case = {"AccountId": account, "Subject": 'It\'s 100 % "broken"', "Priority": "High", "Origin": "Web"}
    world.people().create("Case", case)

    assert closedwon("suggest", "Case", "--write").exit_code == 0
    world.run_import()

    rows = world.rows(
        "SELECT c.subject, c.priority, c.origin, a.name, u.name IS NOT NULL AS has_owner, c.created_at IS NOT NULL"
        " FROM crm.cases c JOIN crm.accounts a ON a.id = c.account_id LEFT JOIN crm.users u ON u.id = c.owner_id"
    )
    assert list(map(tuple, rows)) == [(case["Subject"], "high", "web", "Acme", True, True)]
    assert world.is_in_parity()


@pytest.mark.parametrize("with_values", [False, True])
def test_every_object_of_the_org_is_suggested_or_refused_with_a_reason(org: RunningOrg, with_values: bool) -> None:
    world = World(org, None, "", Path())  # type: ignore[arg-type]
    sf, files = world.login(), tuple(read_files(MAPPINGS))
    names = [one["name"] for one in sf.describe()["sobjects"]]
    assert len(names) > 25

    made: list[Any] = [suggestion.suggest(sf, files, name, with_values=with_values) for name in names]

    assert [one.sobject for one in made] == names


def test_a_file_that_is_there_is_not_overwritten_and_nothing_is_written(closedwon: Closedwon, mappings: Path) -> None:
    before = dict(read_files(mappings))

    said = closedwon("suggest", "Account", "--write")

    assert said.exit_code == 1
    assert "Error: accounts.yaml in " in said.stderr
    assert dict(read_files(mappings)) == before


def test_what_is_written_is_named_the_mapping_last(closedwon: Closedwon, mappings: Path) -> None:
    said = closedwon("suggest", "Campaign", "--write")

    assert said.stdout.splitlines() == [
        f"wrote {mappings / name}"
        for name in ("values/campaigns_type.csv", "values/campaigns_status.csv", "campaigns.yaml")
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Cse"], "Error: The org has no object 'Cse' (did you mean 'Case'?), or hides it from the integration user."),
        (["Case", "--org", "acme"], "Error: The Connection `acme` does not exist"),
        (["Case", "--table", "sync.cases"], "cases.yaml:4: `table: sync.cases`: the schema sync holds Closedwon's own"),
        (["Case", "--table", "crm.accounts"], "the table crm.accounts is filled by accounts.yaml already"),
    ],
    ids=["object", "connection", "schema", "table"],
)
def test_what_cannot_be_suggested_is_said_without_a_traceback(
    closedwon: Closedwon, arguments: list[str], said: str
) -> None:
    ended = closedwon("suggest", *arguments)

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert said in ended.stderr


def test_a_table_of_ones_own_may_be_asked_for(closedwon: Closedwon) -> None:
    assert "\ntable: crm.tickets\n" in closedwon("suggest", "Case", "--table", "crm.tickets").stdout


def test_a_folder_that_cannot_be_written_is_said(closedwon: Closedwon, mappings: Path) -> None:
    (mappings / "values").rename(mappings / "old_values")
    (mappings / "values").write_text("")

    said = closedwon("suggest", "Campaign", "--write")

    assert said.exit_code == 1
    assert "cannot be written" in said.stderr


def test_help_is_there_without_what_is_heavy() -> None:
    asks = "import sys, closedwon.cli.__main__ as it; print({'airflow', 'pandas', 'pydantic'} & sys.modules.keys())"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "plugins")}

    said = subprocess.run([sys.executable, "-c", asks], env=environment, capture_output=True, text=True, check=True)

    assert said.stdout == "set()\n"


def test_the_command_takes_the_connection_of_the_dags(closedwon: Closedwon) -> None:
    assert f"[default: {SALESFORCE_CONNECTION}]" in closedwon("suggest", "--help").stdout
