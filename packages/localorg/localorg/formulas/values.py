"""Values within a formula: SQL and type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Float, Integer, String, cast, func, literal, null, type_coerce

from localorg.formulas.syntax import FormulaError
from localorg.schema.model import NUMBER_TYPES, Field

Sql = ColumnElement[Any]
Kind = Literal["text", "picklist", "multipicklist", "number", "boolean", "date", "datetime", "null"]


@dataclass(frozen=True)
class Value:
    """Texts and truths are never null: a blank text is '', a blank checkbox false."""

    sql: Sql
    kind: Kind


@dataclass(frozen=True)
class PriorValues:
    """Values of the record before the write, which a validation rule may ask for."""

    is_new: Sql
    value_of: Callable[[Field], Sql]


@dataclass(frozen=True)
class FormulaContext:
    """The context in which a formula is computed."""

    field: Callable[[tuple[str, ...]], tuple[Sql, Field]]
    """The SQL of a field, by its path, and the field."""
    now: datetime
    blanks_are_zero: bool = True
    """Formula fields take a blank number for 0, as they do unless an administrator says otherwise."""
    before: PriorValues | None = None
    """None in formula fields."""


def to_value(sql: Sql, field: Field, *, blanks_are_zero: bool) -> Value:
    """Return a field's value as formulas see it: 75 percent are 0.75."""
    kind = kind_of(field)
    if kind in ("text", "picklist", "multipicklist"):
        return Value(func.coalesce(type_coerce(sql, String()), ""), kind)
    if kind == "boolean":
        return Value(func.coalesce(sql, 0), kind)
    if kind != "number":
        return Value(sql, kind)
    number: Sql = cast(sql, Float)
    if field.type == "percent":
        number = number / 100.0
    return Value(func.coalesce(number, 0.0) if blanks_are_zero else number, kind)


def to_column(value: Value, field: Field) -> Sql:
    """Return the value that a formula field of this type holds for the value of its formula.

    Raises:
        FormulaError: the formula gives another kind of value than the field's.
    """
    kind = kind_of(field)
    if value.kind not in (kind, "null"):
        raise wrong_result(value, kind)
    if kind == "text":
        return type_coerce(func.nullif(value.sql, ""), String()).collate("NOCASE")
    if kind == "number":
        number = value.sql * 100.0 if field.type == "percent" else value.sql
        return type_coerce(func.formula_round(number, field.scale), Float())
    if kind == "boolean":
        return type_coerce(func.coalesce(value.sql, 0), Integer())
    return type_coerce(value.sql, String())


def wrong_result(value: Value, kind: Kind) -> FormulaError:
    """Return the error for a formula whose value has another type than is wanted."""
    return FormulaError(f"Formula result is data type ({value.kind}), incompatible with expected data type ({kind})")


def kind_of(field: Field) -> Kind:
    """Return the kind of a field's values in formulas, where ids and auto numbers are texts."""
    if field.type in NUMBER_TYPES:
        return "number"
    kinds: dict[str, Kind] = {
        "boolean": "boolean",
        "date": "date",
        "datetime": "datetime",
        "picklist": "picklist",
        "multipicklist": "multipicklist",
    }
    return kinds.get(field.type, "text")


def constant(value: str | float | bool | None) -> Value:
    """Return a literal of the formula, passed beside the SQL."""
    if value is None:
        return Value(null(), "null")
    if isinstance(value, bool):
        return Value(literal(int(value)), "boolean")
    return Value(literal(value), "text" if isinstance(value, str) else "number")
