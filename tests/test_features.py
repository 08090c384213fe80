"""docs/features.md says what is done, by which file, and which test shows it: each row is held to that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.feature_rows import DONE, NOT_WHOLE, PAGE, find_test_files, rows_borne_by

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        pytest.param("def test_Baton_1_and_BigTime_20(): ...", {"Baton-1", "BigTime-20"}, id="name"),
        pytest.param("A = pytest.param(1, id='Baton-1-so')", {"Baton-1"}, id="param"),
        pytest.param("A = [pytest.param(1, id=f'Baton-2-{x}') for x in y]", {"Baton-2"}, id="param-of-many"),
        pytest.param("def test_x():\n    '''Baton-1'''\n    # Baton-1\n    y = {'Baton-1': 1}", set(), id="mention"),
        pytest.param("def open_Baton_1(): ...", set(), id="no-test"),
    ],
)
def test_a_row_is_borne_by_names_and_params_and_by_no_mention(source: str, rows: set[str]) -> None:
    assert rows_borne_by(source) == rows


@pytest.mark.parametrize(("row", "done_in", "shown_by"), DONE, ids=[row[0] for row in DONE])
def test_a_done_row_names_the_file_that_does_it_and_a_test_that_bears_its_id(
    row: str, done_in: str, shown_by: str
) -> None:
    assert (PAGE.parent / done_in).is_file()
    assert row in rows_borne_by((PAGE.parent / shown_by).read_text()), f"{shown_by} has no test of {row}"


def test_every_row_that_a_test_bears_stands_on_the_page_as_done_or_as_not_whole() -> None:
    borne = {row for path in find_test_files(ROOT) for row in rows_borne_by(path.read_text())}

    assert borne - {row for row, _, _ in DONE} - set(NOT_WHOLE) == set()


def test_a_row_stands_on_the_page_once() -> None:
    rows = [row for row, _, _ in DONE] + NOT_WHOLE

    assert sorted(set(rows)) == sorted(rows)
