"""What the warehouse knows of one Salesforce record: its row, what keeps it away, decisions on it, its project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, inspect, select

from closedwon.errors import SetupFault
from closedwon.mapping.model import Mapping
from closedwon.warehouse.delivery.projects import PROJECTS
from closedwon.warehouse.mapped_tables import table_of
from closedwon.warehouse.state.decision import DECISION
from closedwon.warehouse.state.quarantine import QUARANTINE

AnyRow: TypeAlias = Row[*tuple[Any, ...]]


@dataclass(frozen=True)
class RecordFacts:
    """All that is known of a record; each part is empty where there is nothing."""

    rows: Sequence[tuple[Mapping, AnyRow]]
    """Its rows, each with its mapping: id, is_deleted, loaded_at."""
    rejects: Sequence[AnyRow]
    """Why it waits in quarantine: mapping, reason, first_seen_at."""
    decisions: Sequence[AnyRow]
    """The last one of each rule: rule, outcome, reason, decided_at, project_id."""
    projects: Sequence[AnyRow]
    """Those that are linked to it: code, name, created_at."""


def read_record_facts(connection: Connection, mappings: Iterable[Mapping], record_id: str) -> RecordFacts:
    """Read what is known of a record; nothing is changed.

    Args:
        mappings: the received ones, whose tables may not have been made yet.
        record_id: of 18 characters.

    Raises:
        SetupFault: no import has prepared the warehouse.
    """
    if not inspect(connection).has_table(DECISION.name, DECISION.schema):
        raise SetupFault(
            f"The warehouse has no table {DECISION}, so that nothing is known of {record_id}: no import has run on it.",
            remedy="Run the DAG `salesforce_import` once, or correct the Connection `warehouse`.",
        )
    found = ((mapping, _find_row(connection, mapping, record_id)) for mapping in mappings)
    reject, decision, project = QUARANTINE.c, DECISION.c, PROJECTS.c
    rejects = select(reject.mapping, reject.reason, reject.first_seen_at).where(
        reject.salesforce_id == record_id, reject.state.in_(("waiting", "skipped"))
    )
    decisions = select(
        decision.rule, decision.outcome, decision.reason, decision.decided_at, decision.project_id
    ).where(decision.source_salesforce_id == record_id)
    projects = select(project.code, project.name, project.created_at).where(project.source_salesforce_id == record_id)
    return RecordFacts(
        rows=[(mapping, row) for mapping, row in found if row is not None],
        rejects=connection.execute(rejects.order_by(reject.first_seen_at)).all(),
        decisions=connection.execute(decisions.order_by(decision.rule)).all(),
        projects=connection.execute(projects.order_by(project.id)).all(),
    )


def _find_row(connection: Connection, mapping: Mapping, record_id: str) -> AnyRow | None:
    table = table_of(mapping)
    if not inspect(connection).has_table(table.name, table.schema):
        return None
    columns = (table.c.id, table.c.is_deleted, table.c.loaded_at)
    return connection.execute(select(*columns).where(table.c.salesforce_id == record_id)).one_or_none()
