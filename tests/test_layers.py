"""Who may import whom. The layers are what lets a flow run without Airflow, and a test without mocks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "plugins" / "closedwon"
LAYERS = [  # each may import what stands above it
    {"errors", "ids", "rejects", "counts", "window", "thresholds"},
    {"kinds"},
    {"mapping"},
    {"transform", "rules"},
    {"salesforce", "warehouse", "expectations"},
    {"flows"},
    {"orchestration"},
    {"cli"},
]
APART = {"salesforce", "warehouse", "expectations"}
PURE = set().union(*LAYERS[:4])
IO = {"requests", "httpx", "sqlalchemy", "psycopg2", "airflow", "great_expectations", "logging", "socket", "subprocess"}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def imports_of(path: Path) -> set[str]:
    """The dotted names that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def layer(part: str) -> int:
    return next(number for number, parts in enumerate(LAYERS) if part in parts)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_its_own_part_or_from_layers_above(path: Path) -> None:
    mine = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    theirs = {name.split(".")[1] for name in imports_of(path) if name.startswith("closedwon.")} - {mine}
    assert all(layer(part) <= layer(mine) for part in theirs), f"{mine} imports {theirs}"
    assert mine not in APART or not theirs & APART, f"{mine} and {theirs & APART} must not know each other"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_edges_do_io_and_only_orchestration_knows_airflow(path: Path) -> None:
    mine = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    roots = {name.split(".")[0] for name in imports_of(path)}
    assert mine not in PURE or not roots & IO
    assert mine == "orchestration" or "airflow" not in roots


@pytest.mark.parametrize(
    ("folder", "strangers"),
    [
        ("plugins/closedwon", {"localorg"}),
        ("packages/localorg/localorg", {"closedwon", "dags", "demo"}),
        ("packages/localorg/tests", {"closedwon", "dags", "demo"}),
    ],
)
def test_closedwon_and_the_local_org_meet_over_http_alone(folder: str, strangers: set[str]) -> None:
    paths = sorted((ROOT / folder).rglob("*.py"))
    assert paths
    for path in paths:
        assert not strangers & {name.split(".")[0] for name in imports_of(path)}, path
