"""Reads what a rule has to look at, and adds projects, phases, tasks and decisions, each in one statement."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Table,
    TableValuedAlias,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    insert,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from closedwon.rules.sources import Filling, Source
from closedwon.warehouse.delivery.tables import PHASES, PROJECTS, TASKS
from closedwon.warehouse.schema import table_of
from closedwon.warehouse.state.sync_tables import DECISION


def lock_rule(connection: Connection, rule: str) -> None:
    """Waits until no other run works on the rule, and keeps others waiting until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("closedwon.rule"), func.hashtext(rule))))


def read_candidates(connection: Connection, source: Source) -> pd.DataFrame:
    """The records that the rule has to look at, as `rules.decisions.decide` takes them.

    These are the ones never seen, those whose value differs from the one at their last decision, those that waited,
    and those that the rule wants now because its file was edited. The others stay in Postgres: where nothing has
    changed, no row is read.
    """
    table, decision = table_of(source.mapping), DECISION.alias("decision")
    value = _value_as_text(table, source.trigger.column)
    joined, places = _join_parents(table, source)
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
    return pd.read_sql(query, connection, dtype=kinds | {f"lacks_{name}": "bool" for name in needed})


def insert_projects(connection: Connection, source: Source, decisions: pd.DataFrame) -> pd.Series[int]:
    """The ids of the projects made for the decisions given, by `source_salesforce_id`; one that exists is left out.

    The one-time values go from table to table inside Postgres, so they cannot lose precision on the way.

    Args:
        decisions: those with outcome "made".
    """
    table = table_of(source.mapping)
    picked = _as_table("picked", decisions, PROJECTS.c.source_salesforce_id, PROJECTS.c.template)
    joined, places = _join_parents(table, source)
    values: dict[str, ColumnElement[object]] = {
        "rule": literal(source.rule.name),
        "source_sobject": literal(source.rule.source),
        "source_salesforce_id": table.c.salesforce_id,
        "account_id": table.c[source.client] if source.client else cast(null(), BigInteger),
        "lead_email": literal(source.rule.default_lead),
        "template": picked.c.template,
        **places,
    }
    rows = select(*values.values()).select_from(
        joined.join(picked, picked.c.source_salesforce_id == table.c.salesforce_id)
    )
    statement = upsert(PROJECTS).from_select(list(values), rows)
    statement = statement.on_conflict_do_nothing(index_elements=["rule", "source_salesforce_id"])
    made = connection.execute(statement.returning(PROJECTS.c.source_salesforce_id, PROJECTS.c.id)).all()
    return pd.Series(dict(made), dtype="Int64")


def insert_plans(connection: Connection, project_ids: list[int], phases: pd.DataFrame, tasks: pd.DataFrame) -> None:
    """Gives each project the phases and tasks of its template.

    Args:
        phases, tasks: as `rules.templates.expand_templates` gives them.
    """
    is_made = PROJECTS.c.id == func.any(project_ids)
    phase = _as_table("phase", phases, PROJECTS.c.template, PHASES.c.position, PHASES.c.name)
    connection.execute(
        insert(PHASES).from_select(
            ["project_id", "position", "name"],
            select(PROJECTS.c.id, phase.c.position, phase.c.name)
            .join_from(PROJECTS, phase, phase.c.template == PROJECTS.c.template)
            .where(is_made)
            .order_by(PROJECTS.c.id, phase.c.position),
        )
    )
    task = _as_table(
        "task",
        tasks,
        PROJECTS.c.template,
        PHASES.c.position.label("phase_position"),
        *(TASKS.c[name] for name in ("position", "name", "hours", "due_on")),
    )
    connection.execute(
        insert(TASKS).from_select(
            ["phase_id", "project_id", "position", "name", "hours", "due_on"],
            select(PHASES.c.id, PROJECTS.c.id, task.c.position, task.c.name, task.c.hours, task.c.due_on)
            .join_from(PROJECTS, PHASES, PHASES.c.project_id == PROJECTS.c.id)
            .join(task, and_(task.c.template == PROJECTS.c.template, task.c.phase_position == PHASES.c.position))
            .where(is_made)
            .order_by(PHASES.c.id, task.c.position),
        )
    )


def record_decisions(connection: Connection, rule: str, decisions: pd.DataFrame, run_id: str) -> None:
    """Puts the decisions in the place of the rule's earlier ones for the same records."""
    columns = ["source_salesforce_id", "seen_value", "outcome", "reason", "project_id"]
    decided = _as_table("decided", decisions, *(DECISION.c[name] for name in columns))
    rows = select(literal(rule), literal(run_id), func.now(), *decided.c)
    statement = upsert(DECISION).from_select(["rule", "run_id", "decided_at", *columns], rows)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["rule", "source_salesforce_id"],
            set_={name: statement.excluded[name] for name in ("run_id", "decided_at", *columns[1:])},
        )
    )


def _value_as_text(table: Table, name: str) -> ColumnElement[str]:
    """A deleted record is at no value (null), which is not the same as an empty one ("")."""
    return case((table.c.is_deleted, null()), else_=func.coalesce(cast(table.c[name], Text), ""))


def _project_of(table: Table, source: Source) -> ColumnElement[int]:
    """The project that there is for the record: this rule's, or one that the team has made and linked by hand."""
    return (
        select(func.min(PROJECTS.c.id))
        .where(
            PROJECTS.c.source_salesforce_id == table.c.salesforce_id,
            or_(PROJECTS.c.rule == source.rule.name, PROJECTS.c.rule.is_(None)),
        )
        .correlate(table)
        .scalar_subquery()
    )


def _join_parents(table: Table, source: Source) -> tuple[FromClause, dict[str, ColumnElement[object]]]:
    """The source's table with the parents that the rule reads from, and where the value of each project column is."""
    joined: FromClause = table
    parents: dict[str, FromClause] = {}
    for filling in source.fillings:
        if filling.parent and (reference := filling.parent.reference.column) not in parents:
            parents[reference] = table_of(filling.parent.mapping).alias(f"by_{reference}")
            joined = joined.outerjoin(parents[reference], parents[reference].c.id == table.c[reference])
    return joined, {
        filling.column: _place(table, parents, filling).c[filling.field.column] for filling in source.fillings
    }


def _place(table: Table, parents: dict[str, FromClause], filling: Filling) -> FromClause:
    return parents[filling.parent.reference.column] if filling.parent else table


def _as_table(name: str, frame: pd.DataFrame, *like: ColumnElement[Any]) -> TableValuedAlias:
    """A frame as a table in a statement; it travels as one JSON parameter, so it needs no temp table and no COPY.

    Args:
        like: for each column of the frame that is taken, a column of that name with the type it is to have.
    """
    columns = [column(str(model.key), model.type) for model in like]
    rows = literal(frame[[c.key for c in columns]].to_json(orient="records"), Text)
    return func.json_to_recordset(cast(rows, JSON)).table_valued(*columns, name=name).render_derived(with_types=True)
