"""Turn the syntax tree of a formula into SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from sqlalchemy import String, and_, case, func, literal, type_coerce

from localorg.formulas.functions import FUNCTIONS, common_kind, is_blank, to_text
from localorg.formulas.syntax import Call, Expression, FormulaError, Literal, Operation, Path, wrong_number
from localorg.formulas.values import FormulaContext, PriorValues, Sql, Value, constant, to_value
from localorg.schema.model import Field
from localorg.timestamps import to_stamp

_ORDERED: dict[str, Callable[[Sql, Sql], Sql]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_ARITHMETIC: dict[str, Callable[[Sql, Sql], Sql]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / func.nullif(right, 0.0),
    "^": func.formula_power,
}
_MOMENTS = ("date", "datetime")


def to_sql(formula: Expression, around: FormulaContext) -> Value:
    """Return the SQL of a formula, with the type of its value.

    Raises:
        FormulaError: a function that does not exist, or values of kinds that do not fit.
        OrgError: a field that does not exist.
    """
    match formula:
        case Literal(value):
            return constant(value)
        case Path(names):
            sql, field = around.field(names)
            return to_value(sql, field, blanks_are_zero=around.blanks_are_zero)
        case Operation(operator, left, right):
            return _operate(operator, to_sql(left, around), to_sql(right, around))
        case Call():
            return _call(formula, around)


def _operate(operator: str, left: Value, right: Value) -> Value:
    if operator in ("&&", "||"):
        return FUNCTIONS["AND" if operator == "&&" else "OR"].call(operator, [left, right])
    if operator in ("=", "<>") or operator in _ORDERED:
        return _compare(operator, left, right)
    kinds = (left.kind, right.kind)
    if operator == "&" or (operator == "+" and kinds == ("text", "text")):
        if not set(kinds) <= {"text", "null"}:
            raise _unfit(operator, left, right)
        return Value(_joinable(left) + _joinable(right), "text")
    if left.kind in _MOMENTS and operator in ("+", "-"):
        return _move(operator, left, right)
    if operator == "+" and right.kind in _MOMENTS:
        return _move(operator, right, left)
    if not set(kinds) <= {"number", "null"}:
        raise _unfit(operator, left, right)
    return Value(_ARITHMETIC[operator](left.sql, right.sql), "number")


def _joinable(value: Value) -> Sql:
    return type_coerce(func.coalesce(value.sql, ""), String())


def _compare(operator: str, left: Value, right: Value) -> Value:
    """Return true or false, never null: nothing is before or after a blank."""
    is_chosen = {left.kind, right.kind} == {"picklist", "text"}
    if left.kind != right.kind and "null" not in (left.kind, right.kind) and not is_chosen:
        raise _unfit(operator, left, right)
    if operator in _ORDERED:
        return Value(func.coalesce(_ORDERED[operator](left.sql, right.sql), 0), "boolean")
    if "null" in (left.kind, right.kind):
        same = is_blank(left if right.kind == "null" else right)
        return Value(same if operator == "=" else ~same, "boolean")
    differs = left.sql.is_distinct_from(right.sql)
    return Value(~differs if operator == "=" else differs, "boolean")


def _move(operator: str, moment: Value, by: Value) -> Value:
    if by.kind == "number":
        days = by.sql if operator == "+" else -by.sql
        return Value(func.formula_shift(moment.sql, days), moment.kind)
    if operator == "-" and by.kind == moment.kind:
        return Value(func.formula_days(moment.sql, by.sql), "number")
    raise _unfit(operator, moment, by)


def _unfit(operator: str, left: Value, right: Value) -> FormulaError:
    return FormulaError(f"Incorrect parameter type for operator '{operator}': {left.kind} and {right.kind}")


def _call(call: Call, around: FormulaContext) -> Value:
    special = _SPECIAL.get(call.name)
    if special is not None:
        return special(call, around)
    function = FUNCTIONS.get(call.name)
    if function is None:
        raise FormulaError(f"Unknown function {call.name}. Check spelling")
    return function.call(call.name, [to_sql(argument, around) for argument in call.arguments])


def _arguments(call: Call, around: FormulaContext, least: int, most: int | None = None) -> list[Value]:
    if not least <= len(call.arguments) <= (least if most is None else most):
        raise wrong_number(call.name, len(call.arguments))
    return [to_sql(argument, around) for argument in call.arguments]


def _is_blank(call: Call, around: FormulaContext) -> Value:
    """Return whether a value is blank; ISNULL does not count an empty text as null."""
    (value,) = _arguments(call, around, 1)
    if call.name == "ISNULL" and value.kind == "text":
        return constant(False)
    return Value(is_blank(value), "boolean")


def _unless_blank(call: Call, around: FormulaContext) -> Value:
    value, other = _arguments(call, around, 2)
    kind = common_kind(call.name, [value, other])
    if kind == "text" and call.name == "NULLVALUE":
        return value
    return Value(func.coalesce(func.nullif(value.sql, "") if kind == "text" else value.sql, other.sql), kind)


def _if(call: Call, around: FormulaContext) -> Value:
    truth, then, other = _arguments(call, around, 3)
    if truth.kind != "boolean":
        raise FormulaError(f"Incorrect parameter type for function 'IF()'. Expected boolean, received {truth.kind}")
    return Value(case((truth.sql, then.sql), else_=other.sql), common_kind("IF()", [then, other]))


def _case(call: Call, around: FormulaContext) -> Value:
    """Return CASE(value, option, result, ..., otherwise)."""
    chosen, *rest = _arguments(call, around, 4, 200)
    if len(rest) % 2 == 0:
        raise wrong_number(call.name, len(call.arguments))
    options, results = rest[:-1:2], [*rest[1::2], rest[-1]]
    matches = [_compare("=", chosen, option).sql for option in options]
    whens = list(zip(matches, (result.sql for result in results), strict=False))
    return Value(case(*whens, else_=rest[-1].sql), common_kind("CASE()", results))


def _to_text(call: Call, around: FormulaContext) -> Value:
    (value,) = _arguments(call, around, 1)
    if value.kind in ("text", "boolean", "multipicklist"):
        raise FormulaError(f"Incorrect parameter type for function 'TEXT()'. Received {value.kind}")
    return Value(to_text(value), "text")


def _today(call: Call, around: FormulaContext) -> Value:
    _arguments(call, around, 0)
    return Value(literal(around.now.astimezone(UTC).date().isoformat()), "date")


def _now(call: Call, around: FormulaContext) -> Value:
    _arguments(call, around, 0)
    return Value(literal(to_stamp(around.now.replace(microsecond=0))), "datetime")


def _before(call: Call, around: FormulaContext) -> PriorValues:
    if around.before is None:
        raise FormulaError(f"Function {call.name} may not be used in this type of formula")
    return around.before


def _is_new(call: Call, around: FormulaContext) -> Value:
    _arguments(call, around, 0)
    return Value(_before(call, around).is_new, "boolean")


def _is_changed(call: Call, around: FormulaContext) -> Value:
    before = _before(call, around)
    sql, field = _own_field(call, around)
    return Value(and_(~before.is_new, sql.is_distinct_from(before.value_of(field))), "boolean")


def _prior_value(call: Call, around: FormulaContext) -> Value:
    """Return the prior value; for a new record, its current one."""
    before = _before(call, around)
    sql, field = _own_field(call, around)
    prior = case((before.is_new, sql), else_=before.value_of(field))
    return to_value(prior, field, blanks_are_zero=around.blanks_are_zero)


def _own_field(call: Call, around: FormulaContext) -> tuple[Sql, Field]:
    match call.arguments:
        case (Path((name,)),):
            sql, field = around.field((name,))
            if field.is_stored:
                return sql, field
    raise FormulaError(f"Function {call.name} takes one field of the record itself, which is no formula")


_SPECIAL: dict[str, Callable[[Call, FormulaContext], Value]] = {
    "IF": _if,
    "ISBLANK": _is_blank,
    "ISNULL": _is_blank,
    "BLANKVALUE": _unless_blank,
    "NULLVALUE": _unless_blank,
    "CASE": _case,
    "TEXT": _to_text,
    "TODAY": _today,
    "NOW": _now,
    "ISNEW": _is_new,
    "ISCHANGED": _is_changed,
    "PRIORVALUE": _prior_value,
}
