"""The page on mapping files and the schemas that editors use say what the loader does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from closedwon.mapping.reader.assembly import assemble_catalog
from docs.mapping_page import ENTRIES, EXAMPLE, pages

ROOT = Path(__file__).resolve().parents[2]
MAPPINGS = ROOT / "include" / "mappings"
FILES = sorted(path for path in MAPPINGS.rglob("*.yaml") if path.parent.name != "org")  # of the local org's language
SCHEMA_LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")


def schema_for(file: Path) -> dict[str, Any]:
    found = SCHEMA_LINE.match(file.read_text())
    assert found, f"the first line of {file} names no schema"
    return json.loads((file.parent / found[1]).read_text())


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_a_generated_file_is_as_make_docs_writes_it(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == pages()[path], f"run `make docs`: {path.name} is older than the models"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(MAPPINGS).as_posix())
def test_a_shipped_file_fits_the_schema_that_its_first_line_names(file: Path) -> None:
    jsonschema.validate(yaml.safe_load(file.read_text()), schema_for(file))


@pytest.mark.parametrize(
    ("file", "old", "new", "shown"),
    [
        ("accounts.yaml", "column: phone", "colum: phone", "'colum' was unexpected"),
        ("accounts.yaml", "type: number", "type: numbre", "'numbre' is not one of"),
        ("accounts.yaml", "direction: receive", "direction: both", "'both' is not one of"),
        ("projects.yaml", "column: code}", "column: Code}", "'Code' does not match"),
        ("rules/won_opportunities.yaml", "changes_to: [Closed Won]", "is_checked: false", "True was expected"),
        ("templates/standard.yaml", "hours: 1,", "hours: -1,", "-1 is less than the minimum"),
        ("suites/opportunities.yaml", "min_value", "minimum", "'minimum': 0, .* is not valid under any"),
    ],
)
def test_an_editor_shows_a_slip(file: str, old: str, new: str, shown: str) -> None:
    text = (MAPPINGS / file).read_text()
    assert old in text

    with pytest.raises(jsonschema.ValidationError, match=shown):
        jsonschema.validate(yaml.safe_load(text.replace(old, new)), schema_for(MAPPINGS / file))


def test_the_pages_example_is_sound() -> None:
    assert assemble_catalog("example", tuple((name, text.encode()) for name, text in EXAMPLE.items())).broken == ()


def test_the_page_shows_a_finding_of_each_key() -> None:
    page = pages()[ROOT / "docs" / "mappings.md"]

    rows = [line for line in page.splitlines() if line.startswith("| `") and ".yaml:" in line]
    assert len(rows) == len(ENTRIES)
