"""Check the clauses that neither select nor sort: USING SCOPE, WITH, FOR, LIMIT, OFFSET."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false

from localorg.soql.plan.scope import Scope
from localorg.soql.syntax import tree

LARGEST_OFFSET = 2_000
_FIELDS_LIMIT = 200
_MOST_FIELDS = 32
"""In ORDER BY and in GROUP BY."""
_MODES = frozenset({"SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"})
_SCOPES = frozenset({"EVERYTHING", "MINE", "MINE_AND_MY_GROUPS", "DELEGATED"})
_SCOPES_OF_NOTHING = frozenset({"TEAM", "MY_TERRITORY", "MY_TEAM_TERRITORY", "MRU"})
"""The org has no account teams and no territories, and keeps no list of what was looked at."""


def check_clauses(scope: Scope, query: tree.Query) -> None:
    """Refuse clauses that the org cannot fulfil.

    Raises:
        OrgError: MALFORMED_QUERY, or NUMBER_OUTSIDE_VALID_RANGE for an OFFSET.
    """
    errors = scope.context.errors
    if (query.offset or 0) > LARGEST_OFFSET:
        message = f"Maximum SOQL offset allowed is {LARGEST_OFFSET}"
        raise errors.at(query.source.at, "NUMBER_OUTSIDE_VALID_RANGE", message)
    if query.mode is not None and query.mode.text == "DATA":
        message = f"data categories are not supported on entity '{scope.sobject.name}'"
        raise errors.malformed(message, query.mode.at)
    if query.mode is not None and query.mode.text not in _MODES:
        raise errors.malformed(f"unexpected token: '{query.mode.text}'", query.mode.at)
    for clause, entries in (("ORDER BY", query.order_by), ("GROUP BY", query.group_by)):
        if len(entries) > _MOST_FIELDS:
            raise errors.malformed(f"{clause} takes at most {_MOST_FIELDS} fields", query.source.at)
    _check_fields_limit(scope, query)


def in_scope(scope: Scope, query: tree.Query) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that USING SCOPE stands for.

    Raises:
        OrgError: MALFORMED_QUERY for a scope that does not exist, or not for records without an owner.
    """
    word = query.scope
    if word is None or word.text == "EVERYTHING":
        return ()
    if word.text in _SCOPES_OF_NOTHING:
        return (false(),)
    owner = scope.sobject.find("OwnerId")
    if word.text not in _SCOPES or owner is None:
        message = f"scope '{word.text.lower()}' is not supported on entity '{scope.sobject.name}'"
        raise scope.context.errors.malformed(message, word.at)
    is_own = scope.table.c["OwnerId"] == scope.context.user_id
    if word.text == "DELEGATED":
        return (and_(~is_own, scope.table.c["CreatedById"] == scope.context.user_id),)
    return (is_own,)


def _check_fields_limit(scope: Scope, query: tree.Query) -> None:
    for column in query.columns:
        operand = column.operand if isinstance(column, tree.Column) else None
        if not isinstance(operand, tree.Call) or operand.name != "FIELDS":
            continue
        which = str(operand.arguments[0]).upper() if operand.arguments else ""
        if which in ("ALL", "CUSTOM") and not (query.limit and query.limit <= _FIELDS_LIMIT):
            message = f"The SOQL FIELDS function must have a LIMIT of at most {_FIELDS_LIMIT}"
            raise scope.context.errors.malformed(message, operand.at)
