"""The package stands alone: pip installs it from this folder, and it needs nothing that it does not name."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
PROJECT = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
IMPORTED_AS = {"pyjwt": "jwt", "pyyaml": "yaml"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built and installed by pip into a folder that was empty."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(folder), str(PACKAGE)], check=True)
    return folder


def run(installed: Path, *arguments: str) -> str:
    """What Python prints with the folder before all other packages, run in that folder."""
    environment = os.environ | {"PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=installed, env=environment, check=True, capture_output=True, text=True
    ).stdout


def test_it_runs_from_the_folder_into_which_pip_installs_it(installed: Path) -> None:
    assert "usage: python -m localorg" in run(installed, "-m", "localorg", "--help")
    assert run(installed, "-c", "import localorg; print(localorg.__file__)").startswith(str(installed))


def test_what_it_installs_is_the_package_alone_with_every_file_of_it(installed: Path) -> None:
    folders = {path.name for path in installed.iterdir()}
    files = {str(path.relative_to(PACKAGE)) for path in (PACKAGE / "localorg").rglob("*") if path.is_file()}
    missing = [name for name in files if "__pycache__" not in name and not (installed / name).exists()]

    assert folders == {"localorg", "bin", f"localorg-{PROJECT['version']}.dist-info"}
    assert missing == []


def test_it_imports_nothing_but_what_it_names_as_its_dependencies() -> None:
    names = [re.split(r"[<>=\[]", dependency)[0] for dependency in PROJECT["dependencies"]]
    allowed = {IMPORTED_AS.get(name, name) for name in names} | sys.stdlib_module_names | {"localorg"}
    imported = {name for path in (PACKAGE / "localorg").rglob("*.py") for name in _imports(path)}

    assert imported <= allowed
    assert allowed - sys.stdlib_module_names <= imported


def _imports(path: Path) -> set[str]:
    """The first part of every name that the file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found
