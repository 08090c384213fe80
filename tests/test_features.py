"""docs/features.md says what is done, by which file, and which test shows it: each row is held to that."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "features.md"
ROW = re.compile(
    r"^\| ((?:Baton|BigTime|Beyond|Planhat|Autotask|SalesPro)-\d+) \| .* \| \[.*\]\((.*)\) \| \[.*\]\((.*)\) \|$", re.M
)
ROWS = ROW.findall(PAGE.read_text())
ID_IN_TEST = re.compile(
    r"\b(Baton|BigTime|Beyond|Planhat|Autotask|SalesPro)-(\d+)|_(Baton|BigTime|Beyond|Planhat|Autotask|SalesPro)_(\d+)(?=_)"
)


@pytest.mark.parametrize(("row", "done_in", "shown_by"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_names_the_file_that_does_it_and_a_test_that_bears_its_id(row: str, done_in: str, shown_by: str) -> None:
    assert (PAGE.parent / done_in).is_file()
    text = (PAGE.parent / shown_by).read_text()
    assert re.search(rf"\b{row}\b|_{row.replace('-', '_')}_", text), f"{shown_by} has no test of {row}"


def test_every_row_that_a_test_bears_stands_on_the_page() -> None:
    borne = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        if path != Path(__file__):
            found = ID_IN_TEST.findall(path.read_text())
            borne |= {f"{a or c}-{b or d}" for a, b, c, d in found}
    assert borne == {row[0] for row in ROWS}
