"""Preview of a rule: what a run, and what a backfill, would make; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
from sqlalchemy import Engine

from closedwon.flows.projects import check_rename
from closedwon.mapping.model import Catalog, Rule
from closedwon.mapping.resolve.rules import resolve_rule
from closedwon.rules.decisions import decide
from closedwon.warehouse.delivery.candidates import read_candidates
from closedwon.warehouse.transaction import transaction


@dataclass(frozen=True)
class Preview:
    """What a run of a rule would do now."""

    made: tuple[str, ...]
    """The records that would become projects."""
    left: tuple[str, ...]
    """The records that the rule leaves, and that `existing: take` would make projects of."""
    reasons: dict[str, int]
    """By outcome and reason: how many records the run would look at."""


def preview_projects(engine: Engine, catalog: Catalog, rule: Rule) -> Preview:
    """Return what a run of the rule would do, and write nothing.

    Raises:
        MappingFault: as `make_projects` would.
    """
    source = resolve_rule(rule, catalog.mappings, catalog.rules)
    taking = replace(source, rule=replace(rule, existing="take"))
    with transaction(engine) as connection:
        check_rename(connection, catalog, source)
        decisions, all_taken = (decide(read_candidates(connection, one), one) for one in (source, taking))
    made, taken = _records_made(decisions), _records_made(all_taken)
    left = sorted(set(taken) - set(made))
    reasons = (decisions["outcome"] + ": " + decisions["reason"]).value_counts()
    return Preview(tuple(made), tuple(left), {str(reason): int(number) for reason, number in reasons.items()})


def _records_made(decisions: pd.DataFrame) -> list[str]:
    return sorted(decisions["source_salesforce_id"][decisions["outcome"] == "made"])
