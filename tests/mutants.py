"""Takes behaviours out, one at a time, in a copy of the project, and prints those whose own tests do not notice.

python -m tests.mutants [ROW ...]     each edit of mutants.yaml, or only those of these rows of docs/features.md
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, ignore_patterns

import yaml

from tests.feature_rows import find_test_files, rows_borne_by

ROOT = Path(__file__).resolve().parents[1]
EDITS = ROOT / "tests" / "mutants.yaml"
NOT_COPIED = ignore_patterns(
    ".*_cache", ".git", ".venv", ".demo", ".airflow", ".localorg", ".hypothesis", "__pycache__"
)
PASSED, FAILED = 0, 1
"""What pytest returns; 5 where it found no test, other numbers where it could not run them."""


@dataclass(frozen=True)
class Edit:
    """A behaviour that is taken out: in one file, a text that occurs once is replaced."""

    file: str
    old: str
    new: str
    row: str = ""
    """The row of docs/features.md to which the behaviour belongs; the tests that bear it must fail."""
    test: str = ""
    """For what belongs to no row: the test that must fail, as file::name."""

    def apply(self, text: str) -> str:
        """Return the file's text without the behaviour."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} has {text.count(self.old)} times, and not once: {self.old!r}")
        return text.replace(self.old, self.new)


def read_edits() -> list[Edit]:
    """Return the edits of mutants.yaml."""
    return [Edit(**edit) for edit in yaml.safe_load(EDITS.read_text())]


def find_survivors(edits: Sequence[Edit], root: Path) -> Iterator[Edit]:
    """Yield the edits after which their tests still pass; each file gets its text back.

    Raises:
        RuntimeError: tests fail without any edit, an edit has none, or they cannot be run.
    """
    tests = [_tests_of(edit, root) for edit in edits]
    files = sorted({file for files, _ in tests for file in files})
    _run(files, " or ".join(dict.fromkeys(names for _, names in tests)), root, expected=(PASSED,))
    for edit, (files, names) in zip(edits, tests, strict=True):
        path = root / edit.file
        text = path.read_text()
        path.write_text(edit.apply(text))
        code = _run(files, names, root, expected=(PASSED, FAILED))
        path.write_text(text)
        if code == PASSED:
            yield edit


def _tests_of(edit: Edit, root: Path) -> tuple[list[str], str]:
    """Return the test files, and which names in them. Those of the whole system in tests/e2e take too long."""
    if edit.test:
        file, _, name = edit.test.partition("::")
        return [file], name
    paths = [path.relative_to(root) for path in find_test_files(root)]
    files = [str(path) for path in paths if "e2e" not in path.parts and _bears(root / path, edit.row)]
    if not files:
        raise RuntimeError(f"No test bears {edit.row}.")
    # In names `Baton_1_`; in ids of params `Baton-1-` or, at their end, `Baton-1]`: Baton-12 is another row.
    return files, f"{edit.row.replace('-', '_')}_ or {edit.row}- or {edit.row}]"


def _bears(path: Path, row: str) -> bool:
    return row in rows_borne_by(path.read_text())


def _run(files: Sequence[str], names: str, root: Path, expected: Sequence[int]) -> int:
    """Run the tests up to the first that fails, and return pytest's code. A changed file leaves no bytecode."""
    # An installed local org is this checkout's, and not the copy's.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(root / "packages" / "localorg")}
    command = [sys.executable, "-m", "pytest", "-x", "-n", "0", "-p", "no:cacheprovider", *files, "-k", names]
    ended = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode not in expected:
        raise RuntimeError(f"{ended.stdout[-2000:]}\npytest ended with {ended.returncode}: -k '{names}'")
    return ended.returncode


def main(rows: Sequence[str]) -> int:
    """Print the survivors; return 1 if there are any."""
    edits = [edit for edit in read_edits() if not rows or edit.row in rows]
    if unknown := sorted({*rows} - {edit.row for edit in edits}):
        sys.exit(f"No edit of {EDITS.name} belongs to {', '.join(unknown)}.")
    survivors = 0
    with tempfile.TemporaryDirectory(prefix="closedwon-mutants-") as folder:
        copy = Path(copytree(ROOT, Path(folder) / "project", ignore=NOT_COPIED))
        for edit in find_survivors(edits, copy):
            survivors += 1
            print(f"{edit.row or edit.test} survived, {edit.file}: {edit.old!r} -> {edit.new!r}", flush=True)
    print(f"{len(edits)} behaviours taken out, {survivors} survived")
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
