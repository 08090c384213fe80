"""A further condition of a rule: what a field of the source, or of a record that it refers to, must hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field as Schema
from pydantic import PlainValidator, StrictBool, WithJsonSchema
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticKnownError

from closedwon.kinds import KINDS, Kind
from closedwon.mapping.model.mapping import Field
from closedwon.mapping.model.names import STRICT, FieldPath
from closedwon.mapping.model.suite import UnquotedDate
from closedwon.mapping.model.triggers import find_unknown_labels

_TAKES = {
    "is": lambda kind: kind.is_textual,
    "is_not": lambda kind: kind.is_textual,
    "at_least": lambda kind: kind.is_ordered,
    "at_most": lambda kind: kind.is_ordered,
    "is_empty": lambda kind: kind.name != "boolean",
    "is_checked": lambda kind: kind.name == "boolean",
}
"""The tests, by their keys in a rule file, and whether each is for fields of a kind."""


def _to_bound(seen: Any) -> float | str:
    if isinstance(seen, UnquotedDate):
        return seen.text
    if isinstance(seen, bool) or not isinstance(seen, int | float | str):
        raise PydanticKnownError("string_type")
    return seen


_Labels = Annotated[tuple[str, ...], Schema(min_length=1)]
_Bound = Annotated[float | str | None, PlainValidator(_to_bound), WithJsonSchema({"type": ["number", "string"]})]


@dataclass(frozen=True, config=STRICT)
class Condition:
    """What a record must meet beside the trigger: one test of one field, or both bounds of a range."""

    field: FieldPath
    """A field of the source; with a dot, of a record that it refers to: `Account.Type`, by its field AccountId."""
    labels: _Labels | None = Schema(default=None, alias="is")
    """It has one of these labels, as people see them in Salesforce."""
    other_than: _Labels | None = Schema(default=None, alias="is_not")
    """It has none of these labels; neither has an empty field."""
    at_least: _Bound = None
    """It is this number or date, or a greater one; an empty field is neither."""
    at_most: _Bound = None
    """It is this number or date, or a smaller one; an empty field is neither."""
    is_empty: StrictBool | None = None
    """`true`: it is empty; `false`: it is not."""
    is_checked: StrictBool | None = None
    """`true`: the checkbox is set; `false`: it is not."""

    @property
    def tests(self) -> dict[str, Any]:
        """Return the tests that the file writes, by their keys there."""
        values = (self.labels, self.other_than, self.at_least, self.at_most, self.is_empty, self.is_checked)
        return {key: value for key, value in zip(_TAKES, values, strict=True) if value is not None}

    @property
    def words(self) -> str:
        """Return the condition in a line, such as `Type is New Customer`."""
        tests = (f"{key} {', '.join(v) if isinstance(v, tuple) else v}" for key, v in self.tests.items())
        return f"{self.field} {' and '.join(tests)}"

    def find_unfit(self, field: Field) -> Iterator[tuple[str, str]]:
        """Yield what speaks against testing this field so, each with the key at fault."""
        if not self.tests:
            yield "field", f"{self.field} is not tested: write one of {', '.join(_TAKES)}"
        if len(self.tests) > 1 and self.tests.keys() != {"at_least", "at_most"}:
            yield list(self.tests)[1], f"{' and '.join(self.tests)} stand in one condition: write a line for each"
        for key, value in self.tests.items():
            for message in _find_unfit_test(self.field, field, key, value):
                yield key, message

    def why_not(self, field: Field, value: str, rule: str) -> str:
        """Return the reason that is written down for a record that does not meet it."""
        if self.is_checked is not None:
            not_yet = "not checked" if self.is_checked else "checked"
            return f"{self.field} is {not_yet}; the rule {rule} waits until it is{'' if self.is_checked else ' not'}."
        if self.is_empty:
            return f"{self.field} is not empty; the rule {rule} takes only records where it is."
        if self.labels is not None:
            taken = " or ".join(f"'{label}'" for label in self.labels)
            return f"{self.field} is {_seen(field, value)}; the rule {rule} takes only {taken}."
        if self.other_than is not None:
            return f"{self.field} is {_seen(field, value)}, which the rule {rule} does not take."
        if not value:
            return f"{self.field} is empty; the rule {rule} takes only records that have it."
        bounds = " and ".join(f"{key.replace('_', ' ')} {bound}" for key, bound in self.tests.items())
        return f"{self.field} is not {bounds}; the rule {rule} takes only records where it is."


def to_exact_bound(kind: Kind, bound: float | str) -> str | None:
    """Return a bound as Postgres reads a value of the kind; None where it is none."""
    parsed = kind.parse_bound(bound) if kind.parse_bound is not None else None
    if parsed is None:
        return None
    return parsed.isoformat() if isinstance(parsed, datetime) else str(bound)


def _find_unfit_test(path: str, field: Field, key: str, value: Any) -> Iterator[str]:
    if not _TAKES[key](field.kind):
        kinds = " or ".join(sorted(kind.name for kind in KINDS.values() if _TAKES[key](kind)))
        yield f"`{key}` is for fields of type {kinds}, but {path} is {field.type}"
    elif key in ("is", "is_not"):
        yield from find_unknown_labels(field, value)
    elif key in ("at_least", "at_most") and to_exact_bound(field.kind, value) is None:
        yield f"`{key}: {value}` must be {field.kind.bound_expected}: {path} is {field.type}"


def _seen(field: Field, value: str) -> str:
    return f"'{field.to_label(value)}'" if value else "empty"
