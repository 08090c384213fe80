"""A suite: what a table's rows are expected to be, beside what follows from the mapping.

The names are Great Expectations' own, without `expect_`. Only those are allowed that can be judged on a batch (the rows
of one page, perhaps a single one), and only parameters that are checked here: a suite that would crash on its first
batch is found when the file is read.

Validators find the kinds of the received columns in the context, under `kinds`; None where the mapping file is broken,
so that nothing can be said of its columns.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from typing import Annotated, Any, Literal, cast, get_args, get_type_hints

from pydantic import AfterValidator, PlainValidator, StrictBool, ValidationInfo, WithJsonSchema, model_validator
from pydantic import Field as Schema
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError, PydanticKnownError

from closedwon.kinds import KINDS, Kind
from closedwon.mapping.model.names import STRICT
from closedwon.mapping.spelling import did_you_mean


@dataclasses.dataclass(frozen=True)
class UnquotedDate:
    """Stands for a date that is not in quotes, which YAML does not take for text; only a bound accepts it."""

    text: str


def _is_expectation(name: str) -> str:
    if name not in EXPECTATIONS:
        choices = {"names": ", ".join(EXPECTATIONS), "hint": did_you_mean(name, EXPECTATIONS)}
        raise PydanticCustomError("unfit", "is not one of {names}{hint}", choices)
    return name


def _received(info: ValidationInfo) -> Dictionary[str, Kind] | None:
    return cast(Dictionary[str, Kind] | None, (info.context or {}).get("kinds"))


def _column_of(takes: Callable[[Kind], bool]) -> AfterValidator:
    def check(column: str, info: ValidationInfo) -> str:
        kinds = _received(info)
        if kinds is None:
            return column
        if column not in kinds:
            seen = {"column": column, "hint": did_you_mean(column, kinds)}
            raise PydanticCustomError("finding", "no received field has the column '{column}'{hint}", seen)
        if not takes(kinds[column]):
            taken = ", ".join(sorted(kind.name for kind in KINDS.values() if takes(kind)))
            seen = {"name": str(info.data.get("expect")), "taken": taken, "column": column, "kind": kinds[column].name}
            raise PydanticCustomError("finding", "{name} is for {taken}, but '{column}' is {kind}", seen)
        return column

    return AfterValidator(check)


def _to_bound(seen: Any, info: ValidationInfo) -> float | str:
    return _fit(seen, (_received(info) or {}).get(info.data.get("column", "")))


def _to_number(seen: Any) -> float | str:
    return _fit(seen, KINDS["number"])


def _fit(seen: Any, kind: Kind | None) -> float | str:
    """Return a bound as it is written, as expectations are kept as JSON."""
    bound = seen.text if isinstance(seen, UnquotedDate) else seen
    if not isinstance(bound, str | int | float) and (kind is None or isinstance(bound, list | dict)):
        raise PydanticKnownError("string_type")
    if kind is not None and kind.parse_bound is not None and kind.parse_bound(bound) is None:
        raise PydanticCustomError("unfit", "must be {expected}", {"expected": kind.bound_expected})
    return bound


def _is_pattern(seen: str) -> str:
    try:
        re.compile(seen)
    except re.error as error:
        refusal = {"error": str(error)}
        raise PydanticCustomError("unfit", "is not a regular expression: {error}", refusal) from None
    return seen


_AnyColumn = Annotated[str, _column_of(lambda _: True)]
_OrderedColumn = Annotated[str, _column_of(lambda kind: kind.is_ordered)]
_NumericColumn = Annotated[str, _column_of(lambda kind: kind.is_numeric)]
_TextualColumn = Annotated[str, _column_of(lambda kind: kind.is_textual)]

_Number = Annotated[float | str | None, PlainValidator(_to_number), WithJsonSchema({"type": "number"})]
_Bound = Annotated[float | str | None, PlainValidator(_to_bound), WithJsonSchema({"type": ["number", "string"]})]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What each entry of a suite has, whatever it expects."""

    expect: Annotated[str, AfterValidator(_is_expectation)]
    note: str = ""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class _Bounded(Entry):
    column: str
    min_value: _Number = None
    max_value: _Number = None

    @model_validator(mode="after")
    def _has_a_bound(self) -> _Bounded:
        if self.min_value is None and self.max_value is None:
            needs = "{name} needs `min_value` or `max_value`"
            raise PydanticCustomError("finding", needs, {"name": self.expect})
        return self


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NotNull(Entry):
    """Expects that no value is missing."""

    expect: Literal["column_values_to_not_be_null"]
    column: _AnyColumn


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Between(_Bounded):
    """Expects that each value lies between bounds."""

    expect: Literal["column_values_to_be_between"]
    column: _OrderedColumn
    min_value: _Bound = None
    max_value: _Bound = None
    strict_min: StrictBool = False
    strict_max: StrictBool = False


@dataclass(frozen=True, kw_only=True, config=STRICT)
class InSet(Entry):
    """Expects that each value is, or is not, one of a set."""

    expect: Literal["column_values_to_be_in_set", "column_values_to_not_be_in_set"]
    column: _TextualColumn
    value_set: Annotated[list[str], Schema(min_length=1)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MatchesPattern(Entry):
    """Expects that each value matches, or does not match, a regular expression."""

    expect: Literal["column_values_to_match_regex", "column_values_to_not_match_regex"]
    column: _TextualColumn
    regex: Annotated[str, AfterValidator(_is_pattern)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LengthBetween(_Bounded):
    """Expects that each value has so many characters."""

    expect: Literal["column_value_lengths_to_be_between"]
    column: _TextualColumn


@dataclass(frozen=True, kw_only=True, config=STRICT)
class GreaterThan(Entry):
    """Expects that each value is greater than the one of another column."""

    expect: Literal["column_pair_values_a_to_be_greater_than_b"]
    column_A: _OrderedColumn  # noqa: N815 - Great Expectations calls it so
    column_B: _OrderedColumn  # noqa: N815
    or_equal: StrictBool = False


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MeanBetween(_Bounded):
    """Expects that the mean of a batch lies between bounds."""

    expect: Literal["column_mean_to_be_between"]
    column: _NumericColumn


@dataclass(frozen=True, kw_only=True, config=STRICT)
class ShareFilledBetween(_Bounded):
    """Expects that so large a share of a batch's rows has a value."""

    expect: Literal["column_proportion_of_non_null_values_to_be_between"]
    column: _AnyColumn


Expectation = (
    NotNull | Between | InSet | MatchesPattern | LengthBetween | GreaterThan | MeanBetween | ShareFilledBetween
)

EXPECTATIONS: dict[str, type[Entry]] = {
    name: model for model in get_args(Expectation) for name in get_args(get_type_hints(model)["expect"])
}
"""The model of an entry by what it expects."""

Suite = Annotated[
    tuple[Expectation, ...],
    Schema(
        min_length=1,
        title="Suite",
        description="What is expected of a mapping's rows, beside what follows from the mapping.",
    ),
]
"""A suite file."""
