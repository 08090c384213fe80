"""Expectations of a mapping's rows: those that follow from its fields, and those that its suite adds. Pure.

An expectation is a plain dictionary: `expect` (the name that Great Expectations gives it, without `expect_`), the
columns, the parameters, and `note`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Dictionary
from typing import Any

from closedwon.mapping.model import Field, Mapping

Expectation = Dictionary[str, Any]


def derive_expectations(mapping: Mapping) -> list[Expectation]:
    """Return the expectations of a mapping's rows, those of its suite last.

    What the transform guarantees is checked again on purpose, so that a mistake in either one is found.
    A record may come twice, in the window and out of quarantine, so ids need not be unique; the load keeps the latest.
    """
    return [
        {"expect": "column_values_to_not_be_null", "column": "salesforce_id", "note": ""},
        {"expect": "column_values_to_match_regex", "column": "salesforce_id", "regex": "^[A-Za-z0-9]{18}$", "note": ""},
        *(expectation for field in mapping.converted for expectation in _derive(field)),
        *mapping.expectations,
    ]


def columns_of(expectation: Expectation) -> list[str]:
    """Return the columns that an expectation reads, the one that is named in its rejects first."""
    return [expectation[key] for key in ("column", "column_A", "column_B") if key in expectation]


def checked_columns(mapping: Mapping) -> list[str]:
    """Return the columns that `validate` needs of the rows: those that identify a record, and those it checks."""
    looked_at = (name for expectation in derive_expectations(mapping) for name in columns_of(expectation))
    return list(dict.fromkeys(["salesforce_id", "system_modstamp", "is_deleted", *looked_at]))


def in_words(expectation: Expectation) -> str:
    """Return the expectation as the end of a sentence that begins with the column's name: `is at least 0`."""
    return _WORDS[expectation["expect"]](expectation)


def _derive(field: Field) -> Iterator[Expectation]:
    about = {"column": field.column, "note": field.note}
    if field.required:
        yield {"expect": "column_values_to_not_be_null", **about}
    if field.values is not None:
        yield {"expect": "column_values_to_be_in_set", "value_set": sorted(set(field.values.codes.values())), **about}
    if field.kind.limits is not None:
        first, last = field.kind.limits
        yield {"expect": "column_values_to_be_between", "min_value": first, "max_value": last, **about}


def _bounds(expectation: Expectation) -> str:
    low, high = expectation.get("min_value"), expectation.get("max_value")
    parts = []
    if low is not None:
        parts.append(f"{'more than' if expectation.get('strict_min') else 'at least'} {low}")
    if high is not None:
        parts.append(f"{'less than' if expectation.get('strict_max') else 'at most'} {high}")
    return " and ".join(parts)


def _is_greater(expectation: Expectation) -> str:
    return f"is {'at least' if expectation.get('or_equal') else 'greater than'} {expectation['column_B']}"


_WORDS: Dictionary[str, Callable[[Expectation], str]] = {
    "column_values_to_not_be_null": lambda _: "is not empty",
    "column_values_to_be_unique": lambda _: "occurs once",
    "column_values_to_be_between": lambda e: f"is {_bounds(e)}",
    "column_values_to_be_in_set": lambda e: f"is one of {', '.join(e['value_set'])}",
    "column_values_to_not_be_in_set": lambda e: f"is none of {', '.join(e['value_set'])}",
    "column_values_to_match_regex": lambda e: f"matches the pattern {e['regex']}",
    "column_values_to_not_match_regex": lambda e: f"does not match the pattern {e['regex']}",
    "column_value_lengths_to_be_between": lambda e: f"has {_bounds(e)} characters",
    "column_pair_values_a_to_be_greater_than_b": _is_greater,
    "column_mean_to_be_between": lambda e: f"is {_bounds(e)} on average",
    "column_proportion_of_non_null_values_to_be_between": lambda e: f"is filled in a share of {_bounds(e)} of the rows",
}
"""The wording of each expectation: those in `mapping.model.suite.EXPECTATIONS`, and those derived from fields."""
