"""A rule: which records become projects, and what a new project gets."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True)
class OneTimeField:
    """A project column that is filled once, when the project is made, from a field of the source or of a parent."""

    column: str
    sobject: str
    field: str
    line: int = 0


@dataclass(frozen=True)
class Trigger:
    """What picks a record: `field` changes to one of `values`, or (values == ("true",)) the checkbox is set."""

    kind: Literal["changes_to", "is_checked"]
    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """Which records of one source object become projects, and what a new project gets. From `rules/<name>.yaml`."""

    name: str
    file: str
    source: str
    trigger: Trigger
    default_lead: str
    """E-mail address of the internal project lead that every project of this rule gets."""
    once: tuple[OneTimeField, ...]
    template_field: str | None = None
    templates: Dictionary[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Value of `template_field` to template name."""
    default_template: str | None = None
