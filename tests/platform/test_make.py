"""The Makefile, in a folder with a space in its name; a stand-in for .venv's Python notes its arguments."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

NOTES_ARGUMENTS = '#!/bin/sh\nprintf "%s\\n" "$@" >> ran\n'


@pytest.fixture
def checkout(project: Path, tmp_path: Path) -> Path:
    """A checkout whose .venv is up to date."""
    folder = tmp_path / "my work"
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(project / name, folder)
    shutil.copytree(project / ".ci", folder / ".ci")
    shutil.copy(project / "requirements.txt", folder / ".venv" / "installed")
    python = folder / ".venv" / "bin" / "python"
    python.write_text(NOTES_ARGUMENTS)
    python.chmod(0o755)
    return folder


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "ONCE", "DATA")}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def ran(folder: Path) -> list[str]:
    return (folder / "ran").read_text().splitlines()


def test_make_alone_lists_every_command(checkout: Path) -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (checkout / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None

    said = make(checkout)

    assert re.findall(r"^  make (\w+)", said.stdout, re.MULTILINE) == phony[1].split()


def test_demo_hands_on_once_and_data_as_they_were_given(checkout: Path) -> None:
    make(checkout, "demo", "ONCE=1", "DATA=the org's data")

    assert ran(checkout) == ["-m", "demo", "--once", "--data", "the org's data"]


def test_test_checks_before_it_tests(checkout: Path) -> None:
    make(checkout, "test")

    tools = [argument for before, argument in zip(ran(checkout), ran(checkout)[1:], strict=False) if before == "-m"]
    assert tools == ["ruff", "ruff", "mypy", "pytest"]


def test_ci_runs_the_tests_here_and_then_elsewhere_from_wherever_it_is_called(checkout: Path) -> None:
    (checkout / ".ci" / "elsewhere").write_text("#!/bin/sh\necho elsewhere >> ran\n")

    ended = subprocess.run(["bash", str(checkout / ".ci" / "run")], cwd="/", check=False)

    assert ended.returncode == 0
    assert "pytest" in ran(checkout)
    assert ran(checkout)[-1] == "elsewhere"


def test_a_new_date_on_the_same_lock_installs_nothing(checkout: Path) -> None:
    (checkout / ".ci" / "install").write_text("exit 1")
    os.utime(checkout / "requirements.txt")

    assert make(checkout, "demo").returncode == 0


def test_a_new_lock_is_installed(checkout: Path) -> None:
    (checkout / ".ci" / "install").write_text("echo installs with $PYTHON; exit 1")
    with (checkout / "requirements.txt").open("a") as lock:
        lock.write("# new\n")

    made = make(checkout, "demo", "PYTHON=my-python")

    assert made.returncode != 0
    assert "installs with my-python" in made.stdout


@pytest.mark.parametrize(
    ("python", "seen"), [("echo Python 3.9.2; test $1 = --version", "is Python 3.9.2."), ("", "is not there.")]
)
def test_an_unfit_python_is_refused_before_anything_is_made(checkout: Path, python: str, seen: str) -> None:
    shutil.rmtree(checkout / ".venv")
    old = checkout / "python3.9"
    if python:
        old.write_text(f"#!/bin/sh\n{python}\n")
        old.chmod(0o755)

    made = make(checkout, "demo", "PYTHON=./python3.9")

    assert made.returncode != 0
    assert "Closedwon needs Python 3.11 or later; './python3.9'" in made.stderr
    assert seen in made.stderr
    assert not (checkout / ".venv").exists()


def test_the_lock_has_uv_and_its_hashes_for_the_first_step(project: Path) -> None:
    script = re.search(r"^sed -n '(.*)' requirements\.txt", (project / ".ci" / "install").read_text(), re.MULTILINE)
    assert script is not None

    taken = subprocess.run(
        ["sed", "-n", script[1], "requirements.txt"], cwd=project, capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert re.fullmatch(r"uv==[\d.]+ \\", taken[0])
    assert len(taken) > 1
    assert all("--hash=sha256:" in line for line in taken[1:] if not line.lstrip().startswith("#"))
