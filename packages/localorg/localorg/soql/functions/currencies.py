"""Amounts in several currencies. An amount is in the currency of its record; rates say what one unit of the corporate
currency is in another."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, literal, select

from localorg.schema.model import SObject
from localorg.soql.plan.operands import Operand, Role
from localorg.soql.plan.query_context import Resolved
from localorg.soql.plan.scope import Scope
from localorg.soql.syntax import tree

Sql = ColumnElement[Any]
CODE = "CurrencyIsoCode"
_RATES = "CurrencyType"


def has_currencies(scope: Scope, sobject: SObject) -> bool:
    """Return whether amounts of that object's records come in several currencies."""
    return scope.context.schema.find(_RATES) is not None and sobject.find(CODE) is not None


def to_users_currency(scope: Scope, resolved: Resolved) -> Sql:
    """Return an amount in the currency of the user who asks."""
    return to_corporate(scope, resolved) * rate_of(scope, _users_code(scope))


def to_corporate(scope: Scope, resolved: Resolved) -> Sql:
    """Return an amount in the corporate currency, in which amounts can be compared."""
    return resolved.sql / rate_of(scope, _code_of(scope, resolved))


def rate_of(scope: Scope, code: Sql) -> Sql:
    """Return how much of that currency one unit of the corporate currency is; null for an unknown code."""
    sobject = scope.context.schema.find(_RATES)
    assert sobject is not None  # noqa: S101
    table = scope.context.table_of(sobject)
    return select(table.c["ConversionRate"]).where(table.c["IsoCode"] == code).scalar_subquery()


def with_code(scope: Scope, operand: Operand) -> Sql:
    """Return an amount with the code of its currency before it, as text."""
    assert operand.resolved is not None  # noqa: S101
    match operand.role:
        case Role.SHOWN:
            code = _users_code(scope)
        case Role.AGGREGATE:
            code = _corporate_code(scope)
        case _:
            code = _code_of(scope, operand.resolved)
    return code.concat(literal(" ")).concat(cast(operand.sql, String))


def _code_of(scope: Scope, resolved: Resolved) -> Sql:
    return scope.resolve(tree.Path((*resolved.names[:-1], CODE), tree.START)).sql


def _corporate_code(scope: Scope) -> Sql:
    rates = scope.context.schema.find(_RATES)
    assert rates is not None  # noqa: S101
    table = scope.context.table_of(rates)
    return select(table.c["IsoCode"]).where(table.c["IsCorporate"] == 1).limit(1).scalar_subquery()


def _users_code(scope: Scope) -> Sql:
    """Return the user's own currency, or else that of the company."""
    context = scope.context
    users = context.schema.find("User")
    corporate = _corporate_code(scope)
    if users is None or users.find("DefaultCurrencyIsoCode") is None:
        return corporate
    people = context.table_of(users)
    own = select(people.c["DefaultCurrencyIsoCode"]).where(people.c["Id"] == context.user_id).scalar_subquery()
    return func.coalesce(own, corporate)
