"""A template: the phases and tasks that a new project begins with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TemplateTask:
    name: str
    hours: float
    due_after_days: int


@dataclass(frozen=True)
class TemplatePhase:
    name: str
    tasks: tuple[TemplateTask, ...]


@dataclass(frozen=True)
class Template:
    """The phases and tasks that a new project begins with, from `templates/<name>.yaml`."""

    name: str
    file: str
    phases: tuple[TemplatePhase, ...]
