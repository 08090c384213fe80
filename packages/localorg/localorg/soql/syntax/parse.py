"""Parse the text of a query into a syntax tree."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path as FilePath
from typing import cast

from lark import Lark, UnexpectedCharacters, UnexpectedToken

from localorg.errors import OrgError
from localorg.soql.syntax import tree
from localorg.soql.syntax.query_errors import QueryErrors
from localorg.soql.syntax.tree_builder import InvalidSyntax, ToSyntax, place_of

GRAMMAR = FilePath(__file__).with_name("soql.lark")
LONGEST_QUERY = 100_000


@lru_cache(maxsize=256)
def parse(soql: str) -> tree.Query:
    """Return the syntax tree of a query; it depends on the text alone, so that a repeated query is parsed once.

    Raises:
        OrgError: MALFORMED_QUERY.
    """
    errors = QueryErrors(soql)
    if len(soql) > LONGEST_QUERY:
        raise errors.malformed("SOQL statements can't be longer than 100,000 characters.")
    if not _is_text(soql):
        raise errors.malformed("the query holds half of a surrogate pair, which is no character")
    try:
        return cast(tree.Query, _parser().parse(soql))
    except UnexpectedToken as error:
        raise _unexpected(errors, soql, error) from error
    except UnexpectedCharacters as error:
        raise _unreadable(errors, soql, error) from error
    except InvalidSyntax as error:
        raise errors.malformed(str(error), error.at) from error


_LONGEST_TOKEN = 100
_BIND = "Bind variables only allowed in Apex code"


def _unexpected(errors: QueryErrors, soql: str, error: UnexpectedToken) -> OrgError:
    token = error.token
    if token.type == "$END":
        return errors.unreadable(*_end(soql), "unexpected token: '<EOF>'")
    if token.type == "COLON" or (token.type == "NAME" and error.expected == {"LPAR"}):
        return errors.malformed(_BIND, place_of(token))
    place = place_of(token)
    return errors.unreadable(place.line, place.column - 1, f"unexpected token: '{token[:_LONGEST_TOKEN]}'")


def _unreadable(errors: QueryErrors, soql: str, error: UnexpectedCharacters) -> OrgError:
    if error.char == "'":
        line, column = _end(soql)
        return errors.unreadable(line, column, f"line {line}:{column} mismatched character '<EOF>' expecting '''")
    line, column = error.line, error.column - 1
    return errors.unreadable(line, column, f"line {line}:{column} no viable alternative at character '{error.char}'")


def _end(soql: str) -> tuple[int, int]:
    """Return the line of the end, from 1, and its column, from 0."""
    lines = soql.split("\n")
    return len(lines), len(lines[-1])


def _is_text(soql: str) -> bool:
    try:
        soql.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _parser() -> Lark:
    return Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        transformer=ToSyntax(),
        maybe_placeholders=True,
        propagate_positions=False,
    )
