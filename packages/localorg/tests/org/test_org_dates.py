from __future__ import annotations

from datetime import date

import pytest

from localorg.soql.where.date_literals import days_of

WEDNESDAY = date(2026, 5, 6)


@pytest.mark.parametrize(
    ("name", "number", "first", "after"),
    [
        ("TODAY", None, "2026-05-06", "2026-05-07"),
        ("YESTERDAY", None, "2026-05-05", "2026-05-06"),
        ("THIS_WEEK", None, "2026-05-03", "2026-05-10"),
        ("LAST_WEEK", None, "2026-04-26", "2026-05-03"),
        ("THIS_MONTH", None, "2026-05-01", "2026-06-01"),
        ("LAST_MONTH", None, "2026-04-01", "2026-05-01"),
        ("NEXT_QUARTER", None, "2026-07-01", "2026-10-01"),
        ("LAST_FISCAL_QUARTER", None, "2026-01-01", "2026-04-01"),
        ("THIS_YEAR", None, "2026-01-01", "2027-01-01"),
        ("LAST_90_DAYS", None, "2026-02-05", "2026-05-07"),
        ("LAST_N_DAYS", 3, "2026-05-03", "2026-05-07"),
        ("NEXT_N_DAYS", 2, "2026-05-07", "2026-05-09"),
        ("LAST_N_MONTHS", 2, "2026-03-01", "2026-05-01"),
        ("NEXT_N_WEEKS", 1, "2026-05-10", "2026-05-17"),
        ("N_DAYS_AGO", 1, "2026-05-05", "2026-05-06"),
        ("N_YEARS_AGO", 1, "2025-01-01", "2026-01-01"),
    ],
)
def test_a_date_literal_means_these_days(name: str, number: int | None, first: str, after: str) -> None:
    assert days_of(name, number, WEDNESDAY) == (date.fromisoformat(first), date.fromisoformat(after))


@pytest.mark.parametrize(("name", "number"), [("SOMEDAY", None), ("TODAY", 3), ("LAST_N_DAYS", None)])
def test_a_word_that_is_no_date_literal_means_no_days(name: str, number: int | None) -> None:
    assert days_of(name, number, WEDNESDAY) is None
