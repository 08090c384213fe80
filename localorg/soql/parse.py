"""From the text of a query to its syntax tree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from pathlib import Path as FilePath
from typing import Any, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken

from localorg.soql import syntax
from localorg.soql.faults import QueryFaults
from localorg.soql.syntax import Place

GRAMMAR = FilePath(__file__).with_name("soql.lark")
LONGEST_QUERY = 100_000


@lru_cache(maxsize=256)
def parse(soql: str) -> syntax.Query:
    """The syntax tree of a query; it depends on nothing but the text, so that a repeated query is parsed once.

    Raises:
        OrgError: MALFORMED_QUERY. That something is wrong is Salesforce's judgement too; of its wordings only
            `unexpected token` is known to us.
    """
    faults = QueryFaults(soql)
    if len(soql) > LONGEST_QUERY:
        raise faults.malformed("SOQL statements can't be longer than 100,000 characters.")
    try:
        return cast(syntax.Query, _parser().parse(soql))
    except UnexpectedToken as error:
        token = error.token
        if token.type == "$END":
            raise faults.malformed("unexpected token: '<EOF>'") from error
        raise faults.malformed(f"unexpected token: '{token}'", _place(token)) from error
    except UnexpectedCharacters as error:
        what = f"line {error.line}:{error.column - 1} no viable alternative at character '{error.char}'"
        raise faults.malformed(what) from error
    except ValueError as error:
        raise faults.malformed(f"a date that does not exist: {error}") from error


@cache
def _parser() -> Lark:
    return Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        transformer=_ToSyntax(),
        maybe_placeholders=True,
        propagate_positions=False,
    )


def _place(token: Token) -> Place:
    return Place(token.line or 1, token.column or 1)


Children = list[Any]


class _ToSyntax(Transformer[Token, syntax.Query]):
    """Builds the tree from the leaves up; each method is named after the rule whose children it gets."""

    def start(self, children: Children) -> syntax.Query:
        return cast(syntax.Query, children[0])

    def query(self, children: Children) -> syntax.Query:
        columns, source, where, group_by, having, order_by, limit, offset, _reference = children
        return syntax.Query(columns, source, where, group_by or (), having, order_by or (), limit, offset)

    def select_list(self, children: Children) -> tuple[syntax.Column | syntax.Query, ...]:
        return tuple(children)

    def column(self, children: Children) -> syntax.Column:
        operand, alias = children
        return syntax.Column(operand, alias and str(alias))

    def source(self, children: Children) -> syntax.Source:
        name, alias = children
        return syntax.Source(str(name), alias and str(alias), _place(name))

    def where(self, children: Children) -> syntax.Condition:
        return cast(syntax.Condition, children[0])

    having = where

    def group_by(self, children: Children) -> tuple[syntax.Operand, ...]:
        return tuple(children)

    def order_by(self, children: Children) -> tuple[syntax.Ordering, ...]:
        return tuple(children)

    def limit(self, children: Children) -> int:
        return int(children[0])

    offset = limit

    def reference(self, _children: Children) -> None:
        """FOR VIEW and FOR REFERENCE only mark records as recently used, of which the local org keeps no list."""

    def ordering(self, children: Children) -> syntax.Ordering:
        operand, direction, nulls = children
        return syntax.Ordering(operand, _is(direction, "DESC"), _is(nulls, "LAST"))

    def all_of(self, children: Children) -> syntax.AllOf:
        return syntax.AllOf(tuple(children))

    def any_of(self, children: Children) -> syntax.AnyOf:
        return syntax.AnyOf(tuple(children))

    def negation(self, children: Children) -> syntax.Negation:
        return syntax.Negation(children[-1])

    def comparison(self, children: Children) -> syntax.Comparison:
        operand, operator, value = children
        return syntax.Comparison(operand, {"<>": "!="}.get(operator, operator.upper()), value)

    def membership(self, children: Children) -> syntax.Membership:
        operand, *operators, members = children
        return syntax.Membership(operand, " ".join(word.upper() for word in operators), members)

    def members(self, children: Children) -> tuple[syntax.Value, ...] | syntax.Query:
        return children[0] if isinstance(children[0], syntax.Query) else tuple(children)

    def path(self, children: Children) -> syntax.Path:
        return syntax.Path(tuple(str(name) for name in children), _place(children[0]))

    def call(self, children: Children) -> syntax.Call:
        name, *arguments = children
        given = tuple(argument for argument in arguments if argument is not None)
        return syntax.Call(name.upper(), given, _place(name))

    def text(self, children: Children) -> syntax.Text:
        return syntax.Text(children[0][1:-1], _place(children[0]))

    def number(self, children: Children) -> syntax.Number:
        return syntax.Number(float(children[0]), _place(children[0]))

    def date(self, children: Children) -> syntax.Date:
        return syntax.Date(date.fromisoformat(children[0]), _place(children[0]))

    def datetime(self, children: Children) -> syntax.DateTime:
        return syntax.DateTime(datetime.fromisoformat(children[0].upper()).astimezone(UTC), _place(children[0]))

    def word(self, children: Children) -> syntax.Value:
        name, *number = children
        make = _CONSTANTS.get(name.upper())
        if make is not None and not number:
            return make(_place(name))
        return syntax.DateLiteral(name.upper(), int(number[0]) if number else None, _place(name))


_CONSTANTS: dict[str, Callable[[Place], syntax.Value]] = {
    "TRUE": lambda at: syntax.Boolean(True, at),
    "FALSE": lambda at: syntax.Boolean(False, at),
    "NULL": syntax.Null,
}


def _is(token: Token | None, word: str) -> bool:
    return token is not None and token.upper() == word
