"""What the pages say is held to what is there: files exist, statements run, examples load."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.transaction import transaction
from demo.other_users import change_the_org
from localorg.server import running_org
from tests.world import World

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "packages").glob("*/*.md"))
DAGS = sorted((ROOT / "dags").glob("*.py"))
LINK = re.compile(r"\]\((?!http|#)([^)#]+)\)")
STATEMENT = re.compile(r"`(SELECT [^`]+)`|^    (SELECT .*);$", re.MULTILINE)
SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
YAML = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [ROOT / "README.md", *DAGS], ids=lambda page: page.name)
def test_every_statement_of_the_pages_for_on_call_runs(page: Path, engine: Engine) -> None:
    statements = ["".join(found) for found in STATEMENT.findall(page.read_text())]
    with transaction(engine) as connection:
        prepare_warehouse(connection, require_sound(read_catalog(ROOT / "include" / "mappings")))
        results = [connection.execute(text(statement)) for statement in statements]
    assert len(results) == len(statements) > 0


def test_the_statement_for_analysts_shows_the_labels_of_each_code(engine: Engine) -> None:
    (statement,) = SQL.findall((ROOT / "README.md").read_text())
    with transaction(engine) as connection:
        prepare_warehouse(connection, require_sound(read_catalog(ROOT / "include" / "mappings")))
        connection.execute(text("INSERT INTO crm.accounts (name, segment) VALUES ('Acme', 'energy'), ('Bank', null)"))

        rows = connection.execute(text(statement)).all()

    assert sorted(map(tuple, rows)) == [("Acme", "energy", "Energy, Utilities"), ("Bank", None, None)]


def test_the_field_and_the_object_that_the_readme_adds_have_values_in_the_demos_org(
    tmp_path: Path, engine: Engine, database_url: str
) -> None:
    field, campaigns = YAML.findall((ROOT / "README.md").read_text())
    folder = Path(shutil.copytree(ROOT / "include" / "mappings", tmp_path / "mappings"))
    with (folder / "accounts.yaml").open("a", encoding="utf-8") as file:
        file.write(field)
    (folder / "campaigns.yaml").write_text(campaigns, encoding="utf-8")
    with running_org(tmp_path / "org", data="generated", objects=ROOT / "demo" / "org.yaml") as org:
        world = World(org, engine, database_url, tmp_path, mappings=folder)
        change_the_org(world.people())

        world.run_import(objects=["users", "accounts", "campaigns"])

    assert world.one("SELECT count(*) = count(account_number) AND count(*) > 400 FROM crm.accounts")
    (campaign,) = world.rows("SELECT name, status, ends_on IS NOT NULL FROM crm.campaigns")
    assert tuple(campaign) == ("Spring fair 1", "Planned", True)
