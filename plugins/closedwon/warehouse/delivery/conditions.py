"""A rule's further conditions, as SQL: which one a record does not meet, and the value that its field has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, and_, case, cast, exists, func, literal, null, or_
from sqlalchemy.types import TypeEngine

from closedwon.mapping.model.condition import to_exact_bound
from closedwon.mapping.resolve.conditions import ResolvedCondition
from closedwon.mapping.resolve.rules import ResolvedRule
from closedwon.warehouse.delivery.projects import PROJECTS
from closedwon.warehouse.delivery.source_rows import SourceRows


def find_unmet(rows: SourceRows, source: ResolvedRule) -> dict[str, ColumnElement[Any]]:
    """Return columns on the first condition that a record does not meet; all null where it meets every one.

    Returns:
        `unmet`, its position; `unmet_value`, what its field has, "" where that is empty; `taken_by`, a rule that comes
        first and takes the record; `unmet_words`, which changes with any of these, so that it is looked at again.
    """
    tested = [(one, rows.value(one)) for one in source.conditions]
    fails = [~_holds(one, value) for one, value in tested]
    texts = [func.coalesce(cast(value, Text), "") for _, value in tested]
    taken_by = _find_taker(rows, source)
    words = [literal(f"{one.condition.words}: ").concat(text) for (one, _), text in zip(tested, texts, strict=True)]
    return {
        "unmet": _first(fails, list(range(len(fails))), Integer()),
        "unmet_value": _first(fails, texts, Text()),
        "taken_by": taken_by,
        "unmet_words": func.coalesce(literal("after ").concat(taken_by), _first(fails, words, Text())),
    }


def _find_taker(rows: SourceRows, source: ResolvedRule) -> ColumnElement[str]:
    """Return the first of the rules that come before this one that picks the record or has made its project."""
    takers = []
    for earlier in source.earlier:
        meets = [_holds(one, rows.value(one)) for one in earlier.conditions]
        is_picked = and_(rows.text(earlier.trigger).in_(earlier.wanted), *meets)
        of_record = PROJECTS.c.source_salesforce_id == rows.table.c.salesforce_id
        has_project = exists().where(of_record, PROJECTS.c.rule == earlier.rule.name).correlate(rows.table)
        takers.append((or_(is_picked, has_project), literal(earlier.rule.name)))
    return case(*takers, else_=null()) if takers else cast(null(), Text)


def _first(fails: list[ColumnElement[bool]], values: Sequence[Any], kind: TypeEngine[Any]) -> ColumnElement[Any]:
    if not fails:
        return cast(null(), kind)
    return case(*((is_so, cast(value, kind)) for is_so, value in zip(fails, values, strict=True)), else_=null())


def _holds(one: ResolvedCondition, value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether the value meets the condition; never null."""
    condition, field, text = one.condition, one.field, func.coalesce(cast(value, Text), "")
    demands: list[ColumnElement[bool]] = []
    if condition.labels is not None:
        demands.append(text.in_([field.to_code(label) for label in condition.labels]))
    if condition.other_than is not None:
        demands.append(text.not_in([field.to_code(label) for label in condition.other_than]))
    if condition.at_least is not None:
        demands.append(func.coalesce(value >= _bound(one, condition.at_least, value), False))
    if condition.at_most is not None:
        demands.append(func.coalesce(value <= _bound(one, condition.at_most, value), False))
    if condition.is_empty is not None:
        demands.append((text == "") == condition.is_empty)
    if condition.is_checked is not None:
        demands.append(func.coalesce(value, False) == condition.is_checked)
    return and_(*demands)


def _bound(one: ResolvedCondition, bound: float | str, value: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(literal(to_exact_bound(one.field.kind, bound), Text), value.type)
