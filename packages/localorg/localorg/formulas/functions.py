"""Formula functions that need nothing but their arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Integer, String, and_, case, cast, func, literal, not_, or_, type_coerce

from localorg.formulas.syntax import FormulaError, wrong_number
from localorg.formulas.values import Kind, Sql, Value

_CHOICE: tuple[Kind, ...] = ("picklist", "multipicklist")
_MOMENT: tuple[Kind, ...] = ("date", "datetime")


@dataclass(frozen=True)
class Function:
    """`takes` are the kinds of each argument; the last stands for those that follow where `repeats` is set."""

    takes: tuple[tuple[Kind, ...], ...]
    gives: Kind
    to_sql: Callable[..., Sql]
    optional: int = 0
    repeats: bool = False

    def call(self, name: str, arguments: Sequence[Value]) -> Value:
        """Return the value of a call.

        Raises:
            FormulaError: too many arguments, too few, or of the wrong kind.
        """
        least, most = len(self.takes) - self.optional, len(self.takes)
        if len(arguments) < least or (len(arguments) > most and not self.repeats):
            raise wrong_number(name, len(arguments))
        for position, argument in enumerate(arguments):
            expected = self.takes[min(position, most - 1)]
            if argument.kind not in (*expected, "null"):
                reason = f"Expected {' or '.join(expected)}, received {argument.kind}"
                raise FormulaError(f"Incorrect parameter type for function '{name}()'. {reason}")
        return Value(self.to_sql(*(argument.sql for argument in arguments)), self.gives)


def common_kind(name: str, values: Sequence[Value]) -> Kind:
    """Return the one kind of several values, leaving NULL aside.

    Raises:
        FormulaError: they are of several kinds.
    """
    kinds = dict.fromkeys(value.kind for value in values if value.kind != "null")
    if len(kinds) > 1:
        raise FormulaError(f"Incorrect parameter type for '{name}'. Expected {', received '.join(kinds)}")
    return next(iter(kinds), "null")


def is_blank(value: Value) -> Sql:
    """Return whether a value is empty; text and picklists are so as ''."""
    return value.sql == "" if value.kind in ("text", *_CHOICE) else value.sql.is_(None)


def _whole(sql: Sql) -> Sql:
    return cast(sql, Integer)


def _part(first: int, length: int) -> Callable[[Sql], Sql]:
    return lambda moment: func.substr(moment, first, length) * 1.0


def _right(text: Sql, count: Sql) -> Sql:
    return func.substr(text, func.max(func.length(text) - _whole(count) + 1, 1))


def _find(wanted: Sql, text: Sql, start: Sql | None = None) -> Sql:
    first = literal(1) if start is None else _whole(start)
    found = func.instr(func.substr(text, first), wanted)
    return case((found > 0, found + first - 1.0), else_=0.0)


def _has_choice(choices: Sql, wanted: Sql) -> Sql:
    return func.instr(literal(";") + type_coerce(choices, String()) + ";", literal(";") + wanted + ";") > 0


_TEXT: tuple[Kind, ...] = ("text",)
_NUMBER: tuple[Kind, ...] = ("number",)
_TRUTH: tuple[Kind, ...] = ("boolean",)
FUNCTIONS: dict[str, Function] = {
    "AND": Function((_TRUTH,), "boolean", and_, repeats=True),
    "OR": Function((_TRUTH,), "boolean", or_, repeats=True),
    "NOT": Function((_TRUTH,), "boolean", lambda truth: not_(func.coalesce(truth, 0))),
    "ISPICKVAL": Function((("picklist",), _TEXT), "boolean", lambda chosen, wanted: chosen == wanted),
    "INCLUDES": Function((("multipicklist",), _TEXT), "boolean", _has_choice),
    "LEN": Function((_TEXT,), "number", lambda text: func.length(text) * 1.0),
    "LEFT": Function((_TEXT, _NUMBER), "text", lambda text, count: func.substr(text, 1, func.max(_whole(count), 0))),
    "RIGHT": Function((_TEXT, _NUMBER), "text", _right),
    "MID": Function(
        (_TEXT, _NUMBER, _NUMBER),
        "text",
        lambda text, start, count: func.substr(text, func.max(_whole(start), 1), func.max(_whole(count), 0)),
    ),
    "UPPER": Function((_TEXT,), "text", func.formula_upper),
    "LOWER": Function((_TEXT,), "text", func.formula_lower),
    "TRIM": Function((_TEXT,), "text", func.trim),
    "CONTAINS": Function((_TEXT, _TEXT), "boolean", lambda text, wanted: func.instr(text, wanted) > 0),
    "BEGINS": Function(
        (_TEXT, _TEXT), "boolean", lambda text, start: func.substr(text, 1, func.length(start)) == start
    ),
    "FIND": Function((_TEXT, _TEXT, _NUMBER), "number", _find, optional=1),
    "SUBSTITUTE": Function((_TEXT, _TEXT, _TEXT), "text", func.replace),
    "REGEX": Function(
        (_TEXT, _TEXT), "boolean", lambda text, pattern: func.coalesce(func.formula_matches(text, pattern), 0)
    ),
    "CASESAFEID": Function((_TEXT,), "text", lambda text: text),
    "BR": Function((), "text", lambda: literal("\n")),
    "VALUE": Function((_TEXT,), "number", func.formula_value),
    "ABS": Function((_NUMBER,), "number", func.abs),
    "ROUND": Function((_NUMBER, _NUMBER), "number", func.formula_round),
    "CEILING": Function((_NUMBER,), "number", func.formula_ceiling),
    "FLOOR": Function((_NUMBER,), "number", func.formula_floor),
    "MOD": Function((_NUMBER, _NUMBER), "number", func.formula_mod),
    "MIN": Function((_NUMBER, _NUMBER), "number", func.min, repeats=True),
    "MAX": Function((_NUMBER, _NUMBER), "number", func.max, repeats=True),
    "DATE": Function((_NUMBER, _NUMBER, _NUMBER), "date", func.formula_date),
    "DATEVALUE": Function(((*_MOMENT, "text"),), "date", func.formula_datevalue),
    "YEAR": Function((("date",),), "number", _part(1, 4)),
    "MONTH": Function((("date",),), "number", _part(6, 2)),
    "DAY": Function((("date",),), "number", _part(9, 2)),
}


def to_text(value: Value) -> Sql:
    """Return TEXT(): numbers as short as possible, picklists by their label, timestamps as written."""
    if value.kind == "number":
        return func.coalesce(func.formula_text(value.sql), "")
    if value.kind == "datetime":
        return func.coalesce(func.replace(func.replace(value.sql, ".000Z", "Z"), "T", " "), "")
    return func.coalesce(value.sql, "")
