"""Candidates of a rule: the records that it has to decide on, with the values that the decision needs."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Table, Text, and_, case, cast, func, null, or_, select

from closedwon.mapping.resolve.rules import ResolvedRule
from closedwon.warehouse.delivery.projects import PROJECTS
from closedwon.warehouse.delivery.source_rows import join_parents
from closedwon.warehouse.mapped_tables import table_of
from closedwon.warehouse.state.decision import DECISION


def read_candidates(connection: Connection, source: ResolvedRule) -> pd.DataFrame:
    """Return the records that the rule has to decide on, with the columns that `rules.decisions.decide` takes.

    These are records never seen, records whose value differs from the one at their last decision, those that waited,
    and those that the rule picks only since its file was edited. If nothing has changed, no row is read.
    """
    table, decision = table_of(source.mapping), DECISION.alias("decision")
    value = _value_as_text(table, source.trigger.column)
    joined, places = join_parents(table, source)
    needed = [filling.column for filling in source.fillings if filling.is_needed]
    query = select(
        table.c.salesforce_id.label("source_salesforce_id"),
        value.label("value"),
        decision.c.seen_value,
        decision.c.outcome.label("seen_outcome"),
        _project_of(table, source).label("project_id"),
        cast(table.c[source.template_field.column] if source.template_field else null(), Text).label("template_value"),
        *((func.coalesce(places[name], "") == "").label(f"lacks_{name}") for name in needed),
    )
    is_decided = and_(decision.c.rule == source.rule.name, decision.c.source_salesforce_id == table.c.salesforce_id)
    is_due = or_(
        decision.c.rule.is_(None),
        decision.c.seen_value.is_distinct_from(value),
        decision.c.outcome == "waits",
        and_(decision.c.outcome == "not_picked", value.in_(source.wanted)),
    )
    query = query.select_from(joined.outerjoin(decision, is_decided)).where(table.c.salesforce_id.is_not(None), is_due)
    kinds = dict.fromkeys(query.selected_columns.keys(), "str") | {"project_id": "Int64"}
    found = connection.execute(query)
    frame = pd.DataFrame(list(map(tuple, found)), columns=list(found.keys()))
    return frame.astype(kinds | {f"lacks_{name}": "bool" for name in needed})


def _value_as_text(table: Table, name: str) -> ColumnElement[str]:
    """Return the value as text: null for a deleted record, "" where the field is empty."""
    return case((table.c.is_deleted, null()), else_=func.coalesce(cast(table.c[name], Text), ""))


def _project_of(table: Table, source: ResolvedRule) -> ColumnElement[int]:
    """Return the id of the record's existing project: this rule's, or one that the team has made by hand."""
    return (
        select(func.min(PROJECTS.c.id))
        .where(
            PROJECTS.c.source_salesforce_id == table.c.salesforce_id,
            or_(PROJECTS.c.rule == source.rule.name, PROJECTS.c.rule.is_(None)),
        )
        .correlate(table)
        .scalar_subquery()
    )
