"""Display functions: toLabel(), FORMAT() and convertCurrency()."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, case

from localorg.soql.functions.currencies import has_currencies, to_users_currency, with_code
from localorg.soql.plan.operands import Operand, Role, field_of
from localorg.soql.plan.scope import Scope
from localorg.soql.run.value_formats import FORMATTED
from localorg.soql.syntax import tree


def to_label(scope: Scope, call: tree.Call) -> Operand:
    """Return the labels of a picklist's values. Other fields, as the name of a record type, have no translations."""
    operand = field_of(scope, call)
    values = operand.resolved.field.values if operand.resolved else ()
    labels = [(operand.sql == entry.value, entry.label) for entry in values if entry.label not in ("", entry.value)]
    sql: ColumnElement[Any] = operand.sql
    if labels:
        sql = case(*labels, else_=operand.sql).collate("NOCASE")
    return replace(operand, sql=sql, name=f"toLabel({operand.name})", role=Role.LABEL)


def to_formatted(scope: Scope, operand: Operand) -> Operand:
    """Return a value as people write it; in an org with several currencies, amounts begin with their code."""
    kind = operand.kind
    sql = operand.sql
    if kind == "currency" and operand.resolved is not None and has_currencies(scope, operand.resolved.sobject):
        sql = with_code(scope, operand)
    if operand.resolved is not None and kind in ("double", "percent"):
        kind = f"{kind} {operand.resolved.field.scale}"
    role = Role.AGGREGATE if operand.is_aggregate else Role.SHOWN
    return Operand(sql, FORMATTED + kind, f"FORMAT({operand.name})", operand.resolved, role)


def to_converted(scope: Scope, call: tree.Call) -> Operand:
    """Return an amount in the user's currency.

    Raises:
        OrgError: INVALID_FIELD for other fields, and in an org with one currency.
    """
    operand = field_of(scope, call)
    resolved = operand.resolved
    if resolved is None or operand.kind != "currency" or not has_currencies(scope, resolved.sobject):
        raise scope.context.errors.not_possible(operand.name, "converted to another currency", call.at)
    sql = to_users_currency(scope, resolved)
    return replace(operand, sql=sql, name=f"convertCurrency({operand.name})", role=Role.SHOWN)
