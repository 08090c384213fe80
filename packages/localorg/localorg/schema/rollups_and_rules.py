"""Definitions of roll-up summary fields, validation rules and duplicate rules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Summary:
    """A roll-up of the records that point to the one that holds the field."""

    sobject: str
    reference: str
    """The field of those records that points here."""
    operation: str
    """sum, count, min or max."""
    field: str | None = None
    """What is summed up; None for count."""
    where: str | None = None
    """A formula that is true for the records to take in."""


@dataclass(frozen=True)
class ValidationRule:
    """Refuses records for which the formula `when` is true."""

    name: str
    when: str
    message: str
    field: str | None = None
    """Where the message stands; None for the top of the page."""


@dataclass(frozen=True)
class DuplicateRule:
    """Refuses records that have the same values as another one in all fields of `match`, none of them blank."""

    name: str
    match: tuple[str, ...]
    allows: bool = False
    """Whether a client may override it: an alert, where others block."""
    message: str = "Use one of these records?"
