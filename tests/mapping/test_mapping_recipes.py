"""The recipes of CONTRIBUTING.md for the mapping language, walked on a copy of the code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def blocks(recipe: str) -> list[str]:
    """The pieces of Python that a recipe shows, in order."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    section = text.split(f"### {recipe}\n")[1].split("\n### ")[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "plugins", tmp_path / "plugins")
    (tmp_path / "docs").mkdir()
    for name in ("how_to.py", "mapping_page.py"):
        shutil.copy(ROOT / "docs" / name, tmp_path / "docs")
    (tmp_path / "include" / "mappings").mkdir(parents=True)
    return tmp_path


def insert(file: Path, before: str, text: str) -> None:
    """Put a text before the first line that begins so."""
    source = file.read_text()
    assert f"\n{before}" in source
    file.write_text(source.replace(f"\n{before}", f"\n{text}{before}", 1))


def run(copy: Path, program: str) -> str:
    """Write the pages of the copy, run a program on it, and return what it printed."""
    program = f"from docs.mapping_page import write_pages\nwrite_pages()\n{program}"
    environment = os.environ | {"PYTHONPATH": f"{copy / 'plugins'}:{copy}"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=False, cwd=copy, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_key_is_added_by_its_line_in_the_model_and_its_entry_in_the_page(copy: Path) -> None:
    key, entry = blocks("Add a mapping key")
    insert(copy / "plugins/closedwon/mapping/model/mapping.py", "    line: SkipJsonSchema[int]", key)
    insert(copy / "docs/mapping_page.py", '    "Rule.source"', entry)

    program = """
from docs.mapping_page import EXAMPLE, assemble_catalog
text = EXAMPLE["accounts.yaml"].replace("column: fax,", "column: fax, tooltip: old,")
files = EXAMPLE | {"accounts.yaml": text}
print(assemble_catalog("x", tuple((n, t.encode()) for n, t in files.items())).mapping("accounts").fields[3].tooltip)
"""
    assert run(copy, program) == "old\n"
    page = (copy / "docs/mappings.md").read_text()
    assert "| `tooltip` | Shown beside the column's name; default: none. | `tooltip: sold` | any |" in page
    assert "opportunities.yaml:8: `tooltip` must be text, but YAML reads '12' as a number" in page
    assert '"tooltip"' in (copy / "include/mappings/mapping.schema.json").read_text()


def test_a_trigger_kind_is_added_by_its_class(copy: Path) -> None:
    kind, entries = blocks("Add a trigger kind")
    triggers = copy / "plugins/closedwon/mapping/model/triggers.py"
    insert(triggers, "def _kind_of(", f"{kind}\n\n")
    union = 'Annotated[IsChecked, Tag("IsChecked")]'
    triggers.write_text(triggers.read_text().replace(union, f'{union} | Annotated[IsUnchecked, Tag("IsUnchecked")]', 1))
    insert(copy / "docs/mapping_page.py", '    "OneTimeField.column"', entries)

    program = """
import pandas as pd
from docs.mapping_page import EXAMPLE, assemble_catalog
from closedwon.mapping.resolve.rules import resolve_rule
from closedwon.rules.transitions import has_fired
rule = EXAMPLE["rules/won_opportunities.yaml"]
rule = rule.replace("StageName, changes_to: [Closed Won]", "On_Hold__c, is_unchecked: true")
deals = EXAMPLE["opportunities.yaml"] + (
    "  - {salesforce: On_Hold__c, column: on_hold, type: boolean, direction: receive}\\n"
)
files = EXAMPLE | {"rules/won_opportunities.yaml": rule, "opportunities.yaml": deals}
catalog = assemble_catalog("x", tuple((n, t.encode()) for n, t in files.items()))
source = resolve_rule(catalog.rule("won_opportunities"), catalog.mappings, catalog.rules)
values = {"value": ["false", "true"], "seen_value": [None, None], "seen_outcome": [None, None]}
print(has_fired(pd.DataFrame(values, dtype="str"), source.wanted).tolist())
print(source.rule.when.why_not(source.trigger, "true", "won"))
"""
    assert run(copy, program) == "[True, False]\nOn_Hold__c is checked; the rule won waits until it is not.\n"
    page = (copy / "docs/mappings.md").read_text()
    assert "Picks a record when the checkbox `field` is cleared." in page
    assert "`is_unchecked` is for fields of type boolean, but StageName is picklist" in page
