"""Resolve a field or a function call of a query to SQL."""

from __future__ import annotations

from dataclasses import replace

from localorg.soql.functions.aggregates import AGGREGATES, to_aggregate
from localorg.soql.functions.date_functions import DATE_PARTS, to_date_part
from localorg.soql.functions.display_functions import to_converted, to_formatted, to_label
from localorg.soql.functions.distance import to_distance
from localorg.soql.plan.operands import Operand
from localorg.soql.plan.scope import Scope
from localorg.soql.syntax import tree


def to_operand(scope: Scope, operand: tree.Operand) -> Operand:
    """Return the SQL and type of a field or of a function.

    Raises:
        OrgError: INVALID_FIELD for what does not exist or does not take that function; MALFORMED_QUERY for other
            functions.
    """
    found = Operand.of(scope.resolve(operand)) if isinstance(operand, tree.Path) else _call(scope, operand)
    return replace(found, at=operand.at)


def _call(scope: Scope, operand: tree.Call) -> Operand:
    if operand.name in AGGREGATES:
        return to_aggregate(scope, operand)
    if operand.name in DATE_PARTS:
        return to_date_part(scope, operand)
    if operand.name == "FORMAT":
        return to_formatted(scope, _argument(scope, operand))
    meaning = {"TOLABEL": to_label, "CONVERTCURRENCY": to_converted, "DISTANCE": to_distance}.get(operand.name)
    if meaning is None:
        raise scope.context.errors.malformed(f"unexpected token: '{operand.name}'", operand.at)
    return meaning(scope, operand)


def _argument(scope: Scope, call: tree.Call) -> Operand:
    if len(call.arguments) != 1 or not isinstance(call.arguments[0], tree.Path | tree.Call):
        raise scope.context.errors.malformed(f"unexpected token: '{call.name}'", call.at)
    return to_operand(scope, call.arguments[0])
