"""Syntax tree of a formula, before any name in it is looked up."""

from __future__ import annotations

from dataclasses import dataclass


class FormulaError(ValueError):
    """A formula that cannot be read, or that puts together what does not fit."""


def wrong_number(name: str, received: int) -> FormulaError:
    """Return the error for a call with too many or too few arguments."""
    return FormulaError(f"Incorrect number of parameters for function '{name}()'; received {received}")


@dataclass(frozen=True)
class Literal:
    """A text, a number, a truth, or None for NULL."""

    value: str | float | bool | None


@dataclass(frozen=True)
class Path:
    """A field, with the relationships that lead to it: `Account.Owner.Email`."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True)
class Operation:
    """`operator` is one of || && = <> < <= > >= & + - * / ^."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Call:
    """A function; `name` is in upper case."""

    name: str
    arguments: tuple[Expression, ...]


Expression = Literal | Path | Operation | Call
