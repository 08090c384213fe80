"""Pages at rest are read as they are, or refused: a page that is cut would lose records without a word."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import write_page

from closedwon.errors import BatchRejected
from closedwon.transform.pages import read_page

# What a text in Salesforce can hold; a surrogate is no character, and NUL is refused later, with a reason.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=20))
def test_any_text_comes_through_unchanged(pairs: list[tuple[str, str]]) -> None:
    data = write_page([{"Id": left, "Name": right} for left, right in pairs])

    page = read_page(data)

    assert list(zip(page["Id"], page["Name"], strict=True)) == pairs


@pytest.mark.parametrize(
    "text", ["00123", "NA", "null", "None", "1e5", "000000000000000001", " blanks ", "a\r\nb", '"']
)
def test_no_type_is_guessed(text: str) -> None:
    page = read_page(write_page([{"Id": "1", "Name": text}]))

    assert page["Name"].tolist() == [text]
    assert page["Name"].dtype == "str"


def test_what_is_empty_is_missing() -> None:
    page = read_page(gzip.compress(b'Id,Name\n1,\n2,""\n'))

    assert page["Name"].isna().tolist() == [True, True]


def test_a_page_without_records_has_its_columns() -> None:
    page = read_page(gzip.compress(b"Id,Name\n"))

    assert list(page.columns) == ["Id", "Name"]
    assert len(page) == 0


def test_the_longest_record_that_salesforce_allows_is_read() -> None:
    longest = "ä" * 400_000

    page = read_page(write_page([{"Id": "1", "Name": "x"}, {"Id": "2", "Name": longest}]))

    assert page["Name"].tolist() == ["x", longest]


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        pytest.param(gzip.compress(b"Id,Name\n" + b"1,Acme\n" * 999)[:-9], "gzip", id="gzip-stream-cut"),
        pytest.param(b"Id,Name\n1,Acme\n", "gzip", id="not-gzip"),
        pytest.param(gzip.compress(b"Id\n1\n") + gzip.compress(b"2\n"), "more follows after its end", id="two-members"),
        pytest.param(gzip.compress(b"Id\n1\n") + b"rest", "more follows after its end", id="bytes-after-the-end"),
        pytest.param(b"", "gzip", id="nothing"),
        pytest.param(gzip.compress(b"Id,Name\n1,Acme\n2,Glo"), "the last record breaks off", id="last-value-cut"),
        pytest.param(gzip.compress(b'Id,Name\n1,"Acme\n'), "the last record breaks off", id="cut-inside-of-quotes"),
        pytest.param(gzip.compress(b"Id,Name\n1,Acme\n2\n"), "expected 2 columns, got 1", id="record-cut"),
        pytest.param(gzip.compress(b"Id,Name\n1,\xff\n"), "not UTF-8", id="not-utf-8"),
        pytest.param(gzip.compress(b"Id,\xff\n1,x\n"), "not UTF-8", id="header-not-utf-8"),
        pytest.param(gzip.compress(b"Id,Name,Id\n1,Acme,2\n"), "its header has Id twice", id="column-twice"),
    ],
)
def test_a_damaged_page_is_refused_with_the_task_to_clear(data: bytes, seen: str) -> None:
    with pytest.raises(BatchRejected) as refused:
        read_page(data)

    assert seen in str(refused.value)
    assert "Clear the task `extract`" in str(refused.value)


def test_a_refused_page_does_not_show_its_values() -> None:
    data = gzip.compress(b"Id,Name,Email\n1,Jane Doe\n")

    with pytest.raises(BatchRejected) as refused:
        read_page(data)

    assert "Jane" not in str(refused.value)
    assert refused.value.__cause__ is None
