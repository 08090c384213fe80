"""Every value that Salesforce can write is read as the value that it means."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas import Series

from closedwon.ids import to_id18
from closedwon.kinds import KINDS

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
IDS = st.text(LETTERS, min_size=15, max_size=15)


def parse(kind: str, texts: Iterable[str | None]) -> list[Any]:
    """What the kind makes of the texts, with None for what is missing."""
    values = KINDS[kind].parse(Series(list(texts), dtype="str"))
    return values.astype(object).where(values.notna(), None).tolist()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_keep_the_digits_that_they_came_with(numbers: list[float]) -> None:
    assert parse("number", map(repr, numbers)) == list(map(repr, numbers))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("999999999999999999", id="X21-beyond-2-to-the-53"),
        pytest.param("1234567890123456.78", id="X21-with-cents"),
        pytest.param("9999999999999999.99", id="sixteen-digits-with-cents"),
        pytest.param("1.6147805824397E13", id="with-an-exponent"),
    ],
)
def test_a_number_with_more_digits_than_a_float_keeps_them(text: str) -> None:
    assert parse("number", [text]) == [text]


@given(st.lists(st.integers(-(10**17) + 1, 10**17 - 1)))
def test_whole_numbers_beyond_what_a_float_holds_come_back_from_exponent_forms(numbers: list[int]) -> None:
    assert parse("integer", (f"{Decimal(n):E}" for n in numbers)) == numbers
    assert parse("integer", (f"{Decimal(n):.16e}" for n in numbers)) == numbers


def test_a_number_too_great_for_the_column_is_missing_and_no_other_number() -> None:
    assert parse("integer", ["1E19", "1E30", "1E99", "9.99999999999999999E17"]) == [
        None,
        None,
        None,
        999999999999999999,
    ]


@given(st.lists(st.integers(-(10**18) + 1, 10**18 - 1)))
def test_whole_numbers_come_back_from_their_texts(numbers: list[int]) -> None:
    assert parse("integer", map(str, numbers)) == numbers


@given(st.lists(st.integers(-(2**53) + 1, 2**53 - 1)))
def test_whole_numbers_come_back_from_decimal_and_exponent_forms(numbers: list[int]) -> None:
    assert parse("integer", (f"{n}.0" for n in numbers)) == numbers
    assert parse("integer", (f"{n:.16e}" for n in numbers)) == numbers


@given(st.lists(st.dates()))
def test_dates_come_back_from_their_texts(days: list[date]) -> None:
    made = parse("date", (day.isoformat() for day in days))

    assert [moment.date() for moment in made] == days


@given(
    st.lists(st.datetimes(timezones=st.just(UTC))),
    st.sampled_from(["+0000", "Z", "+00:00"]),
)
def test_moments_come_back_from_both_forms_of_utc(moments: list[datetime], zone: str) -> None:
    seconds = [moment.replace(microsecond=0) for moment in moments]

    made = parse("datetime", (f"{moment.isoformat()[:19]}.000{zone}" for moment in seconds))

    assert made == seconds


def test_moments_of_other_zones_become_utc() -> None:
    moment = datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2)))

    made = parse("datetime", ["2026-03-29T02:30:00.000+0200"])

    assert made == [moment.astimezone(UTC)]


@given(st.lists(IDS), st.lists(IDS))
def test_ids_become_18_characters_as_one_by_one(short: list[str], long: list[str]) -> None:
    texts = [*short, *map(to_id18, long)]

    assert parse("reference", texts) == [to_id18(text) for text in texts]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(
            ("number", text)
            for text in ["nan", "inf", "1e999", "0x10", "1,5", " 5", "5 ", "5.", ".5", "--5", "5\n", "٥"]
        ),
        *(("integer", text) for text in ["5.5", "1e-1", "9" * 19, "1e300", "ten", "5 ", "nan", "5\n"]),
        *(("boolean", text) for text in ["True", "1", "yes", "truefalse", "true\n"]),
        *(("date", text) for text in ["2026-02-30", "2026-1-2", "2026-01-02T00:00:00Z", "02/01/2026", "20260102"]),
        *(("datetime", text) for text in ["2026-01-02", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z", "Z"]),
        ("datetime", "2026-01-02 03:04:05Z"),
        *(("reference", text) for text in ["001", "a" * 16, "a" * 17, "0" * 14 + "-", "0" * 17 + "é", "0" * 18 + "\n"]),
        *(("time", text) for text in ["24:00:00.000Z", "8:30:00Z", "08:30Z", "08:30:00.000+0100", "08:30:00Z\n"]),
        *(("multipicklist", text) for text in ["a\0b", " ;; "]),
        ("text", "a\0b"),
        ("picklist", "a\0b"),
    ],
)
def test_a_text_that_means_no_value_becomes_missing_beside_its_neighbours(kind: str, text: str) -> None:
    good = {
        "number": "1.5",
        "integer": "15",
        "boolean": "true",
        "date": "2026-01-02",
        "datetime": "2026-01-02T03:04:05.000Z",
        "reference": "0" * 18,
        "time": "08:30:00.000Z",
        "multipicklist": "Red;Blue",
        "text": "text",
        "picklist": "label",
    }[kind]

    made = parse(kind, [good, text, None, good])

    assert [value is None for value in made] == [False, True, True, False]
