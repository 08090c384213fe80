"""A template: the phases and tasks that a new project begins with."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Strict
from pydantic import Field as Schema
from pydantic.dataclasses import dataclass
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from closedwon.mapping.model.names import STRICT


def _not_below_zero(seen: float) -> float:
    if seen < 0:
        raise PydanticCustomError("unfit", "must not be below zero")
    return seen


def _whole_days(seen: float) -> int:
    if seen < 0 or seen != int(seen):
        raise PydanticCustomError("unfit", "must be a whole number of days, zero or more")
    return int(seen)


_Number = Annotated[float, Strict()]


@dataclass(frozen=True, config=STRICT)
class TemplateTask:
    """One line below `tasks`."""

    name: str
    """What is to be done."""
    hours: Annotated[_Number, AfterValidator(_not_below_zero), Schema(json_schema_extra={"minimum": 0})]
    """Planned effort in hours."""
    due_after_days: Annotated[
        _Number, AfterValidator(_whole_days), Schema(json_schema_extra={"type": "integer", "minimum": 0})
    ]
    """The due date, in days after the project is made, or after the day that the rule's `dates_from` names."""


@dataclass(frozen=True, config=STRICT)
class TemplatePhase:
    """One entry below `phases`."""

    name: str
    """The phase's title."""
    tasks: Annotated[tuple[TemplateTask, ...], Schema(min_length=1)]
    """Its tasks, in order."""


@dataclass(frozen=True, config=STRICT)
class Template:
    """One template file: the phases and tasks that a new project begins with."""

    name: SkipJsonSchema[str]
    file: SkipJsonSchema[str]
    phases: Annotated[tuple[TemplatePhase, ...], Schema(min_length=1)]
    """The phases, in order."""
