"""Check validation rules and duplicate rules on records just written, while they can still be rolled back.

They are looked at in SQL, many records at once; so they see what a trigger would see: the record as it will be, with
its formulas, its parents, and the records written with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    String,
    TableValuedAlias,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from localorg.errors import DuplicatesDetected, OrgError
from localorg.formulas.values import PriorValues, wrong_result
from localorg.schema.model import Field, SObject
from localorg.schema.rollups_and_rules import DuplicateRule, ValidationRule
from localorg.soql.functions.computed_fields import evaluate
from localorg.soql.plan.query_context import QueryContext
from localorg.soql.plan.scope import Scope
from localorg.storage.conditions import alive, listed
from localorg.storage.tables import ROW

AT_ONCE = 500
_NOTHING: Mapping[str, Mapping[str, Any]] = {}
Records = Mapping[str, Mapping[str, Any]]


def has_rules(sobject: SObject) -> bool:
    """Return whether the object has rules at all."""
    return bool(sobject.rules or sobject.duplicate_rules)


def rule_violations(
    connection: Connection,
    context: QueryContext,
    sobject: SObject,
    ids: Sequence[str],
    before: Records = _NOTHING,
    *,
    allow_duplicates: bool = False,
) -> dict[str, OrgError]:
    """Return the errors of records that break a rule, by id.

    Args:
        ids: the records, in the order in which they were written.
        before: of those that were updated, their rows as they were; none of those that were created.
        allow_duplicates: whether the client overrides duplicate rules that are alerts.
    """
    refused: dict[str, OrgError] = {}
    for some in _in_parts(ids):
        changed = {record_id: before[record_id] for record_id in some if record_id in before}
        refused |= _invalid(connection, context, sobject, some, changed)
    staying = [record_id for record_id in ids if record_id not in refused]
    others = _WrittenIds(json.dumps(staying), json.dumps(list(refused)))
    for rule in sobject.duplicate_rules:
        if rule.allows and allow_duplicates:
            continue
        for some in _in_parts(staying):
            found = _find_duplicates(connection, context, sobject, rule, some, before, others)
            for record_id, matches in found.items():
                error = DuplicatesDetected(rule.message, sobject.name, rule.name, rule.allows, matches)
                refused.setdefault(record_id, error)
    return refused


def _in_parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


class _WrittenIds(NamedTuple):
    """Ids as JSON: of the records that were written, and of those among them that were refused."""

    written: str
    refused: str


def check_rule(scope: Scope, rule: ValidationRule) -> None:
    """Check that the rule can be computed for the records of the scope.

    Raises:
        FormulaError: its formula does not.
        OrgError: it names a field that does not exist.
    """
    _to_condition(scope, _prior(), rule)


def _invalid(
    connection: Connection, context: QueryContext, sobject: SObject, ids: Sequence[str], before: Records
) -> dict[str, OrgError]:
    """Return the errors of records that break validation rules."""
    if not sobject.rules or not ids:
        return {}
    scope, prior = Scope(context, sobject), _prior()
    broken = [_to_condition(scope, prior, rule).label(f"r{number}") for number, rule in enumerate(sobject.rules)]
    source = scope.source.outerjoin(prior, prior.c.key == scope.table.c["Id"])
    is_given = scope.table.c["Id"].in_(listed("ids"))
    statement = select(scope.table.c["Id"], *broken).select_from(source).where(or_(*broken), is_given)
    rows = connection.execute(statement, {"ids": json.dumps(list(ids)), "before": json.dumps(before, default=str)})
    return {row[0]: _to_refusal(sobject.rules, row[1:]) for row in rows}


def _to_refusal(rules: Sequence[ValidationRule], answers: Sequence[Any]) -> OrgError:
    """Return the error of the first broken rule, in the order of their definition, with those of the others."""
    broken = [rule for rule, is_broken in zip(rules, answers, strict=True) if is_broken]
    first, *others = (
        OrgError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, [rule.field] if rule.field else [])
        for rule in broken
    )
    first.also = others
    return first


def _to_condition(scope: Scope, prior: TableValuedAlias, rule: ValidationRule) -> ColumnElement[Any]:
    def value_of(field: Field) -> ColumnElement[Any]:
        return func.json_extract(prior.c.value, f'$."{field.name}"')

    found = evaluate(scope, rule.when, blanks_are_zero=False, before=PriorValues(prior.c.key.is_(None), value_of))
    if found.kind != "boolean":
        raise wrong_result(found, "boolean")
    return type_coerce(func.coalesce(found.sql, literal(0)), Integer())


def _prior() -> TableValuedAlias:
    """Return the records as they were before the write: id and, as JSON, row."""
    return func.json_each(bindparam("before", type_=String)).table_valued("key", "value", name="prior")


def _find_duplicates(
    connection: Connection,
    context: QueryContext,
    sobject: SObject,
    rule: DuplicateRule,
    ids: Sequence[str],
    before: Records,
    others: _WrittenIds,
) -> dict[str, list[str]]:
    """Return the records that match an older one, or one that was written before them and stays, with those matches.

    As people do, the rule reads texts in any case and takes blanks for no match; edits elsewhere in a record do not
    count.
    """
    table, other = context.table_of(sobject), context.table_of(sobject)
    fields = [field for name in rule.match if (field := sobject.seen_by_system().find(name)) is not None]
    matches = [table.c[f.name] == other.c[f.name] for f in fields]
    is_earlier = or_(other.c[ROW] < table.c[ROW], other.c["Id"].not_in(listed("written")))
    stays = and_(alive(other), other.c["Id"] != table.c["Id"], other.c["Id"].not_in(listed("refused")))
    pairs = table.join(other, and_(*matches, is_earlier, stays))
    columns = [table.c[f.name] for f in fields]
    statement = select(table.c["Id"], other.c["Id"], *columns).select_from(pairs).where(table.c["Id"].in_(ids))
    found: dict[str, list[str]] = {}
    for record_id, match, *values in connection.execute(statement, others._asdict()):
        was = before.get(record_id)
        if was is None or any(was.get(f.name) != value for f, value in zip(fields, values, strict=True)):
            found.setdefault(record_id, []).append(match)
    return found
