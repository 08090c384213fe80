"""Explanation of one record: why it is, or is not, a project. Nothing is written.

has it come in? ─► what did the rules decide? ─► is there a project?
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine

from closedwon.mapping.model import Catalog
from closedwon.warehouse.delivery.record_facts import RecordFacts, read_record_facts
from closedwon.warehouse.transaction import transaction


def explain(engine: Engine, catalog: Catalog, record_id: str) -> list[str]:
    """Return lines that say of a record whether it came in, what each rule decided and why, and which project it has.

    Args:
        record_id: of 18 characters.

    Raises:
        SetupFault: no import has prepared the warehouse.
    """
    with transaction(engine) as connection:
        facts = read_record_facts(connection, catalog.inbound, record_id)
    arrival = " ".join(_tell_arrival(facts))
    return [f"{record_id} {arrival}", *_tell_decisions(facts, catalog), _tell_project(facts)]


def _tell_arrival(facts: RecordFacts) -> Iterator[str]:
    for mapping, row in facts.rows:
        when = f", last written {_at(row.loaded_at)}" if row.loaded_at else ""
        deleted = "; it is deleted in Salesforce" if row.is_deleted else ""
        yield f"is {mapping.sobject}, row {row.id} of {mapping.table}{when}{deleted}."
    for reject in facts.rejects:
        what = "A newer state of it" if facts.rows else "has not come in: it"
        yield f"{what} waits in sync.quarantine since {_at(reject.first_seen_at)}: {_in_one_line(reject.reason)}"
    if not facts.rows and not facts.rejects:
        yield (
            "has not come in: no import has read it. See whether a mapping receives its object, whether the "
            "integration user sees it, and sync.freshness."
        )


def _tell_decisions(facts: RecordFacts, catalog: Catalog) -> Iterator[str]:
    for one in facts.decisions:
        yield f"The rule {one.rule} decided {_at(one.decided_at)}: {one.outcome}. {_in_one_line(one.reason)}"
    if facts.decisions:
        return
    sobjects = {mapping.sobject for mapping, _ in facts.rows}
    rules = [rule.name for rule in catalog.rules if rule.source in sobjects]
    if rules:
        yield f"No decision yet: the rule {' and '.join(rules)} takes it at the next run of the DAG `projects`."
    elif sobjects:
        yield f"No rule takes records of {' and '.join(sorted(sobjects))}: see the folder `rules` of the mapping files."
    else:
        yield "No rule has looked at it."


def _tell_project(facts: RecordFacts) -> str:
    if facts.projects:
        told = (f"{one.code} '{one.name}', made {_at(one.created_at)}" for one in facts.projects)
        return f"It has the project {' and '.join(told)}."
    made = [one.project_id for one in facts.decisions if one.project_id is not None]
    if made:
        return (
            f"It has no project any more: {' and '.join(map(str, made))} of delivery.projects was unlinked or deleted."
        )
    return "It has no project."


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M %Z}"


def _in_one_line(reason: str) -> str:
    return " ".join(reason.split())
