"""The rows of docs/features.md, and those that a test file bears.

A test bears a row if its name or the id of one of its params holds the row's id. Files are read, not collected: that
takes less than a second for all of them, and finds tests that this machine skips.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "features.md"
PRODUCTS = "Baton|BigTime|Beyond|Planhat|Autotask|SalesPro"
DONE: list[tuple[str, str, str]] = re.findall(
    rf"^\| ((?:{PRODUCTS})-\d+) \| .* \| \[.*\]\((.*)\) \| \[.*\]\((.*)\) \|$", PAGE.read_text(), re.M
)
"""Row, the file that does it and the file that shows it, both as seen from the page."""
NOT_WHOLE: list[str] = re.findall(rf"^- ((?:{PRODUCTS})-\d+): .+", PAGE.read_text(), re.M)

_IN_NAME = re.compile(rf"_({PRODUCTS})_(\d+)(?=_|$)")
_IN_PARAM = re.compile(rf"\b({PRODUCTS})-(\d+)\b")


def find_test_files(root: Path) -> list[Path]:
    """Return the test files of the project in a folder, those of the local org's package too."""
    folders = (root / "tests", root / "packages" / "localorg" / "tests")
    return sorted(path for folder in folders for path in folder.rglob("test_*.py"))


def rows_borne_by(source: str) -> set[str]:
    """Return the rows whose ids stand in names of tests, or in ids of params, of a test file's text."""
    return {f"{product}-{number}" for product, number in _find_ids(ast.parse(source))}


def _find_ids(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield from _IN_NAME.findall(node.name)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.param":
            for given in (keyword.value for keyword in node.keywords if keyword.arg == "id"):
                yield from _IN_PARAM.findall(ast.unparse(given))
