"""Syntax tree of a query, before any name in it is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time


@dataclass(frozen=True)
class Place:
    """A position in the query's text; line and column count from 1."""

    line: int
    column: int


START = Place(1, 1)
"""Of what no query's writer wrote: of formulas, and of fields that the org reads by itself."""


@dataclass(frozen=True)
class Path:
    """A field, with the relationships that lead to it: `Account.Owner.Name`."""

    names: tuple[str, ...]
    at: Place

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True)
class Text:
    """A quoted text as written, escapes and all: `LIKE` reads `\\%` otherwise than `=` does."""

    raw: str
    at: Place


@dataclass(frozen=True)
class Number:
    value: float
    at: Place


@dataclass(frozen=True)
class Date:
    value: date
    at: Place


@dataclass(frozen=True)
class DateTime:
    """A point in time, in UTC."""

    value: datetime
    at: Place


@dataclass(frozen=True)
class Time:
    """A time of day, in UTC."""

    value: time
    at: Place


@dataclass(frozen=True)
class Boolean:
    value: bool
    at: Place


@dataclass(frozen=True)
class Null:
    at: Place


@dataclass(frozen=True)
class DateLiteral:
    """`TODAY`, `LAST_N_DAYS:30`: a span of days that depends on the clock. `name` is in upper case."""

    name: str
    number: int | None
    at: Place


@dataclass(frozen=True)
class Currency:
    """`USD100.01`: an amount in a currency of its own. `code` is in upper case."""

    code: str
    value: float
    at: Place


Value = Text | Number | Currency | Date | DateTime | Time | Boolean | Null | DateLiteral


@dataclass(frozen=True)
class Call:
    """A function: `COUNT(Id)`, `FIELDS(ALL)`. `name` is in upper case."""

    name: str
    arguments: tuple[Path | Call | Value, ...]
    at: Place


Operand = Path | Call


@dataclass(frozen=True)
class Comparison:
    """`operator` is one of = != < <= > >= LIKE."""

    operand: Operand
    operator: str
    value: Value


@dataclass(frozen=True)
class Membership:
    """`operator` is one of IN, NOT IN, INCLUDES, EXCLUDES."""

    operand: Operand
    operator: str
    members: tuple[Value, ...] | Query


@dataclass(frozen=True)
class Negation:
    condition: Condition


@dataclass(frozen=True)
class AllOf:
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    conditions: tuple[Condition, ...]


Condition = Comparison | Membership | Negation | AllOf | AnyOf


@dataclass(frozen=True)
class Column:
    operand: Operand
    alias: str | None


@dataclass(frozen=True)
class When:
    """One branch of TYPEOF: what to read where the parent is of that object."""

    sobject: str
    paths: tuple[Path, ...]
    at: Place


@dataclass(frozen=True)
class TypeOf:
    """`TYPEOF What WHEN Account THEN Phone ELSE Name END`; `otherwise` is empty without ELSE."""

    relationship: Path
    branches: tuple[When, ...]
    otherwise: tuple[Path, ...]


@dataclass(frozen=True)
class Ordering:
    operand: Operand
    is_descending: bool
    is_nulls_last: bool


@dataclass(frozen=True)
class Source:
    """An entry of FROM: an object, or in a child subquery a relationship.

    `within` is what stands before its name, as in `FROM Account.Contacts` and in `FROM Contact c, c.Account a`.
    """

    name: str
    alias: str | None
    at: Place
    within: tuple[str, ...] = ()


@dataclass(frozen=True)
class Word:
    """A name that stands for itself: a scope, a security mode. `text` is in upper case."""

    text: str
    at: Place


@dataclass(frozen=True)
class Query:
    """`SELECT ... FROM ...`, or a part of it in parentheses.

    `parents` are the further entries of FROM, `scope` is that of USING SCOPE, `mode` that of WITH; `subtotals` is
    ROLLUP or CUBE; `purposes` are the words after FOR, `statistics` those after UPDATE.
    """

    columns: tuple[Column | TypeOf | Query, ...]
    source: Source
    where: Condition | None = None
    group_by: tuple[Operand, ...] = ()
    having: Condition | None = None
    order_by: tuple[Ordering, ...] = ()
    limit: int | None = None
    offset: int | None = None
    parents: tuple[Source, ...] = ()
    scope: Word | None = None
    mode: Word | None = None
    subtotals: Word | None = None
    purposes: tuple[Word, ...] = ()
    statistics: tuple[Word, ...] = ()
