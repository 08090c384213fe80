"""The edits of `make mutants` fit the code, and one that no test notices is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.feature_rows import DONE, NOT_WHOLE
from tests.mutants import ROOT, Edit, find_survivors, main, read_edits

LOUD = "def greet(name):\n    return f'Hello {name}!'\n"
TEST = """
from greeting import greet

def test_Baton_1_the_name_is_in_it(): assert "Ana" in greet("Ana")
def test_Baton_12_it_is_loud(): assert "!" in greet("Ana")
"""


@pytest.mark.parametrize("edit", read_edits(), ids=lambda edit: edit.row or edit.test.rpartition("::")[2])
def test_an_edit_fits_the_code_and_belongs_to_a_row_or_names_its_test(edit: Edit) -> None:
    changed = edit.apply((ROOT / edit.file).read_text())

    assert edit.new in changed
    if edit.row:
        assert edit.row in [*(row for row, _, _ in DONE), *NOT_WHOLE]
    else:
        file, _, name = edit.test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text()


def test_every_row_that_is_done_has_an_edit_that_takes_its_behaviour_out() -> None:
    with_edits = {edit.row for edit in read_edits()}

    assert [row for row, _, _ in DONE if row not in with_edits] == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project, with a test for each of two rows."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "greeting.py").write_text(LOUD)
    (tmp_path / "tests" / "test_greeting.py").write_text(TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    return tmp_path


def test_an_edit_survives_if_the_rows_own_tests_pass_without_the_behaviour(project: Path) -> None:
    quiet = {"file": "greeting.py", "old": "!", "new": "."}
    nobody = {"file": "greeting.py", "old": "{name}", "new": "you"}
    edits = [
        Edit(**quiet, row="Baton-1"),
        Edit(**quiet, row="Baton-12"),
        Edit(**nobody, test="tests/test_greeting.py::test_Baton_1_the_name_is_in_it"),
    ]

    survivors = list(find_survivors(edits, project))

    assert survivors == edits[:1]
    assert (project / "greeting.py").read_text() == LOUD


def test_a_row_whose_tests_fail_by_themselves_is_no_proof(project: Path) -> None:
    (project / "greeting.py").write_text(LOUD.replace("!", "."))

    with pytest.raises(RuntimeError, match=r"(?s)assert '!' in .*pytest ended with 1: -k 'Baton_12_"):
        list(find_survivors([Edit("greeting.py", "Hello", "Hi", row="Baton-12")], project))


def test_a_row_without_tests_is_no_proof(project: Path) -> None:
    with pytest.raises(RuntimeError, match=r"No test bears Baton-2\."):
        list(find_survivors([Edit("greeting.py", "Hello", "Hi", row="Baton-2")], project))


def test_a_row_that_is_misspelt_is_refused_by_name() -> None:
    with pytest.raises(SystemExit, match=r"No edit of mutants\.yaml belongs to Baton-12x\."):
        main(["Baton-12x", "Baton-12"])


def test_a_row_may_be_borne_by_a_test_of_the_local_orgs_package(project: Path) -> None:
    folder = project / "packages" / "localorg" / "tests"
    folder.mkdir(parents=True)
    (folder / "test_org.py").write_text(TEST.replace("Baton_1_", "Beyond_16_"))

    assert list(find_survivors([Edit("greeting.py", "{name}", "you", row="Beyond-16")], project)) == []


def test_an_edit_whose_text_is_not_there_once_is_refused(project: Path) -> None:
    with pytest.raises(ValueError, match=r"greeting\.py has 0 times, and not once: 'Bye'"):
        list(find_survivors([Edit("greeting.py", "Bye", "", row="Baton-1")], project))
