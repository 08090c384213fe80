"""The tree of a formula, as it was written: no name in it has been looked up yet."""

from __future__ import annotations

from dataclasses import dataclass


class FormulaError(ValueError):
    """A formula that cannot be read, or that puts together what does not fit."""


def wrong_number(name: str, received: int) -> FormulaError:
    """A call with too many arguments or too few."""
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
