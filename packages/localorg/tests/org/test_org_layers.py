"""Imports inside the local org go downwards through its layers, and never in a circle."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import localorg

ROOT = Path(localorg.__file__).parent
LAYERS = (
    (
        "errors",
        "ids",
        "clock",
        "timestamps",
        "number_texts",
        "faults",
        "xml_text",
        "messages",
        "routes",
        "files.blobs",
        "files.file_types",
        "formulas.sqlite_functions",
    ),
    ("schema",),
    ("storage",),
    ("soql", "formulas"),
    ("records",),
    ("files",),
    ("lifecycle",),
    ("org",),
    ("bulk1.jobs", "bulk2.jobs", "bulk2.ingest_job", "bulk2.query_job", "bulk2.results", "bulk2.upload"),
    ("state",),
    ("rest", "soap", "control", "bulk1", "bulk2"),
    ("data", "seed", "client", "http"),
    ("server", "__main__"),
)
"""From what needs nobody to what needs all the others; a part of a folder may be lower than the folder."""
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}


def test_a_module_imports_nothing_from_a_layer_above_its_own() -> None:
    upwards = [
        f"{name} imports {found}"
        for name, imported in _imports().items()
        for found in sorted(imported)
        if _height(found) > _height(name)
    ]

    assert upwards == []


def test_every_module_belongs_to_a_layer() -> None:
    assert [name for name in _imports() if name != "__init__" and _height(name) < 0] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    waiting = dict(_imports())
    while free := [name for name, imported in waiting.items() if not imported & set(waiting)]:
        for name in free:
            del waiting[name]

    assert sorted(waiting) == []


def _height(name: str) -> int:
    """The number of a module's layer, by its own name or by that of its folder; -1 for one without."""
    return HEIGHT.get(name, HEIGHT.get(name.partition(".")[0], -1))


@cache
def _imports() -> dict[str, set[str]]:
    """Each module and the modules of the local org that it imports when it runs, at its top or inside a function."""
    modules = {_name(file): file for file in ROOT.rglob("*.py")}
    return {name: _imported(ast.parse(file.read_text(encoding="utf-8")), modules) for name, file in modules.items()}


def _imported(module: ast.Module, modules: dict[str, Path]) -> set[str]:
    for_types = {
        id(inner)
        for node in ast.walk(module)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    return {found for node in ast.walk(module) if id(node) not in for_types for found in _named(node, modules)}


def _name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _named(node: ast.AST, modules: dict[str, Path]) -> set[str]:
    if isinstance(node, ast.Import):
        wanted = {alias.name for alias in node.names}
    elif isinstance(node, ast.ImportFrom) and node.module:
        wanted = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    else:
        return set()
    inside = {name.removeprefix("localorg.") for name in wanted if name.startswith("localorg.")}
    return inside & set(modules)
