"""Every value that Salesforce can write is read as the value that it means."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from closedwon.ids import to_id18
from closedwon.transform import values

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
IDS = st.text(LETTERS, min_size=15, max_size=15)


def column(*texts: str | None) -> Any:
    return pa.chunked_array([pa.array(texts, values.TEXT)])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_come_back_from_their_texts(numbers: list[float]) -> None:
    assert values.to_number(column(*map(repr, numbers))).to_pylist() == numbers


@given(st.lists(st.integers(-(10**18) + 1, 10**18 - 1)))
def test_whole_numbers_come_back_from_their_texts(numbers: list[int]) -> None:
    assert values.to_integer(column(*map(str, numbers))).to_pylist() == numbers


@given(st.lists(st.integers(-(2**53) + 1, 2**53 - 1)))
def test_whole_numbers_come_back_from_decimal_and_exponent_forms(numbers: list[int]) -> None:
    assert values.to_integer(column(*(f"{n}.0" for n in numbers))).to_pylist() == numbers
    assert values.to_integer(column(*(f"{n:.16e}" for n in numbers))).to_pylist() == numbers


@given(st.lists(st.dates()))
def test_dates_come_back_from_their_texts(days: list[date]) -> None:
    made = values.to_date(column(*(day.isoformat() for day in days)))

    assert [moment.date() for moment in made.to_pylist()] == days


@given(
    st.lists(st.datetimes(timezones=st.just(UTC))),
    st.sampled_from(["+0000", "Z", "+00:00"]),
)
def test_moments_come_back_from_both_forms_of_utc(moments: list[datetime], zone: str) -> None:
    seconds = [moment.replace(microsecond=0) for moment in moments]

    made = values.to_datetime(column(*(f"{moment.isoformat()[:19]}.000{zone}" for moment in seconds)))

    assert made.to_pylist() == seconds


def test_moments_of_other_zones_become_utc() -> None:
    moment = datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2)))

    made = values.to_datetime(column("2026-03-29T02:30:00.000+0200"))

    assert made.to_pylist() == [moment.astimezone(UTC)]


@given(st.lists(IDS), st.lists(IDS))
def test_ids_become_18_characters_as_one_by_one(short: list[str], long: list[str]) -> None:
    texts = [*short, *map(to_id18, long)]

    assert values.to_ids(column(*texts)).to_pylist() == [to_id18(text) for text in texts]


@pytest.mark.parametrize(
    ("convert", "text"),
    [
        *((values.to_number, text) for text in ["nan", "inf", "1e999", "0x10", "1,5", " 5", "5 ", "5.", ".5", "--5"]),
        *((values.to_integer, text) for text in ["5.5", "1e-1", "9" * 19, "1e300", "ten", "5 ", "nan"]),
        *((values.to_boolean, text) for text in ["True", "1", "yes", "truefalse"]),
        *((values.to_date, text) for text in ["2026-02-30", "2026-1-2", "2026-01-02T00:00:00Z", "02/01/2026"]),
        *((values.to_datetime, text) for text in ["2026-01-02", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z"]),
        *((values.to_ids, text) for text in ["001", "a" * 16, "a" * 17, "0" * 14 + "-", "0" * 17 + "é"]),
        (values.to_text, "a\0b"),
    ],
)
def test_a_text_that_means_no_value_becomes_missing_beside_its_neighbours(convert: Any, text: str) -> None:
    good = {
        values.to_number: "1.5",
        values.to_integer: "15",
        values.to_boolean: "true",
        values.to_date: "2026-01-02",
        values.to_datetime: "2026-01-02T03:04:05.000Z",
        values.to_ids: "0" * 18,
        values.to_text: "text",
    }[convert]

    made = convert(column(good, text, None, good))

    assert made.is_valid().to_pylist() == [True, False, False, True]
