"""Candidates of a rule: the records that it has to decide on, with the values that the decision needs."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Subquery,
    Table,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on

from closedwon.mapping.model import Mapping
from closedwon.mapping.resolve.rules import ResolvedRule
from closedwon.warehouse.delivery.conditions import find_unmet
from closedwon.warehouse.delivery.projects import PROJECTS
from closedwon.warehouse.delivery.source_rows import SourceRows
from closedwon.warehouse.state.decision import DECISION
from closedwon.warehouse.state.quarantine import QUARANTINE

_REASONS = ("quarantine_field", "quarantine_reason", "missing_parent", "parent_reason")


def read_candidates(connection: Connection, source: ResolvedRule) -> pd.DataFrame:
    """Return the records that the rule has to decide on, with the columns that `rules.decisions.decide` takes.

    These are records never seen, records whose value differs from the one at their last decision, those that waited or
    are in quarantine, those whose first unmet condition is another one or has another value, and those that the rule
    picks only since its file was edited. If nothing has changed and none is in quarantine, no row is read.
    """
    rows, decision, apart = SourceRows(source), DECISION.alias("decision"), _in_quarantine(source.mapping)
    table, unmet = rows.table, find_unmet(rows, source)
    record = func.coalesce(table.c.salesforce_id, apart.c.salesforce_id)
    value = rows.text(source.trigger)
    needed = {filling.column: rows.value(filling) for filling in source.fillings if filling.is_needed}
    query = select(
        record.label("source_salesforce_id"),
        value.label("value"),
        decision.c.seen_value,
        decision.c.outcome.label("seen_outcome"),
        _project_of(record, source, table, apart).label("project_id"),
        cast(table.c[source.template_field.column] if source.template_field else null(), Text).label("template_value"),
        *(apart.c[name] for name in _REASONS),
        cast(rows.value(source.dates_from) if source.dates_from else null(), Text).label("begins_on"),
        func.coalesce(decision.c.was_there, _has_decided_nothing(source)).label("was_there"),
        func.coalesce(rows.is_out_of_scope, apart.c.is_out_of_scope).label("is_out_of_scope"),
        *(shown.label(name) for name, shown in unmet.items()),
        *((func.coalesce(filled_with, "") == "").label(f"lacks_{name}") for name, filled_with in needed.items()),
    )
    words = unmet["unmet_words"]
    is_picked = and_(value.in_(source.wanted), or_(words.is_(None), words.is_distinct_from(decision.c.unmet)))
    if source.rule.existing == "leave":
        is_picked = and_(is_picked, ~decision.c.was_there)
    is_due = or_(
        decision.c.rule.is_(None),
        decision.c.seen_value.is_distinct_from(value),
        decision.c.outcome.in_(("waits", "quarantined")),
        and_(decision.c.outcome == "not_picked", or_(is_picked, apart.c.quarantine_field.is_not(None))),
    )
    is_decided = and_(decision.c.rule == source.rule.name, decision.c.source_salesforce_id == record)
    query = query.select_from(
        rows.joined.outerjoin(apart, apart.c.salesforce_id == table.c.salesforce_id, full=True).outerjoin(
            decision, is_decided
        )
    ).where(record.is_not(None), is_due)
    found = connection.execute(query)
    frame = pd.DataFrame(list(map(tuple, found)), columns=list(found.keys()))
    kinds = dict.fromkeys(frame.columns, "str") | {"project_id": "Int64", "unmet": "Int64"}
    kinds |= {"was_there": "bool", "is_out_of_scope": "bool"}
    return frame.astype(kinds | {f"lacks_{name}": "bool" for name in needed})


def _has_decided_nothing(source: ResolvedRule) -> ColumnElement[bool]:
    return ~exists().where(DECISION.c.rule == source.rule.name)


def _in_quarantine(mapping: Mapping) -> Subquery:
    """Return the mapping's records in quarantine, each with one of its reasons, and those that ended there, without.

    The parent's reason is missing where the parent is not in quarantine, or waits for a parent of its own.
    """
    own, parent = QUARANTINE.alias(), QUARANTINE.alias()
    waits_too = and_(parent.c.salesforce_id == own.c.waits_for_id, parent.c.state == "waiting")
    return (
        select(
            own.c.salesforce_id,
            case((own.c.state == "waiting", own.c.field)).label("quarantine_field"),
            own.c.reason.label("quarantine_reason"),
            own.c.waits_for_table.label("missing_parent"),
            case((parent.c.waits_for_id.is_(None), parent.c.reason)).label("parent_reason"),
            (own.c.state == "out_of_scope").label("is_out_of_scope"),
        )
        .ext(distinct_on(own.c.salesforce_id))
        .select_from(own.outerjoin(parent, waits_too))
        .where(own.c.mapping == mapping.name, own.c.state.in_(("waiting", "gone", "out_of_scope")))
        .order_by(own.c.salesforce_id, own.c.state.desc(), own.c.field, parent.c.field)
        .subquery("apart")
    )


def _project_of(record: ColumnElement[str], source: ResolvedRule, table: Table, apart: Subquery) -> ColumnElement[int]:
    """Return the id of the record's project: of this rule or one that comes after it, or made by hand by the team."""
    of_rules = PROJECTS.c.rule.in_(sorted({source.rule.name, *source.later}))
    return (
        select(func.min(PROJECTS.c.id))
        .where(PROJECTS.c.source_salesforce_id == record, or_(of_rules, PROJECTS.c.rule.is_(None)))
        .correlate(table, apart)
        .scalar_subquery()
    )
