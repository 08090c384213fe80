"""Every kind has every part, so that a mapping with it works from the page to the payload."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pandas import Series
from sqlalchemy import Engine, text

from closedwon.kinds import KINDS, Kind

STRING: dict[str, Any] = {"type": "string"}

ROUND_TRIPS: dict[str, tuple[dict[str, Any], dict[str, object]]] = {
    "text": (STRING, {"Acme": "Acme", " a\r\nb \n": "a\nb", "   ": None, "00123": "00123"}),
    "picklist": ({"type": "picklist"}, {"Customer - Direct": "Customer - Direct"}),
    "multipicklist": (
        {"type": "multipicklist"},
        {
            "Red;Blue": "Blue;Red",
            "Red": "Red",
            "; Red ;Blue;": "Blue;Red",
            'a "b", {c}\\': 'a "b", {c}\\',
            "NULL": "NULL",
            "Zoë 🎉;b c": "Zoë 🎉;b c",
        },
    ),
    "number": ({"type": "currency", "scale": 2}, {"1500.505": 1500.51, "-0.001": 0.0, "1.25E7": 12500000.0}),
    "integer": ({"type": "int", "scale": 0}, {"12": 12, "5.0": 5, "-3": -3, "1E3": 1000}),
    "boolean": ({"type": "boolean"}, {"true": True, "false": False}),
    "date": ({"type": "date"}, {"2026-01-31": "2026-01-31"}),
    "datetime": (
        {"type": "datetime"},
        {
            "2026-01-31T23:30:00.999Z": "2026-01-31T23:30:00.000+0000",
            "2026-01-31T01:00:00.000+0200": "2026-01-30T23:00:00.000+0000",
        },
    ),
    "time": (
        {"type": "time"},
        {"08:30:00.000Z": "08:30:00.000Z", "23:59:59.999Z": "23:59:59.999Z", "00:00:00Z": "00:00:00.000Z"},
    ),
    "reference": ({"type": "reference"}, {"0055g00000ABCDEAA5": "0055g00000ABCDEAA5"}),
}
"""By kind: a field of the org, and what is sent for a text that was read."""

BOUNDS = {
    "number": ([0, -1.5], [True, "0", "2026-01-31"]),
    "integer": ([0, 7], [False, "7"]),
    "date": (["2026-01-31"], ["2026-02-30", "soon", 20260131.5]),
    "datetime": (["2026-01-31T00:00:00Z"], ["2026-01-31T00:00:00", "2026-01-31", 5]),
}
"""By kind whose values have an order: bounds that fit, and others."""

EVERY = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


def plain(values: Series[Any]) -> list[object]:
    return values.astype(object).where(values.notna(), None).tolist()


@EVERY
def test_a_text_that_was_read_is_sent_in_normal_form(kind: Kind) -> None:
    org_field, cases = ROUND_TRIPS[kind.name]

    sent = kind.normal(kind.parse(Series(list(cases), dtype="str")), org_field)

    assert sent.tolist() == list(cases.values())
    assert [type(value) for value in sent] == [type(value) for value in cases.values()]


@EVERY
def test_what_is_sent_and_read_again_is_the_same(kind: Kind) -> None:
    org_field, cases = ROUND_TRIPS[kind.name]
    sent = kind.normal(kind.parse(Series(list(cases), dtype="str")), org_field).dropna()
    texts = Series([value if isinstance(value, str) else json.dumps(value) for value in sent], dtype="str")

    assert kind.normal(kind.parse(texts), org_field).tolist() == sent.tolist()


@EVERY
def test_what_is_empty_is_missing_and_sent_as_nothing(kind: Kind) -> None:
    org_field, _ = ROUND_TRIPS[kind.name]

    values = kind.parse(Series([None], dtype="str"))

    assert plain(values) == [None]
    # A checkbox is never empty in Salesforce.
    assert kind.normal(values, org_field).tolist() == [False if kind.name == "boolean" else None]


@EVERY
def test_values_keep_their_index_and_one_dtype_whatever_the_texts(kind: Kind) -> None:
    good = next(iter(ROUND_TRIPS[kind.name][1]))
    made = [kind.parse(Series(texts, dtype="str")) for texts in ([], [good], [None], [good, "\0", None])]

    assert len({str(values.dtype) for values in made}) == 1
    assert kind.parse(Series([good, good], dtype="str", index=[7, 3])).index.tolist() == [7, 3]


@EVERY
def test_postgres_knows_the_types_by_these_names(kind: Kind, engine: Engine) -> None:
    names = [kind.postgres_type, kind.staged_type]
    query = text("SELECT format_type(to_regtype(:name), to_regtypemod(:name))")

    with engine.connect() as connection:
        assert [connection.execute(query, {"name": name}).scalar_one() for name in names] == names


@EVERY
def test_errors_have_words_for_it(kind: Kind) -> None:
    assert kind.name == kind.name.strip().lower()
    assert kind.expected.split()[0] in ("a", "an", "true")
    assert not kind.is_ordered or kind.bound_expected.startswith(("a ", "an "))


@EVERY
def test_every_type_of_the_org_that_fits_is_named(kind: Kind) -> None:
    assert ROUND_TRIPS[kind.name][0]["type"] in kind.org_types


@EVERY
def test_bounds_of_suites_fit_its_values_or_are_refused(kind: Kind) -> None:
    assert kind.is_ordered == (kind.name in BOUNDS)
    for bound in BOUNDS.get(kind.name, ([], []))[0]:
        assert kind.parse_bound is not None
        assert kind.parse_bound(bound) is not None
    for bound in BOUNDS.get(kind.name, ([], []))[1]:
        assert kind.parse_bound is not None
        assert kind.parse_bound(bound) is None
    assert kind.limits is None or (kind.parse_bound is not None and all(map(kind.parse_bound, kind.limits)))


def test_several_choices_are_sent_in_one_order() -> None:
    sent = KINDS["text"].normal(Series(["b;a", None], dtype="str"), {"type": "multipicklist"})

    assert sent.tolist() == ["a;b", None]


def test_a_whole_number_would_lose_decimal_places() -> None:
    find_loss = KINDS["integer"].find_loss

    assert find_loss({"type": "currency", "scale": 2}) == "2 decimal places"
    assert find_loss({"type": "double", "scale": 0}) is None
    assert find_loss({"type": "int", "scale": 0}) is None


@EVERY
def test_what_a_column_also_holds_comes_through_unchanged(kind: Kind) -> None:
    for other in (KINDS[name] for name in kind.also_holds):
        org_field, cases = ROUND_TRIPS[other.name]
        texts = Series(list(cases), dtype="str")

        assert kind.normal(kind.parse(texts), org_field).tolist() == list(cases.values())
