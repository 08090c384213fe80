"""`crm.value_maps`: what each code means, as the mapping files say."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from closedwon.mapping.reader import read_catalog
from closedwon.warehouse.prepare import prepare_warehouse
from closedwon.warehouse.transaction import transaction

SHIPPED = Path(__file__).parents[2] / "include" / "mappings"


class Folder:
    """Mapping files of a test's own, and the warehouse that they prepare."""

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path, self.engine = path, engine

    def prepare(self) -> None:
        with transaction(self.engine) as connection:
            prepare_warehouse(connection, read_catalog(self.path))

    def replace(self, file: str, old: str, new: str) -> None:
        before = (self.path / file).read_text(encoding="utf-8")
        assert before.count(old) == 1
        (self.path / file).write_text(before.replace(old, new), encoding="utf-8")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with transaction(self.engine) as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def pairs(self, mapping: str, field: str) -> list[tuple[str | None, str]]:
        where = f"mapping = '{mapping}' AND field = '{field}'"
        return self.ask(f"SELECT label, code FROM crm.value_maps WHERE {where} ORDER BY label NULLS LAST")


@pytest.fixture
def folder(tmp_path: Path, engine: Engine) -> Folder:
    """The shipped files, and a warehouse that they have prepared."""
    folder = Folder(Path(shutil.copytree(SHIPPED, tmp_path / "mappings")), engine)
    folder.prepare()
    return folder


def test_each_entry_says_which_column_holds_the_code_of_which_fields_label_and_where_that_stands(
    folder: Folder,
) -> None:
    of_column = ("accounts", "crm.accounts", "classification", "Account", "Rating")

    entries = folder.ask("SELECT * FROM crm.value_maps WHERE field = 'Rating' ORDER BY label")

    assert entries == [
        (*of_column, "Cold", "cold", "values/rating.csv"),
        (*of_column, "Hot", "hot", "values/rating.csv"),
        (*of_column, "Warm", "warm", "values/rating.csv"),
    ]


def test_a_code_of_several_labels_has_a_row_for_each(folder: Folder) -> None:
    labels = folder.ask("SELECT label FROM crm.value_maps WHERE field = 'Industry' AND code = 'finance' ORDER BY label")

    assert labels == [("Banking",), ("Finance",), ("Insurance",)]


def test_the_code_that_unlisted_labels_become_is_a_row_without_label_of_the_mapping_file(folder: Folder) -> None:
    fallbacks = folder.ask("SELECT mapping, field, code, file FROM crm.value_maps WHERE label IS NULL")

    assert fallbacks == [("accounts", "Type", "customer", "accounts.yaml")]


def test_a_sent_field_says_what_is_sent_for_a_code_and_which_view_holds_that(folder: Folder) -> None:
    sent = "mapping = 'projects' AND field = 'Status__c' AND code = 'in_progress'"

    (entry,) = folder.ask(f"SELECT table_name, column_name, label FROM crm.value_maps WHERE {sent}")

    assert entry == ("delivery.projects_current", "status", "Doing")


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        ("Warm,warm\n", "", [("Cold", "cold"), ("Hot", "hot")]),
        ("Warm,warm\n", "Warm,tepid\n", [("Cold", "cold"), ("Hot", "hot"), ("Warm", "tepid")]),
        ("Warm,warm\n", "Tepid,warm\n", [("Cold", "cold"), ("Hot", "hot"), ("Tepid", "warm")]),
    ],
    ids=["removed", "another code", "another label"],
)
def test_what_a_file_says_no_longer_is_gone_with_the_next_run(
    folder: Folder, old: str, new: str, pairs: list[tuple[str, str]]
) -> None:
    folder.replace("values/rating.csv", old, new)

    folder.prepare()

    assert folder.pairs("accounts", "Rating") == pairs


def test_a_fallback_that_is_taken_out_is_gone_with_the_next_run(folder: Folder) -> None:
    folder.replace("accounts.yaml", ", fallback: customer", "")

    folder.prepare()

    assert folder.ask("SELECT count(*) FROM crm.value_maps WHERE label IS NULL") == [(0,)]


def test_the_entries_of_a_mapping_whose_file_is_removed_are_gone_and_no_others(folder: Folder) -> None:
    (folder.path / "projects.yaml").unlink()

    folder.prepare()

    mappings = folder.ask("SELECT DISTINCT mapping FROM crm.value_maps ORDER BY mapping")
    assert mappings == [("accounts",), ("opportunity_projects",)]


@pytest.mark.parametrize("file", ["accounts.yaml", "values/rating.csv"])
def test_the_entries_of_a_mapping_that_is_broken_stay_as_its_column_holds_their_codes(
    folder: Folder, file: str
) -> None:
    (folder.path / file).write_text("colour: red\n", encoding="utf-8")

    folder.prepare()

    assert folder.pairs("accounts", "Rating") == [("Cold", "cold"), ("Hot", "hot"), ("Warm", "warm")]


def test_entries_that_are_unchanged_are_not_written(folder: Folder) -> None:
    versions = (
        "SELECT xmin::text, mapping, field, label FROM crm.value_maps WHERE mapping <> 'projects' ORDER BY 2, 3, 4"
    )
    before = folder.ask(versions)
    folder.replace("projects.yaml", ", values: project_status", "")

    folder.prepare()

    assert folder.pairs("projects", "Status__c") == []
    assert folder.ask(versions) == before != []
