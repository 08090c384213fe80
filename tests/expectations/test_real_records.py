"""The project's mappings take real records, which nobody shaped for them, without setting one apart."""

from __future__ import annotations

import csv
import gzip
import io
import sqlite3
from pathlib import Path

import pytest
import yaml

from closedwon.expectations.run import validate
from closedwon.mapping.model import Mapping
from closedwon.mapping.reader import read_catalog, require_sound
from closedwon.transform.pages import read_page
from closedwon.transform.rows import to_rows

PROJECT_FOLDER = Path(__file__).parents[2]
DATASET = PROJECT_FOLDER.parent / "shared/material/datasets/salesforcefoundation-npsp/datasets"


@pytest.fixture(scope="module")
def database() -> sqlite3.Connection:
    if not DATASET.exists():
        pytest.skip(f"the data set is not there: {DATASET}")
    connection = sqlite3.connect(":memory:")
    connection.executescript((DATASET / "1k/test_data.sql").read_text())
    return connection


def page_of(database: sqlite3.Connection, mapping: Mapping) -> bytes:
    """The data set's records of one object as a page: what it has not is empty, ids are made of its keys."""
    said = yaml.safe_load((DATASET / "mapping.yml").read_text())[mapping.sobject]
    columns = said["fields"]
    database.row_factory = sqlite3.Row
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(mapping.selected)
    for record in database.execute(f'SELECT * FROM "{said["table"]}"'):
        known = {"Id": f"001{record['id']:012}AAA", "IsDeleted": "false", "SystemModstamp": "2026-01-01T00:00:00.000Z"}
        writer.writerow(
            known.get(name) or (record[columns[name]] if name in columns else "") for name in mapping.selected
        )
    return gzip.compress(text.getvalue().encode())


@pytest.mark.parametrize(("name", "records"), [("accounts", 1223), ("contacts", 1024), ("opportunities", 1517)])
def test_real_records_all_become_rows(database: sqlite3.Connection, name: str, records: int) -> None:
    mapping = require_sound(read_catalog(PROJECT_FOLDER / "include" / "mappings")).mapping(name)

    rows, rejects = to_rows(read_page(page_of(database, mapping)), mapping)
    verdict = validate(rows, mapping)

    assert (len(verdict.valid), len(rejects), len(verdict.rejects)) == (records, 0, 0)
    assert verdict.valid[[f.column for f in mapping.received if f.required]].notna().all(axis=None)
