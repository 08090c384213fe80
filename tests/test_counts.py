from __future__ import annotations

import pytest

from closedwon.counts import Counts


@pytest.mark.parametrize(
    ("again", "in_the_end"),
    [
        pytest.param(Counts(10, 0, 9, 1), Counts(10, 7, 2, 1), id="the same records, now unchanged"),
        pytest.param(Counts(10, 9, 0, 1), Counts(10, 9, 0, 1), id="all of them again, with another mapping"),
        pytest.param(Counts(11, 1, 10, 0), Counts(11, 8, 3, 0), id="one more"),
        pytest.param(Counts(), Counts(10, 7, 2, 1), id="nothing"),
    ],
)
def test_rows_that_an_earlier_try_has_written_count_as_written_by_the_run(again: Counts, in_the_end: Counts) -> None:
    assert again.after(Counts(read=10, written=7, unchanged=2, rejected=1)) == in_the_end
