"""The projects flow, from won opportunities to projects.

    read candidates ─► decide ─► projects, phases, tasks ─► decisions

Each rule is applied in one transaction: a killed run leaves all of the rule's projects with their decisions, or none,
and the next run makes them. A second run at the same time waits for the first, and then finds nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import Connection, Engine

from closedwon.counts import Counts
from closedwon.errors import MappingFault
from closedwon.mapping.model import Catalog, Rule
from closedwon.mapping.renamed import ask_for_id, to_words
from closedwon.mapping.resolve.rules import ResolvedRule, resolve_rule
from closedwon.rules.decisions import decide
from closedwon.rules.templates import expand_templates
from closedwon.warehouse.delivery.candidates import read_candidates
from closedwon.warehouse.delivery.merged_clients import follow_merged_accounts
from closedwon.warehouse.delivery.phases import insert_phases
from closedwon.warehouse.delivery.projects import insert_projects, lock_rule
from closedwon.warehouse.delivery.tasks import insert_tasks
from closedwon.warehouse.state.decision import count_decided, find_other_rules, record_decisions
from closedwon.warehouse.state.run import read_counts, record_counts
from closedwon.warehouse.transaction import transaction


@dataclass(frozen=True)
class ProjectCounts:
    """Decisions of one rule, and the projects that it has changed.

    `looked_at` is the sum of the decisions but for the flagged ones, which are among the made.
    """

    rule: str
    looked_at: int
    made: int
    exists: int
    not_picked: int
    waits: int
    quarantined: int
    flagged: int
    moved: int
    """Projects whose account was merged into another one, and which belong to that one now."""


def make_projects(engine: Engine, catalog: Catalog, rule: Rule, *, run_id: str, today: date) -> ProjectCounts:
    """Apply a rule to the records that are new or changed since its last run; return the counts of its decisions.

    Projects of the rule's source follow accounts that were merged.

    Args:
        today: the day from which the due dates of the templates' tasks count, where the rule has no other.

    Raises:
        MappingFault: the rule names an object or field that no mapping receives, or that does not fit; or it may be
            another one under a new name. The rule has not been applied.
    """
    source = resolve_rule(rule, catalog.mappings, catalog.rules)
    with transaction(engine) as connection:
        lock_rule(connection, rule.name)
        check_rename(connection, catalog, source)
        moved = follow_merged_accounts(connection, source)
        decisions = decide(read_candidates(connection, source), source)
        decisions = _insert_projects(connection, catalog, source, decisions, today)
        counts = _count(source, decisions, moved)
        seen = _count_all_tries(connection, rule, decisions, counts, run_id)
        record_decisions(connection, rule.name, decisions, run_id)
        record_counts(connection, run_id, rule.name, seen, flow="projects")
    return counts


def check_rename(connection: Connection, catalog: Catalog, source: ResolvedRule) -> None:
    """Raise if the rule may be one of a file that has been renamed, which would make every project a second time.

    Raises:
        MappingFault: it may be; the remedy says which line to add.
    """
    rule = source.rule
    known = {*(other.name for other in catalog.rules), *(file.name for file in catalog.broken)}
    if rule.id is not None or not (gone := find_other_rules(connection, source, known)):
        return
    raise MappingFault(
        f"{rule.file} is a rule that has decided nothing yet. Projects of {rule.source} records were made by the rule "
        f"{to_words(gone)}, which has no file any more. If the file was renamed, the rule would make a second project "
        "of each record: it has made none.",
        remedy=ask_for_id(
            rule, next(iter(gone)), goes_on="it goes on with its projects", begins="it makes projects of its own"
        ),
    )


def _insert_projects(
    connection: Connection, catalog: Catalog, source: ResolvedRule, decisions: pd.DataFrame, today: date
) -> pd.DataFrame:
    """Insert a project, its phases and tasks, for each decision that asks for one; return the decisions with its id."""
    picked = decisions[decisions["outcome"] == "made"]
    picked = picked.assign(begins_on=picked["begins_on"].fillna(today.isoformat()))
    made = insert_projects(connection, source, picked)
    templates = [catalog.templates[name] for name in picked["template"].dropna().unique()]
    phases, tasks = expand_templates(templates)
    insert_phases(connection, made.tolist(), phases)
    begins = pd.DataFrame({"project_id": picked["source_salesforce_id"].map(made), "begins_on": picked["begins_on"]})
    insert_tasks(connection, begins.dropna(), tasks)
    # A record whose project was inserted by hand in the meantime is decided on in the next run.
    decisions = decisions[(decisions["outcome"] != "made") | decisions["source_salesforce_id"].isin(made.index)]
    project_ids = decisions["project_id"].fillna(decisions["source_salesforce_id"].map(made))
    return decisions.assign(project_id=project_ids)


def _count_all_tries(
    connection: Connection, rule: Rule, decisions: pd.DataFrame, counts: ProjectCounts, run_id: str
) -> Counts:
    """Return the counts of this try and of the run's earlier ones, which may have been killed after their commit.

    A record that waits is looked at by each try, and counts once.
    """
    earlier = read_counts(connection, run_id, rule.name, flow="projects")
    if earlier is None:
        return Counts(read=counts.looked_at, written=counts.made, unchanged=counts.looked_at - counts.made)
    again = count_decided(connection, rule.name, run_id, decisions["source_salesforce_id"])
    read, written = earlier.read + counts.looked_at - again, earlier.written + counts.made
    return Counts(read=read, written=written, unchanged=read - written)


def _count(source: ResolvedRule, decisions: pd.DataFrame, moved: int) -> ProjectCounts:
    by_outcome = decisions["outcome"].value_counts()
    return ProjectCounts(
        rule=source.rule.name,
        looked_at=len(decisions),
        made=int(by_outcome.get("made", 0)),
        exists=int(by_outcome.get("exists", 0)),
        not_picked=int(by_outcome.get("not_picked", 0)),
        waits=int(by_outcome.get("waits", 0)),
        quarantined=int(by_outcome.get("quarantined", 0)),
        flagged=int(decisions["is_flagged"].sum()),
        moved=moved,
    )
