"""Reads `suites/<mapping>.yaml`: what a table's rows are expected to be, beside what follows from the mapping.

The names are Great Expectations' own, without `expect_`. Only those are allowed that can be judged on a batch (the rows
of one page, perhaps a single one), and only parameters that we check here: a suite that would crash on its
first batch is found when the file is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any

import yaml

from closedwon.kinds import KINDS, Kind
from closedwon.mapping.model import Field
from closedwon.mapping.reader.findings import FileFindings
from closedwon.mapping.reader.yaml_nodes import Scalar, Section, as_sections
from closedwon.mapping.spelling import did_you_mean


def _any(_: Kind) -> bool:
    return True


def _is_ordered(kind: Kind) -> bool:
    return kind.is_ordered


def _is_numeric(kind: Kind) -> bool:
    return kind.is_numeric


def _is_textual(kind: Kind) -> bool:
    return kind.is_textual


@dataclass(frozen=True)
class _Shape:
    """What one expectation takes. `bounds`: of which parameters at least one must be there; `needs`: which all must."""

    takes: Callable[[Kind], bool]
    """Whether it can be asked of a column of this kind."""
    bounds: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    columns: tuple[str, ...] = ("column",)

    @property
    def keys(self) -> tuple[str, ...]:
        return ("expect", *self.columns, *self.bounds, *self.needs, *self.flags, "note")


_BOUNDS = ("min_value", "max_value")

SHAPES = {
    "column_values_to_not_be_null": _Shape(_any),
    "column_values_to_be_between": _Shape(_is_ordered, bounds=_BOUNDS, flags=("strict_min", "strict_max")),
    "column_values_to_be_in_set": _Shape(_is_textual, needs=("value_set",)),
    "column_values_to_not_be_in_set": _Shape(_is_textual, needs=("value_set",)),
    "column_values_to_match_regex": _Shape(_is_textual, needs=("regex",)),
    "column_values_to_not_match_regex": _Shape(_is_textual, needs=("regex",)),
    "column_value_lengths_to_be_between": _Shape(_is_textual, bounds=_BOUNDS),
    "column_pair_values_a_to_be_greater_than_b": _Shape(
        _is_ordered, flags=("or_equal",), columns=("column_A", "column_B")
    ),
    "column_mean_to_be_between": _Shape(_is_numeric, bounds=_BOUNDS),
    "column_proportion_of_non_null_values_to_be_between": _Shape(_any, bounds=_BOUNDS),
}
_COUNTED = ("column_value_lengths_to_be_between", "column_proportion_of_non_null_values_to_be_between")


def read_suite(root: yaml.Node, findings: FileFindings, received: Iterable[Field] | None) -> tuple[dict[str, Any], ...]:
    """Return the expectations of one file, each a dictionary of `expect`, its columns, its parameters and its note.

    Args:
        received: the fields whose columns a row has when it is checked; None where the mapping file is broken, so that
            nothing can be said of its columns.
    """
    kinds = {field.column: field.kind for field in received} if received is not None else None
    keys = sorted({key for shape in SHAPES.values() for key in shape.keys})
    sections = as_sections(root, "a suite", findings, keys)
    return tuple(found for section in sections if (found := _read_expectation(section, kinds)) is not None)


def _read_expectation(section: Section, kinds: Dictionary[str, Kind] | None) -> dict[str, Any] | None:
    name = section.one_of("expect", tuple(SHAPES))
    if name is None:
        return None
    shape = SHAPES[name]
    found: dict[str, Any] = {"expect": name}
    seen = {}
    for key in shape.columns:
        found[key] = section.text(key, required=True)
        seen[key] = _check_column(section, key, name, kinds)
    for key in sorted({key for other in SHAPES.values() for key in other.keys} - set(shape.keys)):
        if key in section:
            section.note(key, f"`{key}` is not a parameter of {name}; those are {', '.join(shape.keys)}")
    counted = KINDS["integer"] if name in _COUNTED else seen[shape.columns[0]]
    found |= {key: _read_bound(section, key, counted) for key in shape.bounds if key in section}
    if shape.bounds and not any(key in section for key in shape.bounds):
        section.findings.note(section.line, f"{name} needs `{'` or `'.join(shape.bounds)}`")
    found |= {key: _read_need(section, key) for key in shape.needs}
    found |= {key: section.flag(key) for key in shape.flags if key in section}
    return found | {"note": section.text("note") or ""}


def _check_column(section: Section, key: str, name: str, kinds: Dictionary[str, Kind] | None) -> Kind | None:
    column = section.text(key)
    if column is None or kinds is None:
        return None
    if column not in kinds:
        section.note(key, f"no received field has the column '{column}'{did_you_mean(column, kinds)}")
        return None
    kind = kinds[column]
    if not SHAPES[name].takes(kind):
        taken = sorted(other.name for other in KINDS.values() if SHAPES[name].takes(other))
        section.note(key, f"{name} is for {', '.join(taken)}, but '{column}' is {kind.name}")
    return kind


def _read_bound(section: Section, key: str, kind: Kind | None) -> Scalar | None:
    value = section.scalar(key)
    if value is not None and kind is not None and kind.parse_bound is not None and kind.parse_bound(value) is None:
        section.note(key, f"`{key}: {value}` must be {kind.bound_expected}")
    return value


def _read_need(section: Section, key: str) -> Any:
    if key == "value_set":
        return section.texts(key)
    pattern = section.text(key, required=True)
    try:
        re.compile(pattern or "")
    except re.error as error:
        section.note(key, f"`{key}: {pattern}` is not a regular expression: {error}")
    return pattern


def suite_schema() -> dict[str, Any]:
    """Return the JSON Schema of a suite file: a list of expectations, each with its own parameters."""
    return {
        "title": "Suite",
        "description": "What is expected of a mapping's rows, beside what follows from the mapping.",
        "type": "array",
        "minItems": 1,
        "items": {"anyOf": [_shape_schema(name, shape) for name, shape in SHAPES.items()]},
    }


def _shape_schema(name: str, shape: _Shape) -> dict[str, Any]:
    needs = {
        key: {"type": "array", "items": {"type": "string"}} if key == "value_set" else {"type": "string"}
        for key in shape.needs
    }
    return {
        "type": "object",
        "properties": {
            "expect": {"const": name},
            **{key: {"type": "string"} for key in shape.columns},
            **{key: {"type": ["number", "string"]} for key in shape.bounds},
            **needs,
            **{key: {"type": "boolean"} for key in shape.flags},
            "note": {"type": "string"},
        },
        "required": ["expect", *shape.columns, *shape.needs],
        "additionalProperties": False,
    }
