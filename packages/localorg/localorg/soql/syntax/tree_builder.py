"""Build the syntax tree of a query while the parser reads it, and refuse what the grammar accepts and Salesforce does
not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from math import isfinite
from typing import Any, TypeVar, cast

from lark import Token, Transformer

from localorg.soql.syntax import tree
from localorg.soql.syntax.tree import Place

LONGEST_TEXT = 4_000
_LARGEST_INT = 2**31 - 1
_UNITS = ("MI", "KM")

Children = list[Any]
Moment = TypeVar("Moment")


class InvalidSyntax(Exception):
    """Syntax that the grammar accepts, and Salesforce does not."""

    def __init__(self, message: str, at: Place | None = None) -> None:
        super().__init__(message)
        self.at = at


class ToSyntax(Transformer[Token, tree.Query]):
    """Builds the tree from the leaves up; each method is named after the rule whose children it gets."""

    def start(self, children: Children) -> tree.Query:
        return cast(tree.Query, children[0])

    def query(self, children: Children) -> tree.Query:
        columns, (source, *parents), scope, where, mode, group_by, having, order_by, *rest = children
        limit, offset, purposes, statistics, all_rows = rest
        if all_rows is not None:
            raise InvalidSyntax("ALL ROWS not allowed in this context", place_of(all_rows))
        subtotals, groups = _to_groups(group_by or ())
        return tree.Query(
            columns,
            source,
            where,
            groups,
            having,
            order_by or (),
            limit,
            offset,
            parents=tuple(parents),
            scope=scope,
            mode=mode,
            subtotals=subtotals,
            purposes=purposes or (),
            statistics=statistics or (),
        )

    def select_list(self, children: Children) -> tuple[Any, ...]:
        return tuple(children)

    sources = group_by = order_by = paths = select_list

    def column(self, children: Children) -> tree.Column:
        operand, alias = children
        return tree.Column(_to_operand(operand), alias and str(alias))

    def type_of(self, children: Children) -> tree.TypeOf:
        relationship, *branches, otherwise = children
        return tree.TypeOf(relationship, tuple(branches), otherwise or ())

    def when(self, children: Children) -> tree.When:
        sobject, paths = children
        return tree.When(str(sobject), paths, place_of(sobject))

    def where(self, children: Children) -> Any:
        return children[0]

    having = alias = otherwise = where

    def source(self, children: Children) -> tree.Source:
        *names, alias = children
        words = tuple(str(name) for name in names)
        return tree.Source(words[-1], alias and str(alias), place_of(names[0]), words[:-1])

    def scope(self, children: Children) -> tree.Word:
        return _to_word(children[0])

    mode = scope

    def categories(self, children: Children) -> tree.Word:
        return _to_word(children[0])

    def category(self, _children: Children) -> None:
        """Ignore categories, which belong to articles; the org has none."""

    def limit(self, children: Children) -> int:
        return _to_int(children[0])

    offset = limit

    def purposes(self, children: Children) -> tuple[tree.Word, ...]:
        return tuple(_to_word(child) for child in children)

    statistics = purposes

    def ordering(self, children: Children) -> tree.Ordering:
        operand, direction, nulls = children
        return tree.Ordering(_to_operand(operand), _is(direction, "DESC"), _is(nulls, "LAST"))

    def all_of(self, children: Children) -> tree.AllOf:
        return tree.AllOf(tuple(children))

    def any_of(self, children: Children) -> tree.AnyOf:
        return tree.AnyOf(tuple(children))

    def negation(self, children: Children) -> tree.Negation:
        return tree.Negation(children[-1])

    def comparison(self, children: Children) -> tree.Comparison:
        operand, operator, value = children
        return tree.Comparison(_to_operand(operand), {"<>": "!="}.get(operator, operator.upper()), value)

    def membership(self, children: Children) -> tree.Membership:
        operand, *operators, members = children
        return tree.Membership(_to_operand(operand), " ".join(word.upper() for word in operators), members)

    def members(self, children: Children) -> tuple[tree.Value, ...] | tree.Query:
        return children[0] if isinstance(children[0], tree.Query) else tuple(children)

    def path(self, children: Children) -> tree.Path:
        return tree.Path(tuple(str(name) for name in children), place_of(children[0]))

    def call(self, children: Children) -> tree.Call:
        name, *arguments = children
        given = tuple(argument for argument in arguments if argument is not None)
        call = tree.Call(name.upper(), given, place_of(name))
        if call.name == "DISTANCE" and not _is_distance(given):
            raise InvalidSyntax("DISTANCE takes a field, a GEOLOCATION and 'mi' or 'km'", call.at)
        if call.name != "DISTANCE":
            for argument in given:
                _to_operand(argument)
        return call

    def text(self, children: Children) -> tree.Text:
        if len(children[0]) - 2 > LONGEST_TEXT:
            message = f"a text in a query can not be longer than {LONGEST_TEXT:,} characters"
            raise InvalidSyntax(message, place_of(children[0]))
        return tree.Text(children[0][1:-1], place_of(children[0]))

    def number(self, children: Children) -> tree.Number:
        return tree.Number(_to_float(children[0], children[0]), place_of(children[0]))

    def currency(self, children: Children) -> tree.Currency:
        code, amount = children[0][:3], children[0][3:]
        return tree.Currency(code.upper(), _to_float(children[0], amount), place_of(children[0]))

    def date(self, children: Children) -> tree.Date:
        return tree.Date(_to_moment(children[0], date.fromisoformat), place_of(children[0]))

    def datetime(self, children: Children) -> tree.DateTime:
        return tree.DateTime(_to_moment(children[0], _to_utc), place_of(children[0]))

    def time(self, children: Children) -> tree.Time:
        return tree.Time(_to_moment(children[0], time.fromisoformat), place_of(children[0]))

    def word(self, children: Children) -> tree.Value:
        name, *number = children
        make = _CONSTANTS.get(name.upper())
        if make is not None and not number:
            return make(place_of(name))
        return tree.DateLiteral(name.upper(), _to_int(number[0]) if number else None, place_of(name))


_CONSTANTS: dict[str, Callable[[Place], tree.Value]] = {
    "TRUE": lambda at: tree.Boolean(True, at),
    "FALSE": lambda at: tree.Boolean(False, at),
    "NULL": tree.Null,
}


def place_of(token: Token) -> Place:
    return Place(token.line or 1, token.column or 1)


def _to_word(token: Token) -> tree.Word:
    return tree.Word(token.upper(), place_of(token))


def _to_groups(operands: Sequence[tree.Operand]) -> tuple[tree.Word | None, tuple[tree.Operand, ...]]:
    """Return the fields of GROUP BY, and ROLLUP or CUBE where they stand in one of them."""
    calls = [o for o in operands if isinstance(o, tree.Call) and o.name in ("ROLLUP", "CUBE")]
    if not calls:
        return None, tuple(_to_operand(o) for o in operands)
    call = calls[0]
    fields = tuple(argument for argument in call.arguments if isinstance(argument, tree.Path | tree.Call))
    if len(operands) > 1 or not fields or len(fields) < len(call.arguments):
        raise InvalidSyntax(f"unexpected token: '{call.name}'", call.at)
    return tree.Word(call.name, call.at), fields


def _to_operand(operand: Any) -> Any:
    """Return the operand, unless it is a GEOLOCATION, which stands in DISTANCE only."""
    if isinstance(operand, tree.Call) and operand.name == "GEOLOCATION":
        raise InvalidSyntax("unexpected token: 'GEOLOCATION'", operand.at)
    return operand


def _is_distance(arguments: Sequence[Any]) -> bool:
    match arguments:
        case (tree.Path(), tree.Call("GEOLOCATION", (tree.Number(), tree.Number())), tree.Text(unit)):
            return unit.upper() in _UNITS
    return False


def _to_int(token: Token) -> int:
    if len(token) > 10 or int(token) > _LARGEST_INT:
        raise InvalidSyntax(f'For input string: "{token[:40]}"', place_of(token))
    return int(token)


def _to_float(token: Token, digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise InvalidSyntax(f'For input string: "{token[:40]}"', place_of(token))
    return number


def _to_moment(token: Token, convert: Callable[[str], Moment]) -> Moment:
    try:
        return convert(str(token))
    except (ValueError, OverflowError) as error:
        raise InvalidSyntax(f"a date that does not exist: {error}", place_of(token)) from error


def _to_utc(text: str) -> datetime:
    return datetime.fromisoformat(text.upper()).astimezone(UTC)


def _is(token: Token | None, word: str) -> bool:
    return token is not None and token.upper() == word
