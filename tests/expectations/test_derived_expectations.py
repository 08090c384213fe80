"""What follows from a mapping's fields, and how it is said."""

from __future__ import annotations

import json
from dataclasses import replace

from closedwon.expectations.suite import _WORDS, columns_of, derive_expectations, in_words
from closedwon.mapping.model.suite import EXPECTATIONS


def test_fields_say_what_rows_are_expected_to_be(deals) -> None:
    derived = {(*columns_of(one), one["expect"]): one for one in derive_expectations(deals)}

    assert set(derived) == {
        ("salesforce_id", "column_values_to_not_be_null"),
        ("salesforce_id", "column_values_to_match_regex"),
        ("name", "column_values_to_not_be_null"),
        ("stage", "column_values_to_be_in_set"),
        ("close_on", "column_values_to_be_between"),
        ("start_on", "column_values_to_be_between"),
        ("seen_at", "column_values_to_be_between"),
    }
    assert derived["stage", "column_values_to_be_in_set"]["value_set"] == ["open", "won"]


def test_the_suite_adds_to_what_follows_from_the_fields(deals) -> None:
    added = {"expect": "column_values_to_be_between", "column": "amount", "min_value": 0, "note": ""}

    expectations = derive_expectations(replace(deals, expectations=(added,)))

    assert expectations[-1] == added
    assert len(expectations) == 8


def test_fields_that_are_only_sent_are_not_expected_to_be_anything(deals) -> None:
    sent = replace(deals, fields=tuple(replace(field, direction="send") for field in deals.fields))

    assert {column for one in derive_expectations(sent) for column in columns_of(one)} == {"salesforce_id"}


def test_expectations_are_plain_enough_to_be_written_down(deals) -> None:
    expectations = derive_expectations(deals)

    assert json.loads(json.dumps(expectations)) == expectations


def test_an_expectation_is_said_in_words() -> None:
    between = {"expect": "column_values_to_be_between", "column": "amount"}

    assert in_words(between | {"min_value": 0}) == "is at least 0"
    assert in_words(between | {"max_value": 9, "strict_max": True}) == "is less than 9"
    assert in_words(between | {"min_value": 0, "max_value": 9}) == "is at least 0 and at most 9"


def test_every_expectation_that_a_suite_may_use_has_words() -> None:
    assert set(EXPECTATIONS) <= set(_WORDS)
