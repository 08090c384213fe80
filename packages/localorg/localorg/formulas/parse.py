"""Parse the text of a formula into a syntax tree."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path as FilePath
from typing import Any, cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from localorg.formulas.syntax import Call, Expression, FormulaError, Literal, Operation, Path

GRAMMAR = FilePath(__file__).with_name("formula.lark")
_CONSTANTS: dict[str, bool | None] = {"TRUE": True, "FALSE": False, "NULL": None}
_OPERATORS = {"==": "=", "!=": "<>"}


@lru_cache(maxsize=512)
def parse_formula(text: str) -> Expression:
    """Return the tree of a formula; it depends on nothing but the text.

    Raises:
        FormulaError: the text is no formula.
    """
    try:
        return cast(Expression, _parser().parse(text))
    except UnexpectedInput as error:
        raise FormulaError(f"Syntax error: {_describe(error)}") from error


def _describe(error: UnexpectedInput) -> str:
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return f"unexpected '{error.token}' in line {error.line}, column {error.column}"
    if isinstance(error, UnexpectedCharacters):
        return f"unexpected '{error.char}' in line {error.line}, column {error.column}"
    return "the formula ends too early"


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR.read_text(encoding="utf-8"), parser="lalr", transformer=_ToTree(), maybe_placeholders=False)


Children = list[Any]


class _ToTree(Transformer[Token, Expression]):
    """Builds the tree from the leaves up; each method is named after the rule whose children it gets."""

    def start(self, children: Children) -> Expression:
        return cast(Expression, children[0])

    def operation(self, children: Children) -> Operation:
        left, operator, right = children
        return Operation(_OPERATORS.get(operator, str(operator)), left, right)

    def sign(self, children: Children) -> Expression:
        sign, operand = children
        return Operation("-", Literal(0.0), operand) if sign == "-" else cast(Expression, operand)

    def negation(self, children: Children) -> Call:
        return Call("NOT", tuple(children))

    def path(self, children: Children) -> Expression:
        names = tuple(str(name) for name in children)
        if len(names) == 1 and names[0].upper() in _CONSTANTS:
            return Literal(_CONSTANTS[names[0].upper()])
        return Path(names)

    def call(self, children: Children) -> Call:
        name, *arguments = children
        return Call(name.upper(), tuple(arguments))

    def number(self, children: Children) -> Literal:
        return Literal(float(children[0]))

    def text(self, children: Children) -> Literal:
        return Literal(re.sub(r"\\(.)", _to_sign, children[0][1:-1], flags=re.DOTALL))


def _to_sign(escape: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t", "r": "\r"}.get(escape[1], escape[1])
