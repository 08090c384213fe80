"""The recipes of CONTRIBUTING.md, walked as they are written."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from crm_rows import CATALOG
from sqlalchemy import Column, Engine, MetaData, Table, Text, text

from closedwon.warehouse.metadata import NAMING
from closedwon.warehouse.migrations import upgrade
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.state.columns import mapping_column, time_column
from closedwon.warehouse.transaction import transaction
from closedwon.warehouse.views import view_file

PAGE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def block_after(words: str, language: str) -> str:
    """The first block of code below these words."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE[PAGE.index(words) :], re.DOTALL)
    assert found is not None
    return found.group(1)


def prepare(engine: Engine) -> list[str]:
    with transaction(engine) as connection:
        return prepare_warehouse(connection, CATALOG)


def test_a_state_table_is_added_as_the_page_says(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(engine)
    newest = upgrade.revisions()[-1]
    metadata = MetaData(naming_convention=NAMING)
    words: dict[str, Any] = {"METADATA": metadata, "Table": Table, "Column": Column, "Text": Text}
    exec(block_after("A module `warehouse/state/", "python"), words | vars_of_columns())
    revision = block_after("A revision `warehouse/migrations", "python").replace("<the newest so far>", newest)
    folder = Path(shutil.copytree(upgrade.FOLDER, tmp_path / "migrations"))
    (folder / "versions" / "v9000_notes.py").write_text(revision, encoding="utf-8")
    monkeypatch.setattr(upgrade, "FOLDER", folder)

    assert prepare(engine) == ["v9000_notes"]

    with transaction(engine) as connection:
        options = {"include_schemas": True, "include_name": lambda name, kind, _: kind != "schema" or name == "sync"}
        context = MigrationContext.configure(connection, opts=options | {"compare_server_default": True})
        changes = [change for change in compare_metadata(context, metadata) if "note" in str(change)]
    assert changes == []
    assert prepare(engine) == []


def vars_of_columns() -> dict[str, Any]:
    return {"mapping_column": mapping_column, "time_column": time_column}


def test_a_view_is_added_as_the_page_says(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(engine)
    folder = Path(shutil.copytree(view_file.FOLDER, tmp_path / "views"))
    (folder / "sync.waiting.sql").write_text(block_after("### Add a view", "sql"), encoding="utf-8")
    monkeypatch.setattr(view_file, "FOLDER", folder)

    assert prepare(engine) == ["sync.waiting"]

    with transaction(engine) as connection:
        result = connection.execute(text("SELECT * FROM sync.waiting"))
        about = connection.execute(text("SELECT obj_description('sync.waiting'::regclass)")).scalar_one()
    assert list(result.keys()) == ["mapping", "field", "waiting"]
    assert about.startswith("Records that wait in quarantine, by their field.")
