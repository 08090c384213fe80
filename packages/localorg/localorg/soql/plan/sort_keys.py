"""Sort keys: texts sort in upper case, picklists in the order of their entries.

ORDER BY, MIN and MAX follow it; `<` and `>` know nothing of the order of a picklist.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case, func, literal

from localorg.schema.model import PicklistValue
from localorg.soql.plan.operands import Operand
from localorg.storage.case_folding import fold

Sql = ColumnElement[Any]
_BREAK = 1
"""A character that separates two texts and occurs in neither."""


def sort_keys(operand: Operand) -> tuple[Sql, ...]:
    """Return the sort keys, in order of precedence."""
    if not operand.is_folded:
        return (operand.sql,)
    rank = _rank(operand)
    return (operand.folded,) if rank is None else (rank, operand.folded)


def first_of(operand: Operand, pick: Any) -> Sql:
    """Return the least or the greatest of texts, with `min` or `max` for `pick`: as it is written, not as it is
    compared.
    """
    rank = _rank(operand)
    sign = func.char(_BREAK)
    # The first COLLATE in a text that is put together is the one that counts.
    key = operand.folded.concat(sign).concat(operand.sql)
    if rank is not None:
        key = func.printf("%05d", rank).collate("BINARY").concat(key)
    picked = pick(key)
    return func.substr(picked, func.instr(picked, sign) + 1).collate("NOCASE")


def _rank(operand: Operand) -> Sql | None:
    """Return a value's position in its picklist; values that are not in the list come last, sorted as texts."""
    field = operand.resolved.field if operand.resolved else None
    if field is None or operand.kind != "picklist" or not field.values:
        return None
    entries = [(_is(operand.sql, entry), literal(number)) for number, entry in enumerate(field.values)]
    return case((operand.sql.is_(None), None), *entries, else_=literal(len(entries)))


def _is(sql: Sql, entry: PicklistValue) -> ColumnElement[bool]:
    return sql == entry.value if entry.value.isascii() else func.fold(sql) == fold(entry.value)
